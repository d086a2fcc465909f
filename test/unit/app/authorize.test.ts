import { describe, expect, it } from "vitest"
import { memoryApprovals } from "../../../src/adapters/approvals-memory.ts"
import { type MemoryCommit, memoryHistory } from "../../../src/adapters/history-memory.ts"
import { memoryWorkspace } from "../../../src/adapters/workspace-memory.ts"
import {
  authorizeMain,
  policyReader,
  recordAuthorization,
  recordedEvidence,
  requireAuthorized,
} from "../../../src/app/authorize.ts"
import type { ChangeEvidence } from "../../../src/domain/authorization/evidence.ts"
import { formatInstant, type Instant, later } from "../../../src/domain/instant.ts"
import type { Approvals, History } from "../../../src/ports.ts"
import { authorizationFile, formatAuthorization } from "../../../src/schema/authorization-record.ts"
import { NOW } from "../../support/pgp.ts"
import { FILES, PEOPLE, treeOf } from "../../support/repository-files.ts"

type Files = Readonly<Record<string, string | undefined>>

const approvals = (revision: number, require = "{ team: 1 }"): string => `apiVersion: scb/v1
kind: Approvals
revision: ${revision}
evidence: github-reviews
repository: demo
branch: main
rules: []
otherwise: ${require}
reductions: { maximumBundles: 1, require: { team: 1 } }
`
const POLICY = "policies/approvals.yaml"
const edited = (keyspace: string): Files => ({
  "bundles/prod/checkout.yaml": `${FILES["bundles/prod/checkout.yaml"]}keyspace: ${keyspace}\n`,
})

/**
 * A line of commits, each the one before with other files. Those whose numbers are in `approved` are approved by alice.
 * `dates`: what commits say of when they were made, if not NOW.
 */
function line(changes: readonly Files[], approved: readonly number[] = [], dates: readonly Instant[] = []) {
  const workspace = memoryWorkspace(new Map(), "0".repeat(40))
  const commits: MemoryCommit[] = []
  const evidence = new Map<string, ChangeEvidence>()
  let files: Files = { ...FILES, "policies/people.yaml": PEOPLE.replace("name: carol", "name: carol\n    github: 3") }
  for (const [number, change] of changes.entries()) {
    files = { ...files, ...change, "notes.txt": `${number}\n` }
    const id = workspace.commitAside(treeOf(files), `commit ${number}`)
    const parent = commits.at(-1)?.id
    const base = parent ?? ""
    commits.push({
      id,
      parents: parent === undefined ? [] : [parent],
      tree: id,
      committedAt: dates[number] ?? NOW,
      message: "edit\n",
      payload: new Uint8Array(),
      files: new Map(Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]]))),
    })
    if (approved.includes(number)) evidence.set(id, evidenceFor(base, id))
  }
  const asked: string[] = []
  const known: Approvals = memoryApprovals(evidence)
  return {
    ids: commits.map(({ id }) => id),
    asked,
    world: {
      workspace,
      history: memoryHistory(commits),
      approvals: (): Approvals => ({
        evidenceFor: commit => {
          asked.push(commit.id)
          return known.evidenceFor(commit)
        },
      }),
    },
  }
}

function evidenceFor(base: string, tree: string): ChangeEvidence {
  return {
    kind: "github-reviews",
    source: "pull request #1",
    context: { repository: "local:demo", branch: "main", base, tree },
    at: NOW,
    contributors: [{ github: 3, label: "carol", isBot: false }],
    verdicts: [{ by: { github: 1, label: "alice", isBot: false }, state: "approved", at: NOW, id: "1" }],
    problems: [],
  }
}

async function headOf({ world, ids }: ReturnType<typeof line>, number = ids.length - 1) {
  const commit = ids[number] ?? ""
  const { repository } = await policyReader(world).read(commit)
  if (repository === undefined) throw new Error(`commit ${number} cannot be read`)
  return { commit, repository }
}

async function judge(scene: ReturnType<typeof line>, from: number, revision = 1) {
  const authorization = { commit: scene.ids[from] ?? "", revision }
  return authorizeMain(scene.world, await headOf(scene), { authorization })
}

const verdicts = (decisions: readonly { readonly verdict: string }[]) => decisions.map(({ verdict }) => verdict)
const codes = (decisions: Awaited<ReturnType<typeof judge>>) =>
  decisions.map(({ refusals }) => refusals.map(({ code }) => code))

