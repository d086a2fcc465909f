import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, extname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { loadPlatforms } from "../../src/adapters/platform-catalogue.ts"
import { type ExampleValues, renderExample } from "../../src/artifact/platforms.ts"
import { hasTool } from "../support/tools.ts"

const folder = mkdtempSync(join(tmpdir(), "scb-examples-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const values = (authentication: "mutual-tls" | "password", keyspace?: string): ExampleValues => ({
  bundle: "payments-prod/checkout",
  name: "checkout",
  bundleFile: "secure-connect-checkout-payments-prod.zip",
  host: "cass.example.com",
  metadataPort: 29080,
  cqlPort: 29042,
  authentication,
  ...(keyspace === undefined ? {} : { keyspace }),
})

const KINDS = {
  full: values("password", "payments"),
  bare: values("mutual-tls"),
} as const

interface RenderedFile {
  readonly label: string
  readonly path: string
  readonly text: string
}

const files: readonly RenderedFile[] = [...loadPlatforms().values()].flatMap(platform =>
  Object.entries(KINDS).flatMap(([kind, each]) =>
    [...renderExample(platform, each).files].map(([name, text]) => {
      const path = join(folder, kind, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return { label: `${kind}/${name}`, path, text }
    }),
  ),
)

const withExtension = (...extensions: readonly string[]): (readonly [string, RenderedFile])[] =>
  files.filter(file => extensions.includes(extname(file.path))).map(file => [file.label, file])

function accepts(command: string, args: readonly string[], input?: string): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", ...(input === undefined ? {} : { input }) })
  expect(status, stderr).toBe(0)
}

/** Brackets outside of strings and comments, each closed by its like. */
function expectBalanced(source: string): void {
  const code = source.replace(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#include.*/g, "")
  const open: string[] = []
  for (const bracket of code.match(/[()[\]{}]/g) ?? []) {
    if ("([{".includes(bracket)) open.push(bracket)
    else expect((open.pop() ?? "") + bracket).toMatch(/^(\(\)|\[\]|\{\})$/)
  }
  expect(open).toEqual([])
}

it("knows how to look at every kind of file", () => {
  const known = [
    ".mjs",
    ".py",
    ".go",
    ".mod",
    ".sh",
    ".java",
    ".cs",
    ".cpp",
    ".xml",
    ".csproj",
    ".json",
    ".yaml",
    ".conf",
    ".properties",
  ]
  expect(files.map(file => extname(file.path)).filter(extension => !known.includes(extension))).toEqual([])
})

describe("JavaScript", () => {
  it.each(withExtension(".mjs"))("parses %s", (_, { path }) => accepts(process.execPath, ["--check", path]))
})

describe.runIf(hasTool("python3"))("Python", () => {
  it.each(withExtension(".py"))("parses %s", (_, { text }) =>
    accepts("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], text),
  )
})

describe.runIf(hasTool("gofmt"))("Go", () => {
  it.each(withExtension(".go"))("is formatted: %s", (_, { path, text }) => {
    const { status, stdout, stderr } = spawnSync("gofmt", ["-e", path], { encoding: "utf8" })
    expect(status, stderr).toBe(0)
    expect(stdout).toBe(text)
  })

  it.each(withExtension(".mod"))("reads %s", (_, { path }) => accepts("go", ["mod", "edit", "-json", path]))
})

describe("shell", () => {
  it.each(withExtension(".sh"))("parses %s", (_, { path }) => accepts("sh", ["-n", path]))
})

describe("Java, C# and C++", () => {
  it.each(withExtension(".java", ".cs", ".cpp"))("has balanced brackets: %s", (_, { text }) => expectBalanced(text))
})

describe.runIf(hasTool("javac"))("Java", () => {
  it.each(withExtension(".java"))("has no error of syntax: %s", (_, { path }) => {
    // Without the driver's jars names cannot be resolved; what does not parse is reported before that, and alone.
    const { stderr } = spawnSync("javac", ["-proc:none", "-d", folder, path], { encoding: "utf8" })
    expect(stderr).not.toMatch(/expected|illegal start|reached end of file|unclosed/)
  })
})

describe.runIf(hasTool("python3"))("XML", () => {
  it.each(withExtension(".xml", ".csproj"))("is well-formed: %s", (_, { text }) =>
    accepts("python3", ["-c", "import sys, xml.dom.minidom as d; d.parseString(sys.stdin.buffer.read())"], text),
  )
})

describe("data", () => {
  it.each(withExtension(".json"))("parses %s", (_, { text }) => expect(JSON.parse(text)).toBeTypeOf("object"))
  it.each(withExtension(".yaml"))("parses %s", (_, { text }) => expect(parse(text)).toBeTypeOf("object"))
  it.each(withExtension(".conf", ".properties"))("has one setting a line: %s", (_, { text }) => {
    expectBalanced(text)
    for (const line of text.split("\n")) expect(line).toMatch(/^\s*$|^\s*#|^\s*[\w.-]+\s*(\{|=?\s*\S+)|^\s*\}$/)
  })
})
