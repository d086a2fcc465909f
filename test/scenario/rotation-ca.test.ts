import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CHECKOUT, type Desk, type DeskMaker, day, editTwice, prepareDesk } from "../support/desk.ts"
import { makePki, type Pki } from "../support/pki.ts"
import { hasTool } from "../support/tools.ts"
import { START } from "../support/world.ts"

const CLUSTER = "bundles/shop-dev/cluster.yaml"
const HOST = "cassandra.shop-dev.example.com"
const OLD = "ca/server-root.crt"
const NEW = "ca/root-2027.crt"
const start = day("2026-11-25")
let desks: DeskMaker
let next: Pki
let clients: Pki

beforeAll(async () => {
  next = await makePki({ name: "next root", host: HOST, now: START })
  clients = await makePki({ name: "next issuer", now: START })
  desks = await prepareDesk(async desk => {
    desk.write("root-2027.crt", next.root.certificatePem)
    desk.write("clients-2027.crt", `${clients.issuer.certificatePem}${clients.root.certificatePem}`)
    desk.write("leaf.crt", next.server.certificatePem)
    desk.write("intermediate.crt", next.issuer.certificatePem)
    desk.write(".gitignore", "*.crt\n!bundles/**\n")
    desk.commit()
    await desk.apply()
  })
}, 120_000)
afterAll(() => desks.remove())

/** The next day, with the commit of what was edited. */
async function applied(desk: Desk): Promise<void> {
  desk.commit()
  await desk.apply()
}

/** Whether OpenSSL, as a driver with this version, takes servers that show certificates under the old and the new root. */
async function believed(desk: Desk, version: string): Promise<{ readonly old: boolean; readonly next: boolean }> {
  const folder = join(desk.folder, "..", `fetched-${version}`)
  mkdirSync(folder)
  const zip = join(folder, "bundle.zip")
  const { code, stderr } = await desk.scb("fetch", "shop-dev/checkout", "--version", version, "--out", zip)
  if (code !== 0) throw new Error(stderr)
  execFileSync("unzip", ["-q", zip, "ca.crt", "-d", folder])
  const server = join(folder, "server.crt")
  writeFileSync(server, `${next.server.certificatePem}${next.issuer.certificatePem}`)
  const takes = (chain: string): boolean => {
    const args = ["verify", "-attime", String(start / 1000), "-verify_hostname", HOST, "-untrusted", chain]
    return spawnSync("openssl", [...args, "-CAfile", join(folder, "ca.crt"), chain]).status === 0
  }
  return { old: takes(join(desk.folder, "../demo-keys/server.crt")), next: takes(server) }
}

const trustOf = (desk: Desk) => /^trust: \[(.*)\]/m.exec(desk.read(CLUSTER))?.[1]

