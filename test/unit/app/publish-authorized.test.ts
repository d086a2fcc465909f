import { beforeAll, describe, expect, it } from "vitest"
import { memoryApprovals } from "../../../src/adapters/approvals-memory.ts"
import { memoryHistory } from "../../../src/adapters/history-memory.ts"
import { memoryReleases } from "../../../src/adapters/releases-memory.ts"
import { applyChange } from "../../../src/app/apply.ts"
import { buildChange } from "../../../src/app/build.ts"
import { planChange } from "../../../src/app/plan.ts"
import { buildDocument, publishBuild, stageCatalog } from "../../../src/app/publish-build.ts"
import type { World } from "../../../src/app/world.ts"
import type { ChangeEvidence } from "../../../src/domain/authorization/evidence.ts"
import { ScbError } from "../../../src/domain/errors.ts"
import { later } from "../../../src/domain/instant.ts"
import { encodeUtf8 } from "../../../src/domain/utf8.ts"
import type { Approvals, Releases } from "../../../src/ports.ts"
import type { BuildDocument } from "../../../src/schema/documents.ts"
import { START, type TestWorld, testWorld } from "../../support/world.ts"

const POLICY = `apiVersion: scb/v1
kind: Approvals
revision: 1
evidence: github-reviews
repository: demo
branch: main
rules: []
otherwise: { reviewers: 1 }
reductions: { maximumBundles: 1, require: { reviewers: 1 } }
`
const CHECKOUT = "bundles/shop-dev/checkout.yaml"

let test: TestWorld
let world: World
let evidence: ChangeEvidence

/** Acted on once, then changed; bob approves what ada changed. */
beforeAll(async () => {
  test = await testWorld()
  const people = new TextDecoder().decode(test.workspace.files.get("policies/people.yaml"))
  const entries = "principals:\n  - { name: ada, github: 1 }\n  - { name: bob, github: 2 }\n"
  const written = people.replace("principals:\n", entries).replace("groups:\n", "groups:\n  reviewers: [ada, bob]\n")
  test.workspace.files.set("policies/people.yaml", encodeUtf8(written))
  test.workspace.files.set("policies/approvals.yaml", encodeUtf8(POLICY))
  const first = test.workspace.commit()
  await applyChange(test)
  test.edit(CHECKOUT, "keyspace: shop", "keyspace: shop2")
  const second = (await test.workspace.readCommit()).commit
  const commit = (id: string, parents: readonly string[], text: string) => ({
    id,
    parents,
    tree: id,
    committedAt: START,
    message: "edit\n",
    payload: new Uint8Array(),
    files: new Map([[CHECKOUT, text]]),
  })
  evidence = {
    kind: "github-reviews",
    source: "pull request #1",
    context: { repository: "local:demo", branch: "main", base: first, tree: second },
    at: START,
    contributors: [{ github: 1, label: "ada", isBot: false }],
    verdicts: [{ by: { github: 2, label: "bob", isBot: false }, state: "approved", at: START, id: "1" }],
    problems: [],
  }
  world = {
    ...test,
    history: memoryHistory([commit(first, [], "1"), commit(second, [first], "2")]),
    approvals: () => memoryApprovals(new Map([[second, evidence]])),
  }
})

async function build(): Promise<{ readonly document: BuildDocument; readonly staged: Releases }> {
  const staged = memoryReleases()
  const built = await buildChange(world, await planChange(world), staged)
  if (built.catalog !== undefined) await stageCatalog(built.catalog, staged)
  return { document: buildDocument(built), staged }
}

const saying = (answer: ChangeEvidence): Pick<World, "approvals"> => ({
  approvals: (): Approvals => ({ evidenceFor: async () => answer }),
})
const tokenless: Pick<World, "approvals"> = {
  approvals: () => {
    throw new ScbError("token-missing", "there is no token")
  },
}

describe("what a build has judged", () => {
  it("is judged again by whoever publishes: what people say now counts", async () => {
    const { document, staged } = await build()
    const [said] = evidence.verdicts
    if (said === undefined) throw new Error("nobody said anything")
    const dismissed = { ...evidence, verdicts: [{ ...said, state: "dismissed" as const }] }
    await expect(publishBuild({ ...world, ...saying(dismissed) }, document, staged)).rejects.toMatchObject({
      code: "change-unauthorized",
    })
  })

  it("is judged by what the transaction says as well, and that has to be about what is published", async () => {
    const { document, staged } = await build()
    const { transaction } = document
    if (transaction === undefined) throw new Error("the build changes nothing")
    const signer = await world.keyring.signer()
    const forged = async (change: (path: string, text: string) => string | undefined): Promise<BuildDocument> => {
      const files = new Map(
        [...transaction.files].flatMap(([path, text]) => {
          const changed = change(path, text)
          return changed === undefined ? [] : [[path, changed] as const]
        }),
      )
      const prepared = await world.ledger.prepare(transaction.parent, files, "1 released", START)
      const signature = await signer.sign(encodeUtf8(prepared.payload), START)
      return { ...document, transaction: { ...prepared, signature } }
    }
    const without = await forged((path, text) => (path.startsWith("approvals/") ? undefined : text))
    await expect(publishBuild(world, without, staged)).rejects.toMatchObject({ code: "change-unauthorized" })
    const ahead = await forged((path, text) =>
      path === "ledger.yaml" ? text.replace("revision: 1", "revision: 9") : text,
    )
    await expect(publishBuild(world, ahead, staged)).rejects.toMatchObject({ code: "evidence-malformed" })
  })

  it("is published by its record where nobody can be asked", async () => {
    const { document, staged } = await build()
    const outcome = await publishBuild({ ...world, ...tokenless }, document, staged)
    expect(outcome.ledgerHead).toBeDefined()
    expect(await publishBuild({ ...world, ...tokenless }, document, staged)).toEqual({
      ...outcome,
      releases: outcome.releases.map(release => ({ ...release, outcome: "already" })),
      catalog: "already",
    })
  })

  it("leaves nothing to plan, and nothing to judge", async () => {
    const after = { ...world, ...tokenless, now: later(START, 60_000) }
    expect((await applyChange(after)).plan.steps).toEqual([])
  })
})
