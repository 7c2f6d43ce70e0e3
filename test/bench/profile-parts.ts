/** Each part of the API server's work on a pod, by the functions that must all be on the stack; the first part counts. */
const parts: readonly (readonly [part: string, ...functions: RegExp[]])[] = [
  ['conditions: pod to a CEL value', /webhook\/matchconditions/, /\bToUnstructured\b/],
  ['conditions: evaluated', /webhook\/matchconditions/],
  ['patch: applied', /jsonpatch|json-patch/],
  ['webhook: pod to review, call, answer', /callAttrMutatingHook|callHook/, /rest\.\(\*Request\)/],
  ['webhooks: the rest', /admission\/plugin\/webhook/],
  ['policies', /admission\/plugin\/policy/],
  ['JSON and protobuf', /runtime\/serializer|encoding\/json|sigs\.k8s\.io\/json/],
  ['managed fields', /managedfields/],
  ['memory: collector', /runtime\.(gcBgMarkWorker|gcAssistAlloc|bgsweep|bgscavenge|gcDrain)/],
  ['connections: network and TLS', /net\/http|crypto\/tls|internal\/poll|golang\.org\/x\/net/]
]

/** The title of what belongs to no part. */
const rest = 'everything else'

/** The titles, in order. */
export const partNames: readonly string[] = [...parts.map(([part]) => part), rest]

/** Milliseconds of each part in the text of `go tool pprof -traces -unit=ms`. */
export function readTraces(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>(partNames.map((part) => [part, 0]))
  for (const trace of text.split(/^-+\+-+$/m)) {
    const value = /^\s*([\d.]+)ms\s/m.exec(trace)?.[1]
    if (value === undefined) continue
    const found = parts.find(([, ...functions]) => functions.every((name) => name.test(trace)))
    const part = found?.[0] ?? rest
    sums.set(part, (sums.get(part) ?? 0) + Number(value))
  }
  return sums
}
