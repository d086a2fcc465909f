/** The full name of a bundle: `<cluster>/<bundle>`, e.g. `payments-prod/checkout`. */
export type BundleName = `${string}/${string}`

/** Lower-case letters, digits and inner hyphens, at most 63: safe as folder, DNS label, tag part and file name everywhere. */
export const NAME_PATTERN = "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
const NAME = new RegExp(NAME_PATTERN)

export function isName(text: string): boolean {
  return NAME.test(text)
}

export function bundleName(cluster: string, bundle: string): BundleName {
  return `${cluster}/${bundle}`
}

/** Undefined unless the text is two names and one slash. */
export function parseBundleName(text: string): { readonly cluster: string; readonly bundle: string } | undefined {
  const [cluster, bundle, ...rest] = text.split("/")
  if (cluster === undefined || bundle === undefined || rest.length > 0) return undefined
  return isName(cluster) && isName(bundle) ? { cluster, bundle } : undefined
}
