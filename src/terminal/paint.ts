import { styleText } from 'node:util'

/** Colours and styles in use. */
export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Puts a text into a colour, or leaves it. */
export type Paint = (format: Format, text: string) => string

/** Paints where colours are wanted; the caller has asked the terminal already. */
export function painter(colours: boolean): Paint {
  return (format, text) => (colours ? styleText(format, text, { validateStream: false }) : text)
}

/** True for a terminal that takes colours, unless the environment asks for none (no-color.org). */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>
): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
}

/** A text from a manifest as it may go to a terminal: characters that would steer it are written out. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  )
}
