import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { memoryApprovals } from "../../src/adapters/approvals-memory.ts"
import { signedApprovals } from "../../src/adapters/approvals-signed.ts"
import { gitHistory } from "../../src/adapters/history-git.ts"
import { memoryHistory } from "../../src/adapters/history-memory.ts"
import { gitStatements } from "../../src/adapters/statements-git.ts"
import { memoryStatements } from "../../src/adapters/statements-memory.ts"
import { type ApprovalStatement, formatStatement, statementPath } from "../../src/artifact/approval-statement.ts"
import type { Actor, ChangeEvidence } from "../../src/domain/authorization/evidence.ts"
import { later } from "../../src/domain/instant.ts"
import type { Approvals, MainCommit, SourceCommit, Statements } from "../../src/ports.ts"
import { git, newRepository, temporaryDirectory, writeFiles } from "../support/git.ts"
import { bytes, eccKey, NOW, signed, trusted } from "../support/pgp.ts"
import { signCommit } from "../support/signed-desk.ts"

const POLICY = { repository: "demo", branch: "main" }
const AUTHOR = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" }
const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

/** One change that Ada made, Carol objected to and then approved, and Bob approved. */
interface Scene {
  readonly approvals: Approvals
  readonly change: MainCommit
  /** Nobody has ever said anything of it, or signed it. */
  readonly unknown: MainCommit
}

const said = [
  ["carol", "rejected", -3],
  ["bob", "approved", -2],
  ["carol", "approved", -1],
] as const

async function tell(statements: Statements, { tree, parents: [base = ""] }: MainCommit): Promise<void> {
  for (const [name, verdict, minutes] of said) {
    const at = later(NOW, minutes * 60_000)
    const statement: ApprovalStatement = { ...POLICY, base, tree, verdict, at }
    const text = formatStatement(statement)
    const key = await eccKey(name)
    const signature = await signed(bytes(text), key, { date: new Date(at) })
    await statements.add({ path: statementPath(statement, key.fingerprint), text, signature }, "said", at)
  }
}

const keys = async () => Promise.all(["ada", "bob", "carol"].map(async name => trusted(await eccKey(name))))

async function signedInGit(): Promise<Scene> {
  const directory = join(temporary.path, "git")
  newRepository(directory)
  const commit = (text: string): string => {
    writeFiles(directory, { "README.md": text })
    git(directory, "commit", "--quiet", "--all", "--message=edit")
    return git(directory, "rev-parse", "HEAD")
  }
  commit("1")
  const change = await signCommit(directory, await eccKey("ada"))
  const unknown = commit("2")
  const history = gitHistory(directory)
  const statements = gitStatements({ directory, env: AUTHOR })
  const made = await history.find(change)
  await tell(statements, made)
  return {
    approvals: signedApprovals({ policy: POLICY, keys: await keys(), history, statements, now: NOW }),
    change: made,
    unknown: await history.find(unknown),
  }
}

const commitOf = (id: string, parent?: string): SourceCommit & { readonly files: ReadonlyMap<string, string> } => ({
  id: id.repeat(40),
  parents: parent === undefined ? [] : [parent.repeat(40)],
  tree: id.repeat(40),
  committedAt: NOW,
  message: "edit\n",
  payload: bytes(`commit ${id}`),
  files: new Map(),
})

async function signedInMemory(): Promise<Scene> {
  const [first, change, unknown] = [commitOf("1"), commitOf("2", "1"), commitOf("3", "2")]
  const signature = await signed(change.payload, await eccKey("ada"))
  const history = memoryHistory([first, { ...change, signature }, unknown])
  const statements = memoryStatements()
  await tell(statements, change)
  return {
    approvals: signedApprovals({ policy: POLICY, keys: await keys(), history, statements, now: NOW }),
    change,
    unknown,
  }
}