describe("the commits of main", () => {
  it("are not looked at where nobody asks for approvals", async () => {
    const scene = line([{}, edited("a")])
    const never = (): never => {
      throw new Error("somebody looked")
    }
    const history: History = {
      find: never,
      firstParents: never,
      broughtIn: never,
      changedPaths: never,
      unreviewable: never,
    }
    const world = { workspace: scene.world.workspace, history, approvals: never }
    expect(await authorizeMain(world, await headOf(scene), {})).toEqual([])
  })

  it("begin where the ledger knows of none", async () => {
    const scene = line([{ [POLICY]: approvals(4) }, edited("a")])
    const decisions = await authorizeMain(scene.world, await headOf(scene), {})
    expect(decisions).toMatchObject([{ commit: scene.ids[1], verdict: "anchor", revision: 4 }])
    expect(scene.asked).toEqual([])
  })

  it("are judged one by one since the one that the ledger knows, and no other", async () => {
    const scene = line([{ [POLICY]: approvals(1) }, edited("a"), edited("b"), edited("c")], [2])
    expect(verdicts(await judge(scene, 1))).toEqual(["authorized", "refused"])
    expect(scene.asked).toEqual([scene.ids[2], scene.ids[3]])
    expect(await judge(scene, 3)).toEqual([])
  })

  it("are judged by the policy of the parent: what a change makes easier does not count for it", async () => {
    const hard = approvals(1, "{ team: 1, carol: 1 }")
    const scene = line([{ [POLICY]: hard }, { [POLICY]: approvals(2, "{ carol: 1 }") }], [1])
    expect(codes(await judge(scene, 0))).toEqual([["quorum-missing"]])
  })

  it("are made in no emergency that was over when one of those before was made, whatever their own date is", async () => {
    const HOUR = 3_600_000
    const until = later(NOW, HOUR)
    const policy = `${approvals(1, "{ team: 1, bob: 1 }")}emergency: { require: { team: 1 }, classes: [minor, major, other], maximum: 1d, reviewWithin: 7d }\n`
    const outage = `apiVersion: scb/v1
kind: Emergency
name: outage
reason: the servers' root leaked
incident: INC-12
from: ${formatInstant(NOW)}
until: ${formatInstant(until)}
`
    const changes = [{ [POLICY]: policy, "policies/emergencies/outage.yaml": outage }, {}, {}, edited("a")]
    const approved = [1, 2, 3]
    expect(verdicts(await judge(line(changes, approved), 1))).toEqual(["authorized", "authorized"])
    const over = later(until, HOUR)
    for (const dates of [
      [NOW, NOW, over, NOW],
      [NOW, over, NOW, NOW],
    ]) {
      expect(codes(await judge(line(changes, approved, dates), 0)).at(-1)).toEqual(["quorum-missing"])
    }
  })

  it("go by the newest policies that can be read", async () => {
    const scene = line([{ [POLICY]: approvals(1) }, { [POLICY]: "revision: [\n" }, { [POLICY]: approvals(2) }], [1, 2])
    expect(codes(await judge(scene, 0))).toEqual([["unreviewable"], []])
  })

  it("may end the policy with approvals, ask for nothing then, and never bring an older one back", async () => {
    const changes = [{ [POLICY]: approvals(5) }, { [POLICY]: undefined }, edited("a"), { [POLICY]: approvals(6) }]
    const scene = line(changes, [1])
    expect(verdicts(await judge(scene, 0, 5))).toEqual(["authorized", "authorized", "anchor"])
    expect(codes(await judge(line([...changes.slice(0, 3), { [POLICY]: approvals(5) }], [1]), 0, 5))).toEqual([
      [],
      [],
      ["policy-replayed"],
    ])
  })

  it("bring no policy back that was replaced on the way, though the ledger has never seen what replaced it", async () => {
    const changes = [1, 5, undefined, 4].map(revision => ({
      [POLICY]: revision === undefined ? undefined : approvals(revision),
    }))
    expect(codes(await judge(line(changes, [1, 2]), 0))).toEqual([[], [], ["policy-replayed"]])
  })

  it("are recorded with the highest revision, and judged alike by the record", async () => {
    const scene = line([{ [POLICY]: approvals(1) }, { [POLICY]: approvals(2) }, edited("a")], [1, 2])
    const decisions = await judge(scene, 0)
    const head = await headOf(scene)
    const before = { commit: scene.ids[0] ?? "", revision: 1 }
    const { upTo, files } = recordAuthorization(head, before, decisions)
    expect(upTo).toEqual({ commit: scene.ids[2], revision: 2 })
    expect([...files.keys()]).toEqual([1, 2].map(number => authorizationFile(scene.ids[number] ?? "")))
    scene.asked.length = 0
    const again = await authorizeMain(scene.world, head, { authorization: before }, recordedEvidence(files))
    expect(again).toEqual(decisions)
    expect(scene.asked).toEqual([])
  })

  it("are refused where the record of one is lost, or says something else", async () => {
    const scene = line([{ [POLICY]: approvals(1) }, edited("a")], [1])
    const head = await headOf(scene)
    const authorization = { commit: scene.ids[0] ?? "", revision: 1 }
    const [decision] = await judge(scene, 0)
    if (decision === undefined) throw new Error("nothing was judged")
    const other = { ...decision, evidence: evidenceFor("b".repeat(40), "c".repeat(40)) }
    for (const files of [new Map(), new Map([[authorizationFile(decision.commit), formatAuthorization(other)]])]) {
      const judged = await authorizeMain(scene.world, head, { authorization }, recordedEvidence(files))
      expect(verdicts(judged)).toEqual(["refused"])
      expect(() => requireAuthorized(judged)).toThrowError(expect.objectContaining({ code: "change-unauthorized" }))
    }
  })

  it("are told from an older state of main", async () => {
    const scene = line([{ [POLICY]: approvals(1) }, edited("a")], [1])
    const authorization = { commit: scene.ids[1] ?? "", revision: 1 }
    await expect(authorizeMain(scene.world, await headOf(scene, 0), { authorization })).rejects.toMatchObject({
      code: "stale-build",
    })
    const elsewhere = { commit: "9".repeat(40) }
    await expect(authorizeMain(scene.world, await headOf(scene), { authorization: elsewhere })).rejects.toMatchObject({
      code: "history-rewritten",
    })
  })
})
