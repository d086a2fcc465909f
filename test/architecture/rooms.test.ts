import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const SRC = fileURLToPath(new URL("../../src", import.meta.url))

/** docs/design.md, "Rooms": which room may know which. `ports` stands for src/ports.ts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: ["domain"],
  schema: ["schema", "domain"],
  artifact: ["artifact", "domain"],
  ports: ["domain"],
  app: ["app", "domain", "schema", "artifact", "ports"],
  adapters: ["adapters", "domain", "artifact", "ports"],
  gateway: ["gateway", "domain", "artifact"],
  render: ["render", "domain"],
  action: ["action", "app", "adapters", "render", "domain", "schema", "artifact", "ports"],
  cli: ["cli", "app", "adapters", "gateway", "render", "domain", "schema", "artifact", "ports"],
}

/** Each third-party package has one home. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  semver: ["domain"],
  yaml: ["schema"],
  ajv: ["schema"], // a type, and what is built from the forms
  typebox: ["schema"],
  "node-forge": ["artifact"],
  openpgp: ["artifact"],
  "isomorphic-git": ["adapters"],
  "@octokit/rest": ["adapters"],
  undici: ["adapters"],
  "@actions/core": ["action"],
  commander: ["cli"],
}

/** Built-in modules by room; rooms that are not listed may use any. */
const BUILT_INS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  schema: [],
  artifact: ["node:crypto", "node:zlib", "node:util", "node:module"],
  ports: [],
  app: [],
  render: ["node:util"],
}

/** The clock, chance and the process belong to the gates and the plugs. */
const IMPURE = /\bnew Date\(\)|\bDate\.now\b|\bMath\.random\b|\bprocess\.|\bfetch\(|\bperformance\.now\b/
const PURE_ROOMS = ["domain", "schema", "artifact", "ports", "app", "render"]

interface SourceFile {
  readonly path: string
  readonly room: string
  readonly text: string
  readonly imports: readonly string[]
}

const files: readonly SourceFile[] = sourcePaths().map(path => {
  const text = readFileSync(join(SRC, path), "utf8")
  const imports = [...text.matchAll(/(?:^(?:import|export|\})[^"\n]*from |\bimport\()"([^"]+)"/gm)].flatMap(
    match => match[1] ?? [],
  )
  return { path, room: roomOf(path), text, imports }
})

describe("the rooms of src/", () => {
  it("are the ones of the table", () => {
    expect([...new Set(files.map(file => file.room))].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
  })

  it("are told in CONTRIBUTING.md as they are held here", () => {
    const page = readFileSync(fileURLToPath(new URL("../../CONTRIBUTING.md", import.meta.url)), "utf8")
    const rows = [...page.matchAll(/^\| `(\w+)(?:\/|\.ts)` \|.*\| ([^|]+) \|$/gm)]
    const told = rows.map(([, room = "", may = ""]) => [room, may === "all" ? others(room) : may.match(/\w+(?=,|$)/g)])
    const held = Object.entries(MAY_IMPORT).map(([room, may]) => [room, may.filter(other => other !== room)])
    expect(told.map(([room, may]) => [room, [...(may ?? [])].sort()]).sort()).toEqual(
      held.map(([room, may]) => [room, [...(may ?? [])].sort()]).sort(),
    )
  })

  it.each(files)("$path imports only rooms that its own may know", ({ path, room, imports }) => {
    const rooms = imports.filter(name => name.startsWith(".")).map(name => roomOf(join(dirname(path), name)))
    expect(rooms.filter(other => !MAY_IMPORT[room]?.includes(other))).toEqual([])
  })

  it.each(files)("$path imports packages only where they are at home", ({ room, imports }) => {
    const packages = imports.filter(name => !name.startsWith(".") && !name.startsWith("node:")).map(packageName)
    expect(packages.filter(name => !HOMES[name]?.includes(room))).toEqual([])
  })

  it.each(files.filter(file => BUILT_INS[file.room]))("$path uses only built-in modules fit for its room", file => {
    const builtIns = file.imports.filter(name => name.startsWith("node:"))
    expect(builtIns.filter(name => !BUILT_INS[file.room]?.includes(name))).toEqual([])
  })

  it.each(files.filter(file => PURE_ROOMS.includes(file.room)))("$path reads no clock, no chance, no process", file => {
    const lines = withoutComments(file.text).split("\n")
    expect(lines.filter(line => IMPURE.test(line))).toEqual([])
  })
})

function others(room: string): readonly string[] {
  return Object.keys(MAY_IMPORT).filter(other => other !== room)
}

function roomOf(path: string): string {
  const [first = ""] = relative(".", normalize(path)).split(/[\\/]/)
  return first.replace(/\.ts$/, "")
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "")
}

function sourcePaths(): readonly string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
    path => path.endsWith(".ts") && !path.endsWith(".generated.ts") && !path.includes("platforms/"),
  )
}
