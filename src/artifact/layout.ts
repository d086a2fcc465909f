/** What every driver looks for in a bundle, by exact name at the root, in the order in which genuine bundles hold it. */
export const ROOT_ENTRIES = [
  "config.json",
  "ca.crt",
  "cert",
  "key",
  "cert.pfx",
  "identity.jks",
  "trustStore.jks",
  "cqlshrc",
] as const

export type RootEntry = (typeof ROOT_ENTRIES)[number]

/** Those that hold the private key: absent from what is published for a `csr` bundle, added by the key's owner. */
export const PRIVATE_ENTRIES = ["key", "cert.pfx", "identity.jks"] as const satisfies readonly RootEntry[]

export const README_ENTRY = "README.md"
export const METADATA_ENTRY = "metadata.json"
export const EXAMPLES_FOLDER = "examples"

const SECRET: ReadonlySet<string> = new Set<RootEntry>(["config.json", ...PRIVATE_ENTRIES])

/** Unix permissions of an entry: the private key, and what opens it, are for their owner alone. */
export function entryMode(name: string): number {
  return SECRET.has(name) ? 0o600 : 0o644
}

/** Root entries first and as above, everything else behind them in its own order. */
export function inLayoutOrder<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  const rank = (name: string): number => {
    const index = (ROOT_ENTRIES as readonly string[]).indexOf(name)
    return index === -1 ? ROOT_ENTRIES.length : index
  }
  return [...entries].sort((a, b) => rank(a.name) - rank(b.name))
}
