/** Words of others (programs in pods, certificates) without the control characters that a terminal would obey. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
