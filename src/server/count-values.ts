const codes = { quote: 34, comma: 44, bracket: 91, backslash: 92, brace: 123 } as const

/** The values of a JSON text, counted by what begins or parts them outside strings, without parsing it. */
export function countValues(json: string): number {
  let count = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === codes.quote) at = endOfString(json, at)
    else if (code === codes.comma || code === codes.bracket || code === codes.brace) count += 1
  }
  return count
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json.charCodeAt(at) !== codes.quote) {
    at += json.charCodeAt(at) === codes.backslash ? 2 : 1
  }
  return at
}
