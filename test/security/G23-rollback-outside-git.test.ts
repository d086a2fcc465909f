import { beforeAll, describe, expect, it } from "vitest"
import { memoryIntent } from "../../src/adapters/intent-memory.ts"
import { applyChange } from "../../src/app/apply.ts"
import { edit } from "../../src/app/edits/edit.ts"
import { rollback } from "../../src/app/edits/rollback.ts"
import { readLedger } from "../../src/app/ledger.ts"
import { planChange } from "../../src/app/plan.ts"
import { readStatus } from "../../src/app/status.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { START, type TestWorld, testWorld } from "../support/world.ts"

const NAME = "shop-dev/checkout"
const FILE = "bundles/shop-dev/checkout.yaml"
const DAY = 86_400_000
const on = (day: number): Instant => later(START, day * DAY)

/** G23 (flagger#682): a controller rolls back, git still asks for the new version, and nobody knows why. */
describe("a rollback", () => {
  let world: TestWorld

  /** 1.0.0, then 1.1.0 in stable, then back to 1.0.0 by the command of people, and applied. */
  beforeAll(async () => {
    world = await testWorld()
    await applyChange(world)
    world.edit(FILE, "keyspace: shop", "keyspace: shop2")
    await applyChange(world.at(on(1)))
    const back = rollback({ bundle: NAME, channel: "stable", reason: "INC-7" })
    await edit(world.at(on(2)), memoryIntent(world.workspace), back, { kind: "write" })
    world.workspace.commit()
    await applyChange(world.at(on(2)))
  })

  it("is written in git before it happens, and the ledger names that commit, the reason and who signed", async () => {
    const { commit, tree } = await world.workspace.readCommit()
    expect(Buffer.from(tree.get(FILE) ?? "").toString()).toContain("pin: 1.0.0, reason: INC-7")
    const { anchors } = await planChange(world.at(on(2)))
    const { state } = await readLedger(world.ledger, anchors, on(2))
    const move = state.bundles.get(NAME)?.moves.findLast(({ channel }) => channel === "stable")
    expect(move).toEqual({ channel: "stable", version: "1.0.0", at: on(2), reason: "rollback", cause: "INC-7" })
    const [newest] = await world.ledger.history(1)
    expect(newest?.payload).toContain(`point ${NAME} stable 1.1.0 -> 1.0.0`)
    expect(newest?.payload).toContain(`source: ${commit}`)
  })

  it("leaves no difference between what git asks for and what is live, for as long as it holds", async () => {
    for (const day of [2, 3, 10]) {
      const { bundles } = await readStatus(world.at(on(day)))
      const bundle = bundles.find(each => each.bundle === NAME)
      expect(bundle?.channels["stable"]?.version).toBe("1.0.0")
      expect(bundle?.due).toEqual([])
    }
  })

  it("has each change of state in a signed commit of its own", async () => {
    const history = await world.ledger.history()
    expect(history.map(({ signature }) => signature !== undefined)).toEqual(Array(3).fill(true))
    const { ledger } = await planChange(world.at(on(2)))
    expect(ledger.state.sequence).toBe(history.length)
  })

  it("that was never written in git is undone by nobody in silence: an unsigned ledger is refused", async () => {
    const { ledger } = await planChange(world.at(on(2)))
    const path = `bundles/${NAME}.yaml`
    const text = ledger.snapshot.files.get(path) ?? ""
    const moved = text.replace(/version: 1\.0\.0(?![\s\S]*version: 1\.0\.0)/, "version: 1.1.0")
    expect(moved).not.toBe(text)
    const forged = await world.ledger.prepare(ledger.snapshot.head, new Map([[path, moved]]), "by hand", on(2))
    await world.ledger.commit(forged, "not a signature")
    await expect(planChange(world.at(on(3)))).rejects.toMatchObject({ code: expect.stringMatching(/^signature-/) })
  })
})
