import type { ServerResponse } from 'node:http'

/**
 * Answers with JSON. `headers` are names, each followed by its value. Head and body go out in one write, as Node joins
 * them where the body is a string; nearly every answer is ASCII, whose bytes are its characters.
 */
export function sendJson(
  response: ServerResponse,
  code: number,
  text: string,
  headers: readonly string[] = []
): void {
  const length = Buffer.byteLength(text)
  const all = ['content-type', 'application/json', 'content-length', length, ...headers]
  response.writeHead(code, all)
  response.end(text, length === text.length ? 'latin1' : 'utf8')
}
