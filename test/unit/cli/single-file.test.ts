import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { keepCompiled, loadSingleFile } from "../../../src/cli/single-file.ts"

let folder: string
let file: string
let kept: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scb-single-"))
  file = join(folder, "program.cjs")
  kept = join(folder, "compiled")
  writeFileSync(file, program("one"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("a single file", () => {
  it("runs without anything compiled before, and writes nothing", () => {
    expect(answer()).toBe("one")
    expect(readdirSync(folder)).toEqual(["program.cjs"])
  })

  it("runs from what was compiled before", () => {
    compile()
    expect(answer()).toBe("one")
  })

  it("is compiled anew once it has changed, even to a text of the same length", () => {
    compile()
    writeFileSync(file, program("two"))
    expect(answer()).toBe("two")
  })

  it.each([
    ["empty", () => Buffer.alloc(0)],
    ["shorter than a digest", (bytes: Buffer) => bytes.subarray(0, 20)],
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ["changed in one bit", (bytes: Buffer) => bytes.with(bytes.length - 100, (bytes.at(-100) ?? 0) ^ 1)],
    ["another program's", () => readFileSync(file)],
  ])("is compiled anew where its compiled form is %s", (_, damage) => {
    compile()
    writeFileSync(compiled(), damage(readFileSync(compiled())))
    expect(answer()).toBe("one")
  })

  it("is compiled anew where its compiled form cannot be read", () => {
    compile()
    const path = compiled()
    rmSync(path)
    mkdirSync(path)
    expect(answer()).toBe("one")
  })

  it("knows its own name and may load built-in modules", () => {
    writeFileSync(file, `exports.answer = () => require("node:path").basename(__filename)`)
    expect(answer()).toBe("program.cjs")
  })

  it("loads OpenPGP.js once, and keeps that compiled too", () => {
    writeFileSync(file, `exports.answer = () => require("openpgp").encrypt === require("openpgp").encrypt`)
    expect(answer()).toBe(true)
    keepCompiled(kept)
    expect(readdirSync(kept).some(name => name.startsWith("openpgp.min.cjs-"))).toBe(true)
  })
})

function answer(): unknown {
  return (loadSingleFile(file, kept) as { readonly answer: () => unknown }).answer()
}

function compile(): void {
  answer()
  keepCompiled(kept)
}

function compiled(): string {
  const name = readdirSync(kept).find(each => each.startsWith("program.cjs-"))
  if (name === undefined) throw new Error("nothing was kept")
  return join(kept, name)
}

function program(word: string): string {
  return `exports.answer = () => "${word}"\n`
}
