import {
  ApiException,
  type ConfigurationOptions,
  Observable,
  type ObservableMiddleware
} from '@kubernetes/client-node'

/** Options of a call of client-node, which waits five minutes by itself: it fails after these milliseconds. */
export function within(milliseconds: number): ConfigurationOptions<ObservableMiddleware> {
  const limit: ObservableMiddleware = {
    pre: (request) => {
      const late = new AbortController()
      const silence = new Error(`no answer within ${milliseconds / 1000} s`)
      setTimeout(() => late.abort(silence), milliseconds).unref()
      request.setSignal(late.signal)
      return new Observable(Promise.resolve(request))
    },
    post: (response) => new Observable(Promise.resolve(response))
  }
  return { middleware: [limit], middlewareMergeStrategy: 'append' }
}

/** What is read of a Status (apimachinery meta/v1), the body of a refusal. */
export interface Refusal {
  readonly code: number
  readonly message: string
  /** True where the API server names fields that are wrong. */
  readonly hasCauses: boolean
}

/** The answer, or undefined for a refusal that is expected; any other is an error that says what was asked and why. */
export async function asked<T>(
  what: string,
  answer: Promise<T>,
  isExpected: (refusal: Refusal) => boolean
): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    const refusal = error instanceof ApiException ? readRefusal(error) : undefined
    if (refusal !== undefined && isExpected(refusal)) return undefined
    const why = refusal === undefined ? reasonOf(error) : sentence(refusal)
    throw new Error(`cannot ${what} (${why})`, {
      cause: { code: 'Kubernetes', found: refusal?.code, error }
    })
  }
}

const sentence = ({ code, message }: Refusal): string =>
  message === '' ? `HTTP ${code}` : `HTTP ${code}: ${message}`

/** client-node hands on the body of a refusal as text. */
function readRefusal({ code, body }: ApiException<unknown>): Refusal {
  const { message, details } = parseStatus(body)
  return {
    code,
    message: typeof message === 'string' ? message : '',
    hasCauses: Array.isArray(details?.causes) && details.causes.length > 0
  }
}

interface Status {
  readonly message?: unknown
  readonly details?: { readonly causes?: unknown }
}

function parseStatus(body: unknown): Status {
  try {
    return (typeof body === 'string' ? JSON.parse(body) : body) ?? {}
  } catch {
    return {}
  }
}

/** fetch says "fetch failed" of every broken connection; what broke is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? error.message)
}
