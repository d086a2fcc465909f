import { spawnSync } from "node:child_process"
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { errno, makeDirectory, sweep, worldError, writeFileAtomically } from "../../../src/adapters/atomic-files.ts"
import { isGone, ownerToken } from "../../../src/adapters/owner.ts"
import { ScbError } from "../../../src/domain/errors.ts"

const root = mkdtempSync(join(tmpdir(), "scb-atomic-"))
afterAll(() => rmSync(root, { recursive: true }))
const text = (content: string) => new TextEncoder().encode(content)

/** The token of a process that has ended. */
function deadToken(): string {
  const { pid } = spawnSync("true")
  const [, ...rest] = ownerToken().split(".")
  return [pid, ...rest].join(".")
}

describe("writeFileAtomically", () => {
  it("replaces the whole file and leaves nothing else", async () => {
    const directory = mkdtempSync(join(root, "a-"))
    const path = join(directory, "file")
    await writeFileAtomically(path, text("a longer first text"))
    await writeFileAtomically(path, text("second"))
    expect(readFileSync(path, "utf8")).toBe("second")
    expect(readdirSync(directory)).toEqual(["file"])
  })

  it("gives the exact mode, whatever the umask", async () => {
    const directory = mkdtempSync(join(root, "m-"))
    await writeFileAtomically(join(directory, "public"), text("x"))
    await writeFileAtomically(join(directory, "secret"), text("x"), 0o600)
    expect(statSync(join(directory, "public")).mode & 0o777).toBe(0o644)
    expect(statSync(join(directory, "secret")).mode & 0o777).toBe(0o600)
  })

  it("replaces a symbolic link and leaves its target alone", async () => {
    const directory = mkdtempSync(join(root, "l-"))
    writeFileSync(join(directory, "target"), "kept")
    symlinkSync("target", join(directory, "link"))
    await writeFileAtomically(join(directory, "link"), text("new"))
    expect(readFileSync(join(directory, "target"), "utf8")).toBe("kept")
    expect(readFileSync(join(directory, "link"), "utf8")).toBe("new")
  })

  it("removes what a killed writer of the same path left, and no one else's file", async () => {
    const directory = mkdtempSync(join(root, "k-"))
    const alive = `.file.writing.${ownerToken()}`
    writeFileSync(join(directory, `.file.writing.${deadToken()}`), "half")
    writeFileSync(join(directory, `.other.writing.${deadToken()}`), "half")
    writeFileSync(join(directory, alive), "busy")
    await writeFileAtomically(join(directory, "file"), text("x"))
    const names = readdirSync(directory)
    expect(names.filter(name => name.startsWith(".file"))).toEqual([alive])
    expect(names.filter(name => name.startsWith(".other"))).toHaveLength(1)
  })

  it("says io for a directory that is missing", async () => {
    await expect(writeFileAtomically(join(root, "no", "file"), text("x"))).rejects.toMatchObject({ code: "io" })
  })

  it("keeps the old file when it cannot write, and leaves no temporary file", async () => {
    const directory = mkdtempSync(join(root, "d-"))
    mkdirSync(join(directory, "path", "inside"), { recursive: true })
    await expect(writeFileAtomically(join(directory, "path"), text("x"))).rejects.toMatchObject({ code: "io" })
    expect(readdirSync(directory)).toEqual(["path"])
  })
})

describe("owner tokens", () => {
  it("are gone when their process has ended", () => {
    expect(isGone(deadToken())).toBe(true)
  })

  it("are not gone while it runs", () => {
    expect(isGone(ownerToken())).toBe(false)
  })

  it("are gone when another process has the number now", () => {
    const [pid, , ...rest] = ownerToken().split(".")
    expect(isGone([pid, "1", ...rest].join("."))).toBe(true)
  })

  it("of another host are never gone", () => {
    expect(isGone(deadToken().split(".").slice(0, 4).concat("elsewhere.example").join("."))).toBe(false)
  })

  it("of an earlier boot are gone, of another process namespace not", () => {
    const [pid, start, place, ...rest] = ownerToken().split(".")
    const [boot, namespace] = (place ?? "").split("-")
    expect(isGone([pid, start, `00000000-${namespace}`, ...rest].join("."))).toBe(true)
    expect(isGone([pid, start, `${boot}-1`, ...rest].join("."))).toBe(false)
  })

  it("that are none are not gone", () => {
    expect(isGone("draft")).toBe(false)
  })
})

describe("worldError", () => {
  it.each([
    ["ENOSPC", "disk-full"],
    ["EDQUOT", "disk-full"],
    ["EFBIG", "disk-full"],
    ["EACCES", "io"],
    ["EROFS", "io"],
    ["EIO", "io"],
  ])("makes %s a %s", (code, expected) => {
    const error = worldError(Object.assign(new Error(), { code }), "cannot write x")
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(/^cannot write x: /) })
  })

  it("leaves our own errors as they are", () => {
    const ours = new ScbError("busy", "x is busy")
    expect(worldError(ours, "cannot write x")).toBe(ours)
    expect(errno(ours)).toBeUndefined()
    expect(errno(Object.assign(new Error(), { code: "ERR_INVALID_ARG_TYPE" }))).toBeUndefined()
  })
})

describe("makeDirectory and sweep", () => {
  it("creates every missing parent and accepts what is there", async () => {
    await makeDirectory(join(root, "x", "y", "z"))
    await makeDirectory(join(root, "x", "y", "z"))
    expect(statSync(join(root, "x", "y", "z")).isDirectory()).toBe(true)
  })

  it("finds nothing to sweep in a directory that does not exist", async () => {
    await expect(sweep(join(root, "never"), "publish.")).resolves.toBeUndefined()
  })
})
