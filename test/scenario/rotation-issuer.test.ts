import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type DeskMaker, day, editTwice, prepareDesk } from "../support/desk.ts"
import { makePki, type Pki } from "../support/pki.ts"
import { START } from "../support/world.ts"

const CLUSTER = "bundles/shop-dev/cluster.yaml"
const NEXT = "ca/clients-2027.crt"
const start = day("2026-11-25")
let desks: DeskMaker
let next: Pki

beforeAll(async () => {
  next = await makePki({ name: "next issuer", now: START })
  desks = await prepareDesk(async desk => {
    desk.write("clients-2027.crt", `${next.issuer.certificatePem}${next.root.certificatePem}`)
    desk.write("leaf.crt", next.server.certificatePem)
    desk.write(".gitignore", "*.crt\n!bundles/**\n")
    desk.commit()
    await desk.apply()
  })
}, 120_000)
afterAll(() => desks.remove())

describe("scb rotate issuer", () => {
  it("has servers accept both, then certifies by the new one, and drops the old one when nothing of it is in use", async () => {
    const desk = desks.fresh().at(start)
    const original = desk.read(CLUSTER)
    const key = join(desk.folder, "..", "next.key")
    writeFileSync(key, next.issuer.keyPem, { mode: 0o600 })
    const rotate = (...args: readonly string[]) => desk.scb("rotate", "issuer", "shop-dev", ...args)
    const unaccepted = await rotate("--switch", NEXT)
    expect([unaccepted.code, unaccepted.stderr]).toEqual([2, expect.stringContaining("not told to accept")])

    await editTwice(desk, CLUSTER, "rotate", "issuer", "shop-dev", "--new", "clients-2027.crt")
    expect(desk.read(CLUSTER)).toBe(
      original.replace("key: env:SCB_CA_KEY\n", `key: env:SCB_CA_KEY\n  accepts: [${NEXT}]\n`),
    )
    desk.commit()
    expect((await desk.scb("plan")).stdout).toContain("nothing to do")
    const rendered = JSON.parse(
      (await desk.scb("gateway", "render", "shop-dev", "--target", "cassandra", "--format", "json")).stdout,
    )
    const files: readonly { readonly name: string; readonly content: string }[] = rendered.files
    const accepted = files.find(({ name }) => name === "clients-ca.crt")?.content
    expect(accepted).toContain(next.root.certificatePem)
    expect(accepted).toContain(desk.read("bundles/shop-dev/ca/issuer.crt"))

    await editTwice(desk, CLUSTER, "rotate", "issuer", "shop-dev", "--switch", NEXT, "--key", `file:${key}`)
    expect(desk.read(CLUSTER)).toContain(`certificate: ${NEXT}\n  key: file:${key}\n  accepts: [ca/issuer.crt]\n`)
    desk.commit()
    const planned = JSON.parse((await desk.scb("plan", "--format", "json")).stdout)
    expect(planned.steps[0]).toMatchObject({
      kind: "release",
      version: "2.0.0",
      change: "major",
      reason: "issuer-changed",
    })
    await desk.apply()
    const early = await rotate("--drop")
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("shop-dev/checkout 1.0.0 relies")])
    expect(JSON.parse((await rotate("--format", "json")).stdout).steps).toMatchObject([
      { name: "accept", state: "done" },
      { name: "switch", state: "done" },
      { name: "drop", state: "next", waitsFor: [{ version: "1.0.0" }] },
    ])

    await desk.scb("revoke", "shop-dev/checkout@1.0.0", "--reason", "superseded")
    desk.commit()
    await desk.apply()
    const later = desk.at(day("2026-11-26"))
    await editTwice(later, CLUSTER, "rotate", "issuer", "shop-dev", "--drop")
    expect(later.read(CLUSTER)).not.toContain("accepts")
    later.commit()
    expect((await later.scb("plan")).stdout).toContain("nothing to do")
  })

  it("goes back as it came", async () => {
    const desk = desks.fresh().at(start)
    await desk.scb("rotate", "issuer", "shop-dev", "--new", "clients-2027.crt")
    const before = desk.read(CLUSTER)
    await desk.scb("rotate", "issuer", "shop-dev", "--switch", NEXT)
    await editTwice(desk, CLUSTER, "rotate", "issuer", "shop-dev", "--switch", "ca/issuer.crt")
    expect(desk.read(CLUSTER)).toBe(before)
  })

  it("is an error by hand as well: what is in use would be refused", async () => {
    const desk = desks.fresh().at(start)
    await desk.scb("rotate", "issuer", "shop-dev", "--new", "clients-2027.crt")
    desk.write(
      CLUSTER,
      desk
        .read(CLUSTER)
        .replace("ca/issuer.crt", NEXT)
        .replace(/^ {2}accepts: .*\n/m, ""),
    )
    desk.commit()
    const { code, stderr } = await desk.scb("plan")
    expect([code, stderr]).toEqual([1, expect.stringContaining("S57")])
  })

  it.each([
    [["--new", "leaf.crt"], "is not a CA"],
    [["--key", "env:X"], "expected --switch with it"],
    [["--new", "clients-2027.crt", "--drop"], "expected one step at a time"],
  ])("refuses %j", async (args, message) => {
    const desk = desks.fresh().at(start)
    const { code, stderr } = await desk.scb("rotate", "issuer", "shop-dev", ...args)
    expect([code, desk.git("status", "--porcelain")]).toEqual([2, ""])
    expect(stderr).toContain(message)
  })
})

describe("scb rotate endpoint", () => {
  it("moves whoever gets the next version, and says until when the old place is in use", async () => {
    const desk = desks.fresh().at(start)
    const rotate = ["rotate", "endpoint", "shop-dev"]
    expect(JSON.parse((await desk.scb(...rotate, "--format", "json")).stdout).steps[0].state).toBe("next")
    await editTwice(desk, CLUSTER, ...rotate, "--host", "cass2.example.com", "--reason", "CHG-12")
    desk.commit()
    await desk.apply()
    const { stdout } = await desk.scb(...rotate)
    expect(stdout).toMatch(/^next +leave +stop serving the old place$/m)
    expect(stdout).toMatch(/waits for shop-dev\/checkout 1\.0\.0, until 20/)
    const unexplained = await desk.scb(...rotate, "--cql-port", "29443")
    expect([unexplained.code, unexplained.stderr]).toEqual([2, expect.stringContaining("--reason")])
    expect((await desk.scb(...rotate, "--cql-port", "0", "--reason", "x")).stderr).toContain("expected a port")
  })

  it("is unknown for a cluster that is not there", async () => {
    const desk = desks.fresh().at(start)
    expect((await desk.scb("rotate", "endpoint", "other")).code).toBe(3)
    expect((await desk.scb("rotate", "endpoint", "other", "--host", "a.example.com", "--reason", "x")).code).toBe(2)
  })
})
