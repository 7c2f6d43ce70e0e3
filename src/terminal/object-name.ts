import { printable } from './paint.ts'

/** `Deployment/sock-shop/front-end` for a person; parts that are not known are left out. */
export function objectName({
  kind,
  namespace,
  name
}: {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}): string {
  return [kind, namespace, name]
    .filter((part) => part !== '')
    .map(printable)
    .join('/')
}
