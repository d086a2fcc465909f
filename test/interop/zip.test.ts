import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import JSZip from "jszip"
import { afterAll, describe, expect, it } from "vitest"
import { assembleBundle } from "../../src/artifact/bundle.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import { sampleBundle } from "../support/bundle.ts"
import { hasTool } from "../support/tools.ts"

const folder = mkdtempSync(join(tmpdir(), "scb-zip-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { zip, files } = assembleBundle((await sampleBundle()).contents)
const names = files.map(file => file.name)
const path = join(folder, "bundle.zip")
writeFileSync(path, zip)

/** Standard output of a program that ends well. */
function run(command: string, args: readonly string[], input?: Uint8Array): string {
  const options = { cwd: folder, encoding: "utf8", ...(input === undefined ? {} : { input }) } as const
  const { status, stdout, stderr } = spawnSync(command, args, options)
  expect(status, `${command} ${args.join(" ")}: ${stderr}`).toBe(0)
  return stdout
}

const lines = (text: string): readonly string[] => text.split(/\r?\n/).filter(line => line !== "")

describe("jszip", () => {
  it("sees the same entries in the same order, and the same bytes", async () => {
    const read = await JSZip.loadAsync(zip, { checkCRC32: true })
    expect(Object.keys(read.files)).toEqual(names)
    for (const { name, data } of readZip(zip).entries) {
      expect(Buffer.from((await read.file(name)?.async("uint8array")) ?? []), name).toEqual(Buffer.from(data ?? []))
    }
  })
})

describe.runIf(hasTool("unzip"))("unzip", () => {
  it("finds no errors", () => {
    expect(run("unzip", ["-tq", path])).toContain("No errors detected")
  })

  it("lists the entries in our order", () => {
    expect(lines(run("unzip", ["-Z1", path]))).toEqual(names)
  })

  it("gives the private key to its owner alone", () => {
    run("unzip", ["-q", path, "-d", "out"])
    expect((statSync(join(folder, "out", "key")).mode & 0o777).toString(8)).toBe("600")
    expect((statSync(join(folder, "out", "cert")).mode & 0o777).toString(8)).toBe("644")
  })
})

describe.runIf(hasTool("zip"))("zip", () => {
  it("finds no errors", () => {
    expect(run("zip", ["-T", path])).toMatch(/OK/)
  })

  it.each([
    ["deflated", ["-9"], "-"],
    ["stored", ["-0"], "-"],
    ["with ZIP64 fields", ["-fz"], "-"],
  ])("writes %s archives that we read without a problem", (_, options) => {
    writeFileSync(join(folder, "config.json"), '{"host":"cass.example.com"}'.repeat(3))
    rmSync(join(folder, "made.zip"), { force: true })
    run("zip", ["-qX", ...options, "made.zip", "config.json"])
    const { entries, problems } = readZip(readFileSync(join(folder, "made.zip")))
    expect(problems).toEqual([])
    expect(Buffer.from(entries[0]?.data ?? []).toString()).toContain("cass.example.com")
  })
})

describe.runIf(hasTool("python3"))("python's zipfile", () => {
  it("finds no errors, and the bytes that we digested", () => {
    const script = `
import hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    for i in z.infolist():
        print(i.filename, i.file_size, hashlib.sha256(z.read(i)).hexdigest())
`
    const told = lines(run("python3", ["-c", script, path]))
    expect(told).toEqual(files.map(({ name, size, sha256 }) => `${name} ${size} ${sha256}`))
  })

  it.each(["ZIP_STORED", "ZIP_DEFLATED"])("writes %s archives that we read without a problem", method => {
    const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.${method}) as z:
    z.writestr("config.json", "{}")
    with z.open("cert", "w", force_zip64=True) as entry:
        entry.write(b"certificate" * 9)
`
    run("python3", ["-c", script, "python.zip"])
    const { entries, problems } = readZip(readFileSync(join(folder, "python.zip")))
    expect(problems).toEqual([])
    expect(entries.map(entry => entry.name)).toEqual(["config.json", "cert"])
  })
})

describe.runIf(hasTool("jar"))("Java", () => {
  it("lists the entries when it seeks", () => {
    expect(lines(run("jar", ["tf", path]))).toEqual(names)
  })

  it("lists the entries when it streams, as drivers do", () => {
    expect(lines(run("jar", ["t"], zip))).toEqual(names)
  })

  it("writes archives that we read without a problem but for their folders", () => {
    writeFileSync(join(folder, "config.json"), "{}")
    run("jar", ["cMf", "java.zip", "config.json"])
    expect(readZip(readFileSync(join(folder, "java.zip"))).problems).toEqual([])
  })
})
