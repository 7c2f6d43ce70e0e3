import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/**
 * Answers with JSON. Head and body go out in one write, as Node joins them where the body is a string; nearly every
 * answer is ASCII, whose bytes are its characters.
 */
export function sendJson(
  response: ServerResponse,
  code: number,
  text: string,
  headers: OutgoingHttpHeaders = {}
): void {
  const length = Buffer.byteLength(text)
  response.writeHead(code, {
    ...headers,
    'content-type': 'application/json',
    'content-length': length
  })
  response.end(text, length === text.length ? 'latin1' : 'utf8')
}
