const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const labelPattern = new RegExp(`^${label}$`)
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`)

/** True for what may name a namespace (k8s.io/apimachinery IsDNS1123Label). */
export const isLabel = (name: string): boolean => name.length <= 63 && labelPattern.test(name)

/** True for what may name most other objects (k8s.io/apimachinery IsDNS1123Subdomain). */
export const isSubdomain = (name: string): boolean =>
  name.length <= 253 && subdomainPattern.test(name)
