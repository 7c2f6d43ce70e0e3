/** DEL and the C1 controls, which JSON leaves raw: the API server drops a warning that holds one of them. */
const rawControls = /[\u007f-\u009f]/g

/** Text of an object, made fit for a message: quoted like JSON, so without raw control characters, and short. */
export function quote(text: string): string {
  return plainJson(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}

/** A value as JSON without raw control characters. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(
    rawControls,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

/** The same where a message reads better without quotes: bare where the text is plain, quoted where it is not. */
export function show(text: string): string {
  return /^[\x21-\x7e]{1,200}$/.test(text) ? text : quote(text)
}
