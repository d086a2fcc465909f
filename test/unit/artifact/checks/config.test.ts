import { describe, expect, it } from "vitest"
import { checkConfig } from "../../../../src/artifact/checks/config.ts"
import { READERS } from "../../../../src/artifact/checks/readers.ts"

const ALL = READERS["config.json"]

const good = {
  host: "cass.example.com",
  port: 29080,
  cql_port: 29042,
  keyStorePassword: "a-test-password-1",
  trustStorePassword: "a-test-password-2",
  pfxCertPassword: "a-test-password-3",
}

function check(config: unknown) {
  const text = typeof config === "string" ? config : JSON.stringify(config)
  return checkConfig(Buffer.from(text))
}

function verdicts(config: unknown): readonly (readonly [string, readonly string[] | undefined])[] {
  return check(config).findings.map(each => [each.code, each.breaks])
}

describe("config.json", () => {
  it("says nothing of a good one and hands on what the other checks need", () => {
    const { findings, facts } = check(good)
    expect(findings).toEqual([])
    expect(facts).toEqual({
      host: "cass.example.com",
      port: 29080,
      lenientPort: 29080,
      cqlPort: 29042,
      login: undefined,
      keyStorePassword: "a-test-password-1",
      trustStorePassword: "a-test-password-2",
      pfxCertPassword: "a-test-password-3",
    })
  })

  it("reads on behind a byte order mark", () => {
    const { findings, facts } = check(`\uFEFF${JSON.stringify({ ...good, port: "29080" })}`)
    expect(findings.map(each => each.code)).toEqual(["C1", "C3"])
    expect(facts?.host).toBe("cass.example.com")
  })

  it.each([
    ["an empty file", "", "empty"],
    ["broken JSON", "{", "not JSON"],
    ["an array", "[]", "an array"],
    ["null", "null", "a JSON null"],
    ["a string", '"host"', "a JSON string"],
  ])("is not %s", (_, text, got) => {
    const { findings, facts } = check(text)
    expect(findings).toMatchObject([{ code: "C1", severity: "error", breaks: ALL }])
    expect(findings[0]?.message).toContain(got)
    expect(facts).toBeUndefined()
  })

  it("is not in UTF-16", () => {
    expect(checkConfig(Buffer.from(JSON.stringify(good), "utf16le")).findings).toMatchObject([
      { code: "C1", breaks: ALL },
    ])
  })

  it.each(["::1", "[::1]", "2001:db8::1", "fe80::1%eth0", "::ffff:10.0.0.1"])(
    "does not take the address %s for a host",
    host => {
      expect(verdicts({ ...good, host })).toEqual([["C2", ["nodejs", "cpp"]]])
    },
  )

  it("knows that C++ alone cannot do with an IPv4 address or a dot at the end", () => {
    expect(verdicts({ ...good, host: "10.0.0.1" })).toEqual([["C2", ["cpp"]]])
    expect(verdicts({ ...good, host: "cass.example.com." })).toEqual([["C2", ["cpp"]]])
  })

  it.each([
    "https://cass.example.com",
    "cass.example.com:29080",
    "cass.example.com/metadata",
    "cass example.com",
    "cass..example.com",
    "-cass.example.com",
    "*.example.com",
    `${"a".repeat(64)}.example.com`,
    `${"a.".repeat(127)}com`,
    " ",
  ])("does not take %j for a DNS name", host => {
    expect(verdicts({ ...good, host })).toEqual([["C2", ALL]])
  })

  it.each(["localhost", "node1.localhost"])("does not take %s for a name that others can reach", host => {
    expect(verdicts({ ...good, host })).toEqual([["C2", []]])
  })

  it("knows that Java and Python cut a port down to an integer", () => {
    const others = ["nodejs", "csharp", "cpp", "gocql-astra", "cql-proxy", "zdm-proxy"]
    expect(verdicts({ ...good, port: 1.5 })).toEqual([["C3", others]])
  })

  it.each([0, -1, 65_536, null, true, [], {}, "", "x", "0", "70000"])("does not take %j for a port", port => {
    expect(verdicts({ ...good, port })).toEqual([["C3", ALL]])
  })

  it("knows who reads a port from a string", () => {
    expect(verdicts({ ...good, port: "29080" })).toEqual([["C3", ["cpp", "gocql-astra", "cql-proxy"]]])
  })

  it("is not fooled by keys of the prototype", () => {
    expect(check('{"__proto__":{"host":"cass.example.com","port":1}}').findings.map(each => each.code)).toEqual([
      "C2",
      "C3",
      "C4",
      "C4",
      "C5",
    ])
  })

  it("never quotes a password", () => {
    const findings = [
      ...check({ ...good, keyStorePassword: 73_951, pfxCertPassword: ["s3cret-canary"], username: "canary-user" })
        .findings,
      ...check(`{"password":"s3cret-canary",}`).findings,
    ]
    expect(findings.length).toBeGreaterThan(3)
    expect(JSON.stringify(findings)).not.toMatch(/73951|canary/)
  })
})
