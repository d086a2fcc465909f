import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createSecureContext } from "node:tls"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Client } from "../../src/domain/clients.ts"
import { type Mutation, makeGoodBundle, mutations } from "../support/mutations.ts"
import { hasTool } from "../support/tools.ts"

/**
 * The ZIP, JSON, TLS and key store libraries of the drivers, fed with every mutated bundle. Whoever cannot load one must
 * be among those whom the corpus names. Most faults show only when a connection is made, so the other way round is
 * asserted for those that any loader must trip over.
 */
const folder = mkdtempSync(join(tmpdir(), "scb-loaders-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const files: string[] = []
let goodFile = ""
beforeAll(async () => {
  const good = await makeGoodBundle()
  mkdirSync(join(folder, "bundles"))
  const write = (name: string, zip: Uint8Array): string => {
    writeFileSync(join(folder, "bundles", name), zip)
    return join(folder, "bundles", name)
  }
  goodFile = write("good.zip", good.zip)
  files.push(...mutations.map((mutation, index) => write(`${index}.zip`, mutation.mutate(good))))
})

/** What an unread entry holds was never looked at; and only the number of the method is true of these two. */
function isComparable({ row, name }: Mutation): boolean {
  return row !== "Z6" && name !== "bzip2" && name !== "LZMA in key"
}

/** Entry files that no loader can take, and archives that are none. */
const FATAL = ["text instead of a ZIP", "an empty file", "cut in the middle", "config.json that is not JSON"]
const FATAL_BY_CLIENT: Partial<Record<Client, readonly string[]>> = {
  java: [
    "stored entries with data descriptors",
    "a self-extracting archive",
    "names that begin with ./",
    "truststore.jks",
    "keyStorePassword wrong",
    "trustStorePassword wrong",
    "a key password that is not the store's",
    "trustStore.jks in PEM",
  ],
  python: ["a byte order mark", "ca.crt empty", "cert in DER", "key encrypted", "another key of the same algorithm"],
  nodejs: [
    "a byte order mark",
    "a self-extracting archive",
    "names that begin with ./",
    "key encrypted",
    "two README.md",
  ],
  "gocql-astra": ["a byte order mark", "port a string", "names that begin with ./", "a key of another algorithm"],
}

function judge(client: Client, load: (paths: readonly string[]) => readonly string[]): void {
  expect(load([goodFile])).toEqual(["ok"])
  const results = load(files)
  const failed = mutations.flatMap((mutation, index) => (results[index] === "ok" ? [] : [{ mutation, index }]))
  const unnamed = failed.filter(({ mutation }) => isComparable(mutation) && !mutation.breaks.includes(client))
  expect(unnamed.map(({ mutation, index }) => `${mutation.row} ${mutation.name}: ${results[index]}`)).toEqual([])
  const names = failed.map(({ mutation }) => mutation.name)
  expect(names).toEqual(expect.arrayContaining([...FATAL, ...(FATAL_BY_CLIENT[client] ?? [])]))
}

/** A program that reads paths and prints a line for each. */
function program(command: string, ...args: readonly string[]) {
  return (paths: readonly string[]): readonly string[] =>
    execFileSync(command, args, { cwd: folder, input: paths.join("\n"), encoding: "utf8" })
      .trimEnd()
      .split("\n")
}

const loader = (name: string): string => fileURLToPath(new URL(`loaders/${name}`, import.meta.url))

describe("whoever cannot load a bundle is named", () => {
  it("by adm-zip and Node.js", async () => {
    const driver = createRequire(createRequire(import.meta.url).resolve("cassandra-driver"))
    const AdmZip: new (path: string) => { getEntries(): readonly { readonly entryName: string; getData(): Buffer }[] } =
      driver("adm-zip")
    const load = (path: string): string => {
      try {
        const entries = new Map(new AdmZip(path).getEntries().map(entry => [entry.entryName, entry.getData()]))
        const { host, port } = JSON.parse(String(entries.get("config.json")))
        const [ca = "", cert = "", key = ""] = ["ca.crt", "cert", "key"].map(name => entries.get(name) ?? "")
        if (!host || !port || ca === "" || cert === "" || key === "") return "a file or field is missing"
        createSecureContext({ ca, cert, key })
        return "ok"
      } catch (error) {
        return String(error)
      }
    }
    judge("nodejs", paths => paths.map(load))
  })

  it.runIf(hasTool("python3"))("by zipfile and ssl of Python", () => {
    judge("python", program("python3", loader("load.py")))
  })

  it.runIf(hasTool("java"))("by ZipInputStream and KeyStore of Java", () => {
    judge("java", program("java", loader("Load.java")))
  })

  it.runIf(hasTool("go"))("by archive/zip and crypto/tls of Go", () => {
    judge("gocql-astra", program("go", "run", loader("load.go")))
  })
})
