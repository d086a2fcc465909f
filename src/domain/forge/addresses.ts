/** Where a GitHub is, all of them without a slash at the end. */
export interface ForgeAddresses {
  /** What people open, and what git speaks to. */
  readonly web: string
  readonly api: string
  readonly uploads: string
  /** Every host that may be spoken to, answers that lead elsewhere included. */
  readonly hosts: readonly string[]
}

/** Where github.com keeps the bytes of releases and branches. */
const STORES = ["release-assets.githubusercontent.com", "objects.githubusercontent.com", "raw.githubusercontent.com"]

/**
 * `server` as GITHUB_SERVER_URL has it: `https://github.com`, `https://octo.ghe.com`, or a GitHub Enterprise Server
 * (docs.github.com/enterprise-server, "Getting started with the REST API": `/api/v3`, `/api/uploads`).
 */
export function githubAddresses(server = "https://github.com"): ForgeAddresses {
  const { origin, host, protocol } = new URL(server)
  if (host === "github.com" || host.endsWith(".ghe.com")) {
    const [api, uploads] = [`api.${host}`, `uploads.${host}`]
    const hosts = [host, api, uploads, ...STORES]
    return { web: origin, api: `${protocol}//${api}`, uploads: `${protocol}//${uploads}`, hosts }
  }
  return { web: origin, api: `${origin}/api/v3`, uploads: `${origin}/api/uploads`, hosts: [host] }
}
