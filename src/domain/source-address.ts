/** Where releases are, as people write it. */
export type SourceAddress =
  | { readonly kind: "directory"; readonly path: string }
  /** Without a slash at the end. */
  | { readonly kind: "http"; readonly url: string }
  /** `server` as GITHUB_SERVER_URL has it. */
  | { readonly kind: "github"; readonly repository: string; readonly server: string }

export const GITHUB = "https://github.com"

/**
 * `github:owner/name`, `github:https://github.example.com/owner/name`, `https://…` with the layout of a directory, or a
 * directory. Undefined for a URL that is neither, that is not https (http to this very machine is), or that has a
 * password, a query or a fragment.
 */
export function parseSourceAddress(text: string): SourceAddress | undefined {
  if (text.startsWith("github:")) return githubAddress(text.slice("github:".length))
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return { kind: "directory", path: text }
  const url = plainUrl(text)
  return url && { kind: "http", url: `${url.origin}${url.pathname}`.replace(/\/+$/, "") }
}

/** The name under which a client remembers what it has seen there: the inverse of {@link parseSourceAddress}, in one spelling. */
export function formatSourceAddress(address: SourceAddress): string {
  switch (address.kind) {
    case "directory":
      return address.path
    case "http":
      return address.url
    case "github": {
      const name = address.repository.toLowerCase() // GitHub does not tell them apart
      return address.server === GITHUB ? `github:${name}` : `github:${address.server}/${name}`
    }
  }
}

/** `..` would be another address by the time it is asked for. */
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/

function githubAddress(text: string): SourceAddress | undefined {
  if (REPOSITORY.test(text)) return { kind: "github", repository: text, server: GITHUB }
  const url = plainUrl(text)
  const repository = url?.pathname.slice(1) ?? ""
  return url && REPOSITORY.test(repository) ? { kind: "github", repository, server: url.origin } : undefined
}

function plainUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isLocal = url.protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  return isPlain && (url.protocol === "https:" || isLocal) ? url : undefined
}