async function memory(): Promise<Scene> {
  const [change, unknown] = [commitOf("2", "1"), commitOf("3", "2")]
  const actor = async (name: string): Promise<Actor> => {
    const { fingerprint } = await eccKey(name)
    return { openpgp: fingerprint, label: fingerprint, isBot: false }
  }
  const evidence: ChangeEvidence = {
    kind: "signed-approvals",
    source: "memory",
    context: { repository: "local:demo", branch: "main", base: "1".repeat(40), tree: change.tree },
    at: NOW,
    contributors: [await actor("ada")],
    verdicts: await Promise.all(
      said.slice(1).map(async ([name, , minutes]) => ({
        by: await actor(name),
        state: "approved" as const,
        at: later(NOW, minutes * 60_000),
        id: name,
      })),
    ),
    problems: [],
  }
  return { approvals: memoryApprovals(new Map([[change.id, evidence]])), change, unknown }
}

describe.each([
  { kind: "memory", make: memory },
  { kind: "statements in memory", make: signedInMemory },
  { kind: "statements in git", make: signedInGit },
])("approvals from $kind", ({ make }) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await make()
  })

  it("speak of the very commit: its base, its tree, the branch", async () => {
    const { context, problems } = await scene.approvals.evidenceFor(scene.change)
    const [base] = scene.change.parents
    expect(context).toEqual({ repository: "local:demo", branch: "main", base, tree: scene.change.tree })
    expect(problems).toEqual([])
  })

  it("tell who made it, and who said what in the end, oldest first", async () => {
    const { contributors, verdicts } = await scene.approvals.evidenceFor(scene.change)
    const [ada, bob, carol] = await Promise.all(["ada", "bob", "carol"].map(eccKey))
    expect(contributors.map(({ openpgp }) => openpgp)).toEqual([ada?.fingerprint])
    expect(verdicts.map(({ by, state, voidBecause }) => [by.openpgp, state, voidBecause])).toEqual([
      [bob?.fingerprint, "approved", undefined],
      [carol?.fingerprint, "approved", undefined],
    ])
  })

  it("say of what cannot be found out that it is a problem", async () => {
    const { verdicts, contributors, problems } = await scene.approvals.evidenceFor(scene.unknown)
    expect([verdicts, contributors, problems.length]).toEqual([[], [], 1])
  })
})

describe("statements in git", () => {
  const STATEMENT = { path: "approvals/a/b/C.json", text: "{}\n", signature: "signed\n" }

  it("are added to a branch of their own, and nothing else is touched", async () => {
    const directory = join(temporary.path, "own")
    newRepository(directory)
    const before = git(directory, "rev-parse", "HEAD")
    const statements = gitStatements({ directory, env: AUTHOR })
    expect(await statements.add(STATEMENT, "said", NOW)).toBe("added")
    expect(await statements.add(STATEMENT, "said", NOW)).toBe("already")
    expect(git(directory, "rev-list", "--count", "approvals")).toBe("1")
    expect(git(directory, "ls-tree", "-r", "--name-only", "approvals").split("\n")).toEqual([
      "approvals/a/b/C.json",
      "approvals/a/b/C.json.asc",
    ])
    expect([git(directory, "rev-parse", "HEAD"), git(directory, "status", "--porcelain")]).toEqual([before, ""])
    expect(await statements.about("a")).toEqual([STATEMENT])
    expect(await statements.about("b")).toEqual([])
  })

  it("of others are seen once they are fetched, and built upon", async () => {
    const [origin, clone] = [join(temporary.path, "origin"), join(temporary.path, "clone")]
    newRepository(origin)
    await gitStatements({ directory: origin, env: AUTHOR }).add(STATEMENT, "said", NOW)
    git(temporary.path, "clone", "--quiet", origin, clone)
    const statements = gitStatements({ directory: clone, env: AUTHOR })
    expect(await statements.about("a")).toEqual([STATEMENT])
    const own = { ...STATEMENT, path: "approvals/a/b/D.json" }
    await statements.add(own, "said", NOW)
    expect((await statements.about("a")).map(({ path }) => path).sort()).toEqual([STATEMENT.path, own.path])
    git(clone, "push", "--quiet", "origin", "approvals")
    expect(git(origin, "rev-list", "--count", "approvals")).toBe("2")
  })
})
