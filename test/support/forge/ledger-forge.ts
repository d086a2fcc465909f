import { join } from "node:path"
import type { TlsOptions } from "node:tls"
import { type GitRemoteOptions, gitRemote } from "../../../src/adapters/git-remote.ts"
import { gitRemoteLedger } from "../../../src/adapters/git-remote-ledger.ts"
import type { Ledger } from "../../../src/ports.ts"
import { newRepository } from "../git.ts"
import { type FakeGithub, startFakeGithub } from "../github/server.ts"

/** A forge with one repository, and a token of a job that may write there. */
export interface LedgerForge {
  readonly github: FakeGithub
  /** The bare repository that the forge has. */
  readonly there: string
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

export async function ledgerForge({ tls }: { readonly tls?: TlsOptions } = {}): Promise<LedgerForge> {
  const github = await startFakeGithub({ enterprise: true, ...(tls && { tls }) })
  github.addUser({ login: "github-actions[bot]", id: 41898282, type: "Bot" })
  const token = "ghs_CanaryCanaryCanary"
  github.addToken(token, { login: "github-actions[bot]", permissions: { contents: "write" } })
  const repository = await github.addRepository("acme/bundles", { private: true, files: { "README.md": "x\n" } })
  const url = `${github.urls.web}/acme/bundles.git`
  return { github, there: repository.git.directory, url, token, close: () => github.close() }
}

/** Jobs that run at once, each with a clone of its own, and one ledger among them. */
export function publishers(
  root: string,
  count: number,
  remote: Omit<GitRemoteOptions, "directory">,
): readonly Ledger[] {
  return Array.from({ length: count }, (_, index) => {
    const directory = join(root, `job-${index}`)
    newRepository(directory)
    const author = { name: "scb", email: "scb@localhost" }
    return gitRemoteLedger({ directory, remote: gitRemote({ ...remote, directory }), author })
  })
}
