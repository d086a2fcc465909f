import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { environmentSecrets } from "../../../src/adapters/secrets-environment.ts"

const directory = mkdtempSync(join(tmpdir(), "scb-secrets-"))
const file = join(directory, "secret")
writeFileSync(file, "from the file\n")
afterAll(() => rmSync(directory, { recursive: true }))
const read = (reference: string, environment: Record<string, string> = {}) =>
  environmentSecrets(environment).read(reference)
const unreadable = expect.objectContaining({ code: "key-unreadable" })

describe("a secret from the environment", () => {
  it("is the value of its variable, as it is", async () => {
    expect(await read("env:SECRET", { SECRET: "value\n", SECRET_FILE: file })).toBe("value\n")
  })

  it("is the content of the file that NAME_FILE names, without the final newline", async () => {
    expect(await read("env:SECRET", { SECRET_FILE: file })).toBe("from the file")
    expect(await read("env:SECRET", { SECRET: "", SECRET_FILE: file })).toBe("from the file")
  })

  it("is undefined when nothing is set", async () => {
    expect(await read("env:SECRET")).toBeUndefined()
    expect(await read("env:SECRET", { SECRET: "", SECRET_FILE: "" })).toBeUndefined()
  })

  it("is the content of an absolute file, or of one below the home directory", async () => {
    mkdirSync(join(directory, "keys"))
    writeFileSync(join(directory, "keys/ca"), "key\r\n")
    expect(await read(`file:${file}`)).toBe("from the file")
    expect(await read("file:~/keys/ca", { HOME: directory })).toBe("key")
  })

  it.each(["file:relative", "file:../up", "file:~other/x", "vault:x", "SECRET", "env:", ""])(
    "is not read from %j",
    async reference => {
      await expect(read(reference)).rejects.toThrow(unreadable)
    },
  )

  it("says which variable named a file that is not there, and not the file", async () => {
    await expect(read("env:SECRET", { SECRET_FILE: "/nowhere/hunter2" })).rejects.toThrow(
      expect.objectContaining({ code: "key-unreadable", message: expect.stringContaining("SECRET_FILE") }),
    )
    await expect(read("env:SECRET", { SECRET_FILE: "/nowhere/hunter2" })).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    )
  })
})
