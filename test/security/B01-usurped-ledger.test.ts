import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import type { Desk, DeskMaker } from "../support/desk.ts"
import { bytes, eccKey } from "../support/pgp.ts"
import { approveAs, commitAs, editKeyspace, merge, proposeAs, refusals, signedDesks } from "../support/signed-desk.ts"
import { START } from "../support/world.ts"

let desks: DeskMaker

beforeAll(async () => {
  desks = await signedDesks()
})
afterAll(() => desks.remove())

async function nameSigner(desk: Desk, name: string): Promise<void> {
  const { fingerprint, publicKeyArmored } = await eccKey(name)
  desk.write(`policies/keys/${name}.asc`, publicKeyArmored)
  const policy = desk.read("policies/distribution.yaml")
  const entry = `$&  - { name: ${name}, fingerprint: ${fingerprint}, key: keys/${name}.asc }\n`
  desk.write("policies/distribution.yaml", policy.replace(/^signers:.*\n/m, entry))
}

/** Says in the ledger that all up to HEAD was authorised, signed by that key. */
async function record(desk: Desk, name: string): Promise<void> {
  const { privateKeyArmored } = await eccKey(name)
  const ledger = gitLedger({ directory: desk.folder, author: { name: "scb", email: "scb@localhost" } })
  const { head, files } = await ledger.read()
  const commit = desk.git("rev-parse", "HEAD")
  const text = (files.get("ledger.yaml") ?? "").replace(/commit: \S+/, `commit: ${JSON.stringify(commit)}`)
  const message = `0 released, 0 marked, 0 pointed\n\nnothing\n\nsource: ${commit}\n`
  const prepared = await ledger.prepare(head, new Map([["ledger.yaml", text]]), message, START)
  const signer = await openPgpSigner({ privateKeyArmored })
  await ledger.commit(prepared, await signer.sign(bytes(prepared.payload), START))
}

describe("B01: somebody who can push to main and to the ledger", () => {
  it("cannot let a ledger of his own say that his change was authorised", async () => {
    const desk = desks.fresh()
    await nameSigner(desk, "mallory")
    editKeyspace(desk, "evil")
    await commitAs(desk, "ada")
    for (let times = 0; times < 2; times += 1) {
      await record(desk, "mallory")
      expect(await refusals(desk)).toEqual([
        { verb: "build", code: 3, error: "signer-untrusted" },
        { verb: "apply", code: 3, error: "signer-untrusted" },
      ])
    }
    const { code, stdout } = await desk.scb("authorize", "--recorded", "--format", "json")
    expect([code, JSON.parse(stdout).error.code]).toEqual([3, "signer-untrusted"])
  })

  it("does not stand in the way of a second signer whom people have approved", async () => {
    const desk = desks.fresh()
    desk.git("checkout", "--quiet", "-b", "second-signer")
    await nameSigner(desk, "second")
    editKeyspace(desk, "first")
    await commitAs(desk, "ada")
    for (const person of ["bob", "carol"]) expect((await approveAs(desk, person, "second-signer")).code).toBe(0)
    merge(desk, "second-signer")
    await desk.apply()
    await record(desk, "second")
    await proposeAs(desk, "ada", "more", () => editKeyspace(desk, "second"))
    expect((await approveAs(desk, "bob", "more")).code).toBe(0)
    merge(desk, "more")
    await desk.apply()
  })
})
