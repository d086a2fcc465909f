/** What child processes write, and what tests write again after them: always the same bytes. */
import { createHash } from "node:crypto"
import { ScbError } from "../../src/domain/errors.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import type { Assets, Ledger, Releases, SignedCatalog } from "../../src/ports.ts"

const AT = instantFromMillis(Date.UTC(2026, 10, 22))
export const SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nnot a real one\n=0000\n-----END PGP SIGNATURE-----\n"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex")

/** A release whose payload has `size` bytes. */
export function release(size: number): Assets {
  const files = [
    ["manifest.json", bytes("{}\n")],
    ["payload.gpg", new Uint8Array(size).fill(7)],
  ] as const
  return new Map([...files, ["SHA256SUMS", bytes(files.map(([name, file]) => `${sha256(file)}  ${name}\n`).join(""))]])
}

export function catalog(version: number): SignedCatalog {
  const shards = new Map([`old and new`, `only in ${version}`].map(text => [sha256(bytes(text)), bytes(text)]))
  const entries = [...shards.keys()].map((digest, at) => [`c${at}`, { sha256: digest }])
  const index = bytes(
    JSON.stringify({ version, issuedAt: "2026-11-22T00:00:00Z", shards: Object.fromEntries(entries) }),
  )
  return { index, signature: bytes(`signature of ${sha256(index)}`), shards, revocationLists: new Map() }
}

export async function publishEverything(releases: Releases, size: number): Promise<void> {
  await releases.publish("c/b", "1.0.0", release(size))
  await releases.publishCatalog(catalog(2))
}

/** Two transactions, each only if it is not yet there. Gives the head, which is always the same. */
export async function writeTransactions(ledger: Ledger): Promise<string> {
  const first = await ledger.prepare(null, new Map([["ledger.yaml", "sequence: 1\n"]]), "first", AT)
  const { head } = await ledger.read()
  const parent = head ?? (await ledger.commit(first, SIGNATURE))
  if ((await ledger.history()).length > 1) return parent
  const files = new Map([
    ["ledger.yaml", "sequence: 2\n"],
    ["bundles/c/b.yaml", "releases: []\n"],
  ])
  return ledger.commit(await ledger.prepare(parent, files, "second", AT), SIGNATURE)
}

/** What an application does: read, prepare, commit, and from the start again when somebody was faster. */
export async function append(ledger: Ledger, path: string): Promise<void> {
  for (;;) {
    const { head } = await ledger.read()
    const prepared = await ledger.prepare(head, new Map([[path, `${path}\n`]]), `append ${path}`, AT)
    try {
      await ledger.commit(prepared, SIGNATURE)
      return
    } catch (cause) {
      if (!(cause instanceof ScbError && cause.code === "ledger-moved")) throw cause
    }
  }
}
