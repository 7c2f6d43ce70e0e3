/** What the changelog says of one version. */
export interface Notes {
  /** As `2026-11-28`; undefined for what has no date yet. */
  readonly date?: string
  /** The section without its heading, as Markdown. */
  readonly text: string
  /** Each sentence with the kind of change that it stands under, such as `added`. */
  readonly changes: readonly { readonly kind: string; readonly description: string }[]
}

/**
 * Cuts the section of a version out of a changelog in the form of Keep a Changelog, or what is unreleased where the
 * version has no section of its own yet.
 */
export function notesOf(changelog: string, version: string): Notes {
  const sections = changelog.split(/^## /m).slice(1)
  const own = sections.find((section) => section.startsWith(`[${version}]`))
  const section = own ?? sections.find((section) => section.startsWith('[Unreleased]'))
  if (section === undefined) throw new Error(`CHANGELOG.md has no section [${version}]`)
  const [heading = '', ...lines] = section.split('\n')
  const date = / - (\d{4}-\d{2}-\d{2})$/.exec(heading)?.[1]
  if (own !== undefined && date === undefined) {
    throw new Error(`CHANGELOG.md: the heading of [${version}] must end in " - YYYY-MM-DD"`)
  }
  const text = lines
    .filter((line) => !/^\[[^\]]+\]: /.test(line))
    .join('\n')
    .trim()
  if (text === '') throw new Error(`CHANGELOG.md says nothing of ${heading}`)
  return { text, changes: changesOf(text), ...(date === undefined ? {} : { date }) }
}

function changesOf(text: string): Notes['changes'] {
  return text
    .split(/^### /m)
    .slice(1)
    .flatMap((group) => {
      const [kind = '', ...rest] = group.split('\n')
      const items = rest.join('\n').split(/^- /m).slice(1)
      return items.map((item) => ({
        kind: kind.trim().toLowerCase(),
        description: item.trim().replaceAll(/\s+/g, ' ')
      }))
    })
}
