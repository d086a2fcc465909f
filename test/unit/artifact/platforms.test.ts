import { describe, expect, it } from "vitest"
import { loadPlatforms } from "../../../src/adapters/platform-catalogue.ts"
import { ROOT_ENTRIES } from "../../../src/artifact/layout.ts"
import { type ExampleValues, parsePlatform, renderExample } from "../../../src/artifact/platforms.ts"

const platforms = loadPlatforms()

const VALUES: ExampleValues = {
  bundle: "payments-prod/checkout",
  name: "checkout",
  bundleFile: "secure-connect-checkout-payments-prod.zip",
  host: "cass.example.com",
  metadataPort: 29080,
  cqlPort: 29042,
  keyspace: "payments",
  authentication: "mutual-tls",
}

const { keyspace: _, ...WITHOUT_KEYSPACE } = VALUES

const CASES = [
  ["mutual TLS, keyspace", VALUES],
  ["mutual TLS, no keyspace", WITHOUT_KEYSPACE],
  ["password, keyspace", { ...VALUES, authentication: "password" }],
  ["password, no keyspace", { ...WITHOUT_KEYSPACE, authentication: "password" }],
] as const satisfies readonly (readonly [string, ExampleValues])[]

const allText = (name: string, values: ExampleValues): string => {
  const platform = platforms.get(name)
  if (platform === undefined) throw new Error(`no platform ${name}`)
  const { run, notes, files } = renderExample(platform, values)
  return [run, ...notes, ...files.values()].join("\n")
}

describe("the catalogue", () => {
  it("holds these platforms", () => {
    expect([...platforms.keys()]).toEqual([
      "cpp",
      "cql-proxy",
      "cqlsh",
      "csharp",
      "data-migrator",
      "dsbulk",
      "gocql-astra",
      "java",
      "java3",
      "jdbc",
      "kafka-connect",
      "nodejs",
      "python",
      "spark",
      "spring-boot",
      "zdm-proxy",
    ])
  })

  it("calls no file like a root entry: C# would read it instead", () => {
    const roots: readonly string[] = ROOT_ENTRIES.map(name => name.toLowerCase())
    const paths = [...platforms.values()].flatMap(platform => [...platform.files.keys()])
    expect(paths.filter(path => roots.includes(path.replace(/^.*\//, "").toLowerCase()))).toEqual([])
  })

  it.each([...platforms.keys()])("uses the bundle's file name in the example for %s", name => {
    expect(allText(name, VALUES)).toContain(VALUES.bundleFile)
  })

  describe.each(CASES)("with %s", (_, values) => {
    it.each([...platforms.keys()])("renders %s", name => {
      expect(allText(name, values)).not.toMatch(/\{\{|undefined/)
    })
  })

  it.each([...platforms.keys()])(
    "takes the login of %s from the environment, and only where passwords are used",
    name => {
      expect(allText(name, { ...VALUES, authentication: "password" })).toMatch(/SCB_USERNAME/)
      expect(allText(name, VALUES)).not.toMatch(/SCB_USERNAME|SCB_PASSWORD/)
    },
  )

  it.each([...platforms.keys()])("mentions no keyspace of %s where there is none", name => {
    expect(allText(name, WITHOUT_KEYSPACE)).not.toContain("payments.")
  })
})

describe("renderExample", () => {
  it.each(['a"b', "a b", "$(x)", "a'", "a\nb", "$x", "a;b", "ä"])(
    "refuses the value %j, which source text could take amiss",
    keyspace => {
      const java = platforms.get("java")
      expect(java).toBeDefined()
      if (java !== undefined) expect(() => renderExample(java, { ...VALUES, keyspace })).toThrow(/keyspace/)
    },
  )
})

describe("parsePlatform", () => {
  const good = {
    title: "A",
    client: "java",
    package: "pkg:maven/a/b",
    minimumVersion: "1.0.0",
    run: "run",
    notes: [],
    files: ["a.txt"],
  }
  const texts = new Map([["a.txt", "hello"]])
  const MEASURED = { cassandra: "5.0.9", gateways: {}, programs: [] }

  it("reads a platform", () => {
    expect(parsePlatform("a", JSON.stringify(good), texts, MEASURED)).toEqual({
      ...good,
      name: "a",
      evidence: "by-rule",
      files: texts,
    })
  })

  it.each([
    ["an unknown key", { extra: 1 }, /extra/],
    ["a client that we do not know", { client: "php" }, /client/],
    ["a package that is no package URL", { package: "maven:a:b" }, /package/],
    ["a version that is not exact", { minimumVersion: "^1" }, /minimumVersion/],
    ["no files", { files: [] }, /files/],
    ["a file that does not exist", { files: ["a.txt", "b.txt"] }, /b\.txt/],
    ["a file that is not listed", { files: ["c.txt"] }, /a\.txt/],
    ["notes that are no texts", { notes: [1] }, /notes/],
  ])("refuses %s", (_, change, message) => {
    expect(() => parsePlatform("a", JSON.stringify({ ...good, ...change }), texts, MEASURED)).toThrow(message)
  })
})
