import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** What Node says of a connection on which it found no request (node lib/_http_server.js, socketOnError). */
export type ClientError = Error & { readonly code?: string }

const codes: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431
}

/** True where a request, or its first byte, did not come in time. */
export const isLate = ({ code }: ClientError): boolean => code === 'ERR_HTTP_REQUEST_TIMEOUT'

/** Answers what is no request with a code alone, and closes the connection. Returns the code of a request that was bad. */
export function hangUp({ code: word = '' }: ClientError, socket: Socket): number | undefined {
  const isBad = word in codes || word.startsWith('HPE_')
  const code = codes[word] ?? 400
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
    )
  }
  socket.destroy()
  return isBad ? code : undefined
}
