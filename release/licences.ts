import { type BundledPackage, packageId } from './bundled-packages.ts'

/** SPDX names of the licences that may be in the bundle: each lets it be shipped under Apache-2.0 if its text comes along. */
const allowed: ReadonlySet<string> = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense'
])

/** Who holds the copyright of packages that say MIT and ship no text. */
const withoutText: ReadonlyMap<string, string> = new Map([['abstract-logging', 'James Sumners']])

/** The packages with the texts that they forgot. */
export const withLicenceTexts = (packages: readonly BundledPackage[]): readonly BundledPackage[] =>
  packages.map((each) => {
    const holder = withoutText.get(each.name)
    const isMissing = each.licenceText === '' && each.licence === 'MIT' && holder !== undefined
    return isMissing ? { ...each, licenceText: mitText(holder) } : each
  })

/** What forbids to ship these packages, a sentence each. */
export const licenceFaults = (packages: readonly BundledPackage[]): readonly string[] =>
  packages.flatMap((each) => {
    const id = packageId(each)
    if (!allowed.has(each.licence)) {
      const licence = each.licence === '' ? 'no licence' : `the licence ${each.licence}`
      return [`${id} has ${licence}: it must be one of ${[...allowed].join(', ')}`]
    }
    return each.licenceText === '' ? [`${id} ships no licence text: add it to licences.ts`] : []
  })

/** THIRD-PARTY-NOTICES.txt: every package with its licence, and each text once. */
export function notices(packages: readonly BundledPackage[]): string {
  const byText = new Map<string, BundledPackage[]>()
  for (const each of packages) {
    byText.set(each.licenceText, [...(byText.get(each.licenceText) ?? []), each])
  }
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map((each) => `${packageId(each)} (${each.licence})`).join('\n')
    return `${'-'.repeat(80)}\n${names}\n\n${text}\n`
  })
  return `spiffe-webhook contains the packages below, each under its own licence.\n\n${sections.join('\n')}`
}

const mitText = (holder: string): string => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`
