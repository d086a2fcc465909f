import { join } from "node:path"
import { gitRemote } from "../../../src/adapters/git-remote.ts"
import { gitRemoteLedger } from "../../../src/adapters/git-remote-ledger.ts"
import type { Ledger } from "../../../src/ports.ts"
import { git, newRepository } from "../git.ts"
import { gitHttp } from "./git-http.ts"

const TOKEN = "token-of-the-job"

export interface Publishers {
  /** Bare, as the forge has it. */
  readonly there: string
  readonly ledgers: readonly Ledger[]
  close(): Promise<void>
}

/** Jobs that run at once, each with a clone of its own, and one ledger among them: over HTTP, or by its path, which is quicker. */
export async function publishers(root: string, count: number, over: "HTTP" | "a path"): Promise<Publishers> {
  const there = join(root, "acme", "bundles.git")
  git("/", "init", "--quiet", "--bare", there)
  const server = over === "HTTP" ? await gitHttp({ root, token: TOKEN }) : undefined
  const url = server === undefined ? there : `${server.url}/acme/bundles.git`
  const ledgers = Array.from({ length: count }, (_, index) => {
    const directory = join(root, `job-${index}`)
    newRepository(directory)
    const author = { name: "scb", email: "scb@localhost" }
    return gitRemoteLedger({ directory, remote: gitRemote({ directory, url, token: TOKEN }), author })
  })
  return { there, ledgers, close: async () => server?.close() }
}
