import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { notesDirectory } from "../../src/adapters/notes-directory.ts"
import { applyChange } from "../../src/app/apply.ts"
import { openNotebook } from "../../src/app/notebook.ts"
import { planChange } from "../../src/app/plan.ts"
import { temporaryDirectory } from "../support/git.ts"
import { type TestWorld, testWorld } from "../support/world.ts"

const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const REPOSITORY = "/somewhere"
const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

let world: TestWorld
/** Notes as a run leaves them that found nothing to do. */
let honest: Buffer
let made = 0

beforeAll(async () => {
  world = await testWorld()
  await applyChange(world)
  const { directory, path } = newPlace()
  const notebook = await openNotebook(notesDirectory(directory, REPOSITORY))
  expect((await planChange(world, notebook)).plan.steps).toEqual([])
  await notebook.close()
  honest = readFileSync(path())
  world.edit(CHECKOUT, "channels:", "versions:\n  1.0.0: { revoked: { reason: keyCompromise } }\nchannels:")
})

function newPlace() {
  const directory = join(temporary.path, `${made++}`)
  const path = (): string => join(directory, readdirSync(directory)[0] ?? "")
  return { directory, path }
}

/** A place with notes of these bytes, as `scb` would have written them. */
async function placeOf(bytes: Uint8Array) {
  const place = newPlace()
  await notesDirectory(place.directory, REPOSITORY).write(bytes)
  return place
}

/** Whether the plan is the one that is made without notes, and how many decisions it took from them. */
async function planWith(directory: string) {
  const truth = await planChange(world)
  const { plan, findings, recalled } = await planChange(
    world,
    await openNotebook(notesDirectory(directory, REPOSITORY)),
  )
  return {
    isTrue: JSON.stringify([plan, findings]) === JSON.stringify([truth.plan, truth.findings]),
    recalled: recalled.size,
  }
}

describe("C03 notes of earlier runs", () => {
  it("are used, and a revocation since then is seen", async () => {
    const { directory } = await placeOf(honest)
    expect(await planWith(directory)).toEqual({ isTrue: true, recalled: 2 })
  })

  it("count for nothing when a byte of them has changed", async () => {
    for (const place of [0, 12, 40, 90, 200, honest.length - 2]) {
      const bytes = Buffer.from(honest)
      bytes[place] = (bytes[place] ?? 0) ^ 1
      const { directory } = await placeOf(bytes)
      expect(await planWith(directory)).toEqual({ isTrue: true, recalled: 0 })
    }
  })

  it("count for nothing when they are cut off, empty or of another version", async () => {
    const other = Buffer.from(honest.toString("latin1").replace(/^notes 1 scb\/\S+/, "notes 1 scb/9.9.9"), "latin1")
    for (const bytes of [honest.subarray(0, -1), honest.subarray(0, 50), Buffer.of(), Buffer.from("\n"), other]) {
      const { directory } = await placeOf(bytes)
      expect(await planWith(directory)).toEqual({ isTrue: true, recalled: 0 })
    }
  })

  it("are not read where others could have written them", async () => {
    const open = await placeOf(honest)
    chmodSync(open.directory, 0o777)
    expect(await planWith(open.directory)).toEqual({ isTrue: true, recalled: 0 })
    const file = await placeOf(honest)
    chmodSync(file.path(), 0o666)
    expect(await planWith(file.directory)).toEqual({ isTrue: true, recalled: 0 })
  })

  it("are not read through a symbolic link, nor written through one", async () => {
    const place = await placeOf(honest)
    const elsewhere = join(temporary.path, "elsewhere")
    const path = place.path()
    renameSync(path, elsewhere)
    symlinkSync(elsewhere, path)
    expect(await planWith(place.directory)).toEqual({ isTrue: true, recalled: 0 })
    await notesDirectory(place.directory, REPOSITORY).write(Buffer.from("new"))
    expect(readFileSync(elsewhere).equals(honest)).toBe(true)
  })

  it("are no failure where they can be neither read nor written", async () => {
    const blocked = join(temporary.path, "blocked")
    writeFileSync(blocked, "")
    const store = notesDirectory(join(blocked, "below"), REPOSITORY)
    await store.write(honest)
    expect(await store.read()).toBeUndefined()
    mkdirSync(join(temporary.path, "empty"))
    expect(await notesDirectory(join(temporary.path, "empty"), REPOSITORY).read()).toBeUndefined()
  })

  it("stay whole when many write them at once", async () => {
    const { directory } = newPlace()
    const store = notesDirectory(directory, REPOSITORY)
    await Promise.all(Array.from({ length: 8 }, () => store.write(honest)))
    expect(readdirSync(directory).length).toBe(1)
    expect(Buffer.from((await store.read()) ?? []).equals(honest)).toBe(true)
  })

  it("are written for their owner alone, and hold no key", async () => {
    const { directory, path } = await placeOf(honest)
    expect([lstatSync(directory).mode & 0o777, lstatSync(path()).mode & 0o777]).toEqual([0o700, 0o600])
    expect(honest.toString("latin1")).not.toMatch(/PRIVATE KEY/)
  })

  it("belong to one instant: earlier ones and those after the next change are decided anew", async () => {
    const { directory } = await placeOf(honest)
    const before = world.at((world.now - 1_000) as typeof world.now)
    const notebook = await openNotebook(notesDirectory(directory, REPOSITORY))
    const { recalled } = await planChange(before, notebook).catch(() => ({ recalled: new Set() }))
    expect(recalled.size).toBe(0)
  })

  it("are opened by no verb that writes", () => {
    const verbs = new URL("../../src/cli/verbs/", import.meta.url)
    const readers = readdirSync(verbs).filter(file => readFileSync(new URL(file, verbs), "utf8").includes("openNotes"))
    expect(readers).toEqual(["plan.ts"])
  })
})