describe("scb rotate ca", () => {
  it.skipIf(!["openssl", "unzip"].every(hasTool))(
    "leads from the old root to the new one, and OpenSSL agrees at every step",
    async () => {
      let desk = desks.fresh().at(start)
      const original = desk.read(CLUSTER)
      const rotate = (...args: readonly string[]) => desk.scb("rotate", "ca", "shop-dev", ...args)
      expect(await believed(desk, "1.0.0")).toEqual({ old: true, next: false })

      await editTwice(desk, CLUSTER, "rotate", "ca", "shop-dev", "--new", "root-2027.crt")
      expect(desk.read(CLUSTER)).toBe(original.replace(`trust: [${OLD}]`, `trust: [${OLD}, ${NEW}]`))
      desk.commit()
      const early = await rotate("--served", NEW, "--reason", "CHG-12")
      expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("shop-dev/checkout 1.0.0 relies")])
      await desk.apply()
      expect(await believed(desk, "1.1.0")).toEqual({ old: true, next: true })
      const waiting = JSON.parse((await rotate("--format", "json")).stdout)
      expect(waiting).toMatchObject({
        kind: "Rotation",
        rotation: "ca",
        steps: [
          { name: "overlap", state: "done" },
          { name: "adopt", state: "next", waitsFor: [{ bundle: "shop-dev/checkout", version: "1.0.0" }] },
          { name: "served", state: "later" },
          { name: "drop", state: "later", waitsFor: [{ version: "1.0.0" }] },
        ],
      })
      expect((await rotate()).stdout).toMatch(/^ +waits for shop-dev\/checkout 1\.0\.0, until 20\d\d-/m)
      const dropped = await rotate("--drop")
      expect([dropped.code, dropped.stderr]).toEqual([2, expect.stringContaining("nobody has said")])

      await desk.scb("revoke", "shop-dev/checkout@1.0.0", "--reason", "superseded")
      await applied(desk)
      desk = desk.at(day("2026-11-26"))
      await editTwice(desk, CLUSTER, "rotate", "ca", "shop-dev", "--served", NEW, "--reason", "CHG-12")
      expect(desk.read(CLUSTER)).toMatch(new RegExp(`^serving: \\{ root: ${NEW}, reason: CHG-12 \\}$`, "m"))
      await applied(desk)
      await editTwice(desk, CLUSTER, "rotate", "ca", "shop-dev", "--first")
      expect(trustOf(desk)).toBe(`${NEW}, ${OLD}`)
      await applied(desk)
      await editTwice(desk, CLUSTER, "rotate", "ca", "shop-dev", "--drop")
      expect(trustOf(desk)).toBe(NEW)
      await applied(desk)
      expect(await believed(desk, "2.0.0")).toEqual({ old: false, next: true })
      expect((await desk.scb("plan")).stdout).toContain("nothing to do")
      const diff = JSON.parse(
        (await desk.scb("diff", "shop-dev/checkout@1.1.0", "shop-dev/checkout@2.0.0", "--format", "json")).stdout,
      )
      expect(JSON.stringify(diff)).toContain("cluster.trust")
    },
  )

  it("turns the first root of C# together with the servers, and back", async () => {
    const desk = desks.fresh().at(start)
    desk.write(CHECKOUT, desk.read(CHECKOUT).replace("drivers: [", "drivers: [csharp, "))
    await applied(desk)
    await desk.scb("rotate", "ca", "shop-dev", "--new", "root-2027.crt")
    await applied(desk)
    desk.write(CLUSTER, desk.read(CLUSTER).replace(`[${OLD}, ${NEW}]`, `[${NEW}, ${OLD}]`))
    desk.commit()
    const held = await desk.scb("plan")
    expect([held.code, held.stderr]).toEqual([1, expect.stringContaining("S56")])
    desk.write(CLUSTER, desk.read(CLUSTER).replace(`[${NEW}, ${OLD}]`, `[${OLD}, ${NEW}]`))
    for (const version of ["1.0.0", "1.1.0"]) {
      await desk.scb("revoke", `shop-dev/checkout@${version}`, "--reason", "superseded")
    }
    await applied(desk)
    const later = desk.at(day("2026-11-26"))
    await later.scb("rotate", "ca", "shop-dev", "--served", NEW, "--reason", "CHG-12")
    const unturned = await later.scb("rotate", "ca", "shop-dev", "--drop")
    expect([unturned.code, unturned.stderr]).toEqual([2, expect.stringContaining("C# believes the first root alone")])
    await editTwice(later, CLUSTER, "rotate", "ca", "shop-dev", "--first")
    await applied(later)
    const reliant = await later.scb("rotate", "ca", "shop-dev", "--drop")
    expect([reliant.code, reliant.stderr]).toEqual([2, expect.stringContaining("another root cannot go")])
    await editTwice(later, CLUSTER, "rotate", "ca", "shop-dev", "--served", OLD, "--reason", "CHG-13: back")
    await editTwice(later, CLUSTER, "rotate", "ca", "shop-dev", "--first")
    expect(trustOf(later)).toBe(`${OLD}, ${NEW}`)
    expect((await later.scb("plan")).code).toBe(0)
  })

  it("goes back the same way, as long as every version in use trusts the old root", async () => {
    const desk = desks.fresh().at(start)
    await desk.scb("rotate", "ca", "shop-dev", "--new", "root-2027.crt")
    await applied(desk)
    await editTwice(desk, CLUSTER, "rotate", "ca", "shop-dev", "--served", OLD, "--reason", "CHG-12 is off")
    await editTwice(desk, CLUSTER, "rotate", "ca", "shop-dev", "--drop")
    expect(trustOf(desk)).toBe(OLD)
    await applied(desk)
    expect((await desk.scb("plan")).stdout).toContain("nothing to do")
    const late = await desk.scb("rotate", "ca", "shop-dev", "--served", NEW, "--reason", "x")
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining("does not trust ca/root-2027.crt")])
  })

  it.each([
    [["--new", "leaf.crt"], "not self-signed"],
    [["--new", "intermediate.crt"], "not self-signed"],
    [["--new", "missing.crt"], "missing.crt does not exist"],
    [["--first"], "nobody has said"],
    [["--served", NEW, "--reason", "x"], "does not trust"],
    [["--served", OLD], "--reason: expected one"],
    [["--first", "--drop"], "expected one step at a time"],
  ])("refuses %j", async (args, message) => {
    const desk = desks.fresh().at(start)
    const { stderr } = await desk.scb("rotate", "ca", "shop-dev", ...args)
    expect([desk.git("status", "--porcelain"), stderr]).toEqual(["", expect.stringContaining(message)])
  })

  it("takes nothing but certificates from a file", async () => {
    const desk = desks.fresh().at(start)
    desk.write("root-2027.crt", `${next.root.certificatePem}${next.root.keyPem}`)
    const { code, stdout, stderr } = await desk.scb("rotate", "ca", "shop-dev", "--new", "root-2027.crt")
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain(next.root.keyPem.split("\n")[1])
  })
})
