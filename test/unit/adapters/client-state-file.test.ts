import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { clientStateFile } from "../../../src/adapters/client-state-file.ts"
import { later } from "../../../src/domain/instant.ts"
import type { SeenCatalog } from "../../../src/domain/seen-catalog.ts"
import { NOW } from "../../support/pgp.ts"
import { verdict } from "../../support/published.ts"

let folder: string
let path: string
const seen: SeenCatalog = { version: 5, issuedAt: NOW, epoch: 1, indexSha256: "a".repeat(64) }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "scb-state-"))
  path = join(folder, "deep", "state.json")
})
afterEach(() => rm(folder, { recursive: true }))

describe("clientStateFile", () => {
  it("knows nothing of a source never seen", async () => {
    expect(await clientStateFile(path).read("here")).toBeUndefined()
  })

  it("remembers each source across processes", async () => {
    await clientStateFile(path).remember("here", seen)
    await clientStateFile(path).remember("there", { ...seen, version: 7 })
    expect(await clientStateFile(path).read("here")).toEqual(seen)
    expect(await clientStateFile(path).read("there")).toMatchObject({ version: 7 })
  })

  it("never goes back", async () => {
    const state = clientStateFile(path)
    await state.remember("here", seen)
    await state.remember("here", { ...seen, version: 4 })
    await state.remember("here", { ...seen, epoch: 0, version: 9 })
    await state.remember("here", { ...seen, indexSha256: "b".repeat(64) })
    expect(await state.read("here")).toEqual(seen)
    await state.remember("here", { ...seen, issuedAt: later(NOW, 1000) })
    expect(await state.read("here")).toMatchObject({ issuedAt: later(NOW, 1000) })
  })

  it("is readable by its owner only, in JSON with instants as text, and leaves nothing else behind", async () => {
    await clientStateFile(path).remember("here", seen)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, "deep"))).toEqual(["state.json"])
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({
      apiVersion: "scb/v1",
      kind: "ClientState",
      sources: { here: { ...seen, issuedAt: "2026-11-22T10:00:00Z" } },
    })
  })

  it.each([
    "",
    "{}",
    "[]",
    "null",
    '{"apiVersion":"scb/v1","kind":"ClientState","sources":{"here":{"version":-1}}}',
    `{"apiVersion":"scb/v1","kind":"ClientState","sources":{"here":{"version":1,"epoch":0,"issuedAt":"yesterday","indexSha256":"${"a".repeat(64)}"}}}`,
  ])("refuses to forget over a file that is not its own: %s", async text => {
    const plain = join(folder, "state.json")
    await writeFile(plain, text)
    expect(await verdict(clientStateFile(plain).read("here"))).toBe("state-malformed")
    expect(await verdict(clientStateFile(plain).remember("here", seen))).toBe("state-malformed")
    expect(await readFile(plain, "utf8")).toBe(text)
  })

  it("follows no symbolic link", async () => {
    const link = join(folder, "state.json")
    await symlink(join(folder, "elsewhere"), link)
    expect(await verdict(clientStateFile(link).read("here"))).toBe("io")
  })
})
