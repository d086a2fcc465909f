import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { githubAccess } from "../../../src/adapters/github/access.ts"
import { gitWorkspace } from "../../../src/adapters/workspace-git.ts"
import { openLedger } from "../../../src/cli/forge.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import type { Ledger } from "../../../src/ports.ts"
import { type LedgerForge, ledgerForge } from "../../support/forge/ledger-forge.ts"
import { git, newRepository, temporaryDirectory } from "../../support/git.ts"
import { githubCertificate } from "../../support/github/certificate.ts"
import { SIGNATURE } from "../../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
let forge: LedgerForge | undefined
afterEach(async () => {
  await forge?.close()
  forge = undefined
})
const CA_FILE = join(temporary.path, "ca.pem")
let made = 0

const distribution = (releases: string): string => `apiVersion: scb/v1
kind: Distribution
releases: ${releases}
signers:
  - { name: release, fingerprint: ${"A".repeat(40)}, key: keys/release.asc }
catalogLifetime: 7d
`

interface Desk {
  readonly here: string
  readonly ledger: Ledger
  /** What its user is told. */
  readonly told: readonly string[]
}

async function desk(releases: string, env: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const here = join(temporary.path, `here-${made++}`)
  newRepository(here, { "policies/distribution.yaml": distribution(releases) })
  const told: string[] = []
  const reporter = { step: (message: string) => void told.push(message), progress: () => {} }
  return { here, ledger: openLedger(gitWorkspace(here), here, await githubAccess(env), reporter), told }
}

async function commit(ledger: Ledger): Promise<string> {
  const { head } = await ledger.read()
  const prepared = await ledger.prepare(head, new Map([["ledger.yaml", "1\n"]]), "first", instantFromMillis(0))
  return ledger.commit(prepared, SIGNATURE)
}

async function onGithub(env: (forge: LedgerForge) => Readonly<Record<string, string>>): Promise<Desk & LedgerForge> {
  const tls = await githubCertificate()
  writeFileSync(CA_FILE, tls.ca)
  const opened = await ledgerForge({ tls })
  forge = opened
  const server = opened.github.urls.web
  const target = `{ kind: github, repository: acme/bundles, repositoryId: 1, server: "${server}" }`
  return { ...opened, ...(await desk(target, { SCB_CA_FILE: CA_FILE, ...env(opened) })) }
}

describe("the ledger of a repository", () => {
  it("is in it when releases go to a directory, whatever tokens there are", async () => {
    const { here, ledger, told } = await desk("{ kind: directory, path: ../releases }", { GITHUB_TOKEN: "any" })
    expect(git(here, "rev-parse", await commit(ledger))).toBe(git(here, "rev-parse", "ledger"))
    expect(told).toEqual([])
  })

  it("is GitHub's when releases go to GitHub", async () => {
    const { here, there, ledger, told } = await onGithub(({ github, token }) => ({
      GITHUB_SERVER_URL: github.urls.web,
      GITHUB_TOKEN: token,
    }))
    const head = await commit(ledger)
    expect([git(there, "rev-parse", "ledger"), git(here, "rev-parse", "ledger")]).toEqual([head, head])
    expect((await ledger.history()).map(({ id }) => id)).toEqual([head])
    expect(told).toEqual([])
  })

  it("is what the clone has of GitHub's where there is no token, which is said", async () => {
    const { ledger, told, github } = await onGithub(() => ({}))
    expect((await ledger.read()).head).toBeNull()
    expect(told).toEqual([
      "no GITHUB_TOKEN or SCB_GITHUB_TOKEN: the ledger of acme/bundles is read as this clone has it",
    ])
    expect(github.requests).toEqual([])
  })

  it("does not give a token to a server that only the policy names", async () => {
    const { ledger, github } = await onGithub(({ token }) => ({ GITHUB_TOKEN: token }))
    await ledger.read()
    expect(github.requests).toEqual([])
  })

  it("is the own one where the policy cannot be read: findings say so", async () => {
    const { ledger } = await desk("{ kind: pigeon }")
    expect((await ledger.read()).head).toBeNull()
  })
})
