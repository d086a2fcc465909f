import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { signedApprovals } from "../../src/adapters/approvals-signed.ts"
import { gitHistory } from "../../src/adapters/history-git.ts"
import { gitStatements } from "../../src/adapters/statements-git.ts"
import { type ApprovalStatement, formatStatement, statementPath } from "../../src/artifact/approval-statement.ts"
import type { TrustedKey } from "../../src/artifact/openpgp.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { git, gitWith, newRepository, temporaryDirectory, writeFiles } from "../support/git.ts"
import { type Gnupg, openGnupg } from "../support/gnupg.ts"
import { bytes, eccKey, signed } from "../support/pgp.ts"
import { hasTool } from "../support/tools.ts"

const temporary = temporaryDirectory()
const directory = join(temporary.path, "demo")
const now = instantFromMillis(Date.now())
let gnupg: Gnupg
let own: TrustedKey

describe.runIf(hasTool("gpg"))("approvals beside gpg and git", () => {
  beforeAll(() => {
    gnupg = openGnupg()
    const fingerprint = gnupg.generate(["Key-Type: eddsa", "Key-Curve: ed25519", "Name-Real: Ada"])
    own = { fingerprint, publicKeyArmored: gnupg.run(["--armor", "--export", fingerprint]).stdout.toString() }
    newRepository(directory)
  })

  afterAll(() => {
    gnupg.close()
    temporary.remove()
  })

  it("know who made a commit that git and gpg have signed", async () => {
    writeFiles(directory, { "README.md": "changed\n" })
    gitWith({ GNUPGHOME: gnupg.home }, directory, "commit", "--quiet", "--all", `-S${own.fingerprint}`, "-m", "edit")
    const history = gitHistory(directory)
    const statements = gitStatements({ directory, env: {} })
    const approvals = signedApprovals({ policy: POLICY, keys: [own], history, statements, now })
    const { contributors, problems } = await approvals.evidenceFor(await history.find("HEAD"))
    expect([contributors.map(({ openpgp }) => openpgp), problems]).toEqual([[own.fingerprint], []])
  })

  it("count a statement that gpg has signed", async () => {
    const history = gitHistory(directory)
    const change = await history.find("HEAD")
    const statement = statementOf(change.parents[0] ?? "", change.tree)
    const text = formatStatement(statement)
    const file = gnupg.file("statement.json", text)
    gnupg.run(["--armor", "--detach-sign", "--local-user", own.fingerprint, file])
    const signature = readFileSync(`${file}.asc`, "utf8")
    const env = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" }
    const statements = gitStatements({ directory, env })
    await statements.add({ path: statementPath(statement, own.fingerprint), text, signature }, "said", now)
    const approvals = signedApprovals({ policy: POLICY, keys: [own], history, statements, now })
    const { verdicts } = await approvals.evidenceFor(change)
    expect(verdicts).toMatchObject([{ state: "approved", by: { openpgp: own.fingerprint } }])
    expect(verdicts[0]?.voidBecause).toBeUndefined()
  })

  it("can be checked by gpg, as they lie on the branch", async () => {
    const bob = await eccKey("bob")
    gnupg.import(bob.publicKeyArmored)
    const statement = statementOf("a".repeat(40), "b".repeat(40))
    const text = formatStatement(statement)
    const env = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" }
    const path = statementPath(statement, bob.fingerprint)
    const signature = await signed(bytes(text), bob, { date: new Date(now) })
    await gitStatements({ directory, env }).add({ path, text, signature }, "said", now)
    const file = gnupg.file("read.json", `${git(directory, "show", `approvals:${path}`)}\n`)
    const detached = gnupg.file("read.json.asc", `${git(directory, "show", `approvals:${path}.asc`)}\n`)
    expect(gnupg.run(["--verify", detached, file]).status).toContain(`VALIDSIG ${bob.fingerprint}`)
  })
})

const POLICY = { repository: "demo", branch: "main" }

function statementOf(base: string, tree: string): ApprovalStatement {
  return { ...POLICY, base, tree, verdict: "approved", at: now }
}
