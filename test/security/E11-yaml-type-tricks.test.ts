import { describe, expect, it } from "vitest"
import { parseRepository } from "../../src/schema/repository.ts"
import { codesAt, FILES, type FileName, spoiled, treeOf } from "../support/repository-files.ts"

const codes = (file: FileName, from: string, to: string) => codesAt(parseRepository(spoiled(file, from, to)).findings)
const CLUSTER = "bundles/prod/cluster.yaml"
const BUNDLE = "bundles/prod/checkout.yaml"

describe("E11: YAML type tricks", () => {
  it("does not take Norway for a boolean, nor in silence for text", () => {
    expect(codes(CLUSTER, "region: eu-west-1", "region: NO")).toEqual(["Y12 5:9"])
    expect(codes(CLUSTER, "region: eu-west-1", 'region: "no"')).toEqual([])
  })

  it.each([
    ["octal of YAML 1.2", "0o17"],
    ["octal of YAML 1.1", "017"],
    ["hexadecimal", "0x7172"],
    ["binary", "0b1"],
    ["underscores", "29_042"],
    ["sexagesimal", "12:30"],
    ["an exponent", "29e3"],
    ["a boolean of YAML 1.1", "on"],
  ])("accepts no port in %s", (_name, port) => {
    expect(codes(CLUSTER, "cqlPort: 29042", `cqlPort: "x", y: ${port}`).at(-1)).toBe("Y12 6:75")
    expect(codes(CLUSTER, "cqlPort: 29042", `cqlPort: ${port}`)).toEqual(["Y12 6:67"])
  })

  it.each(["__proto__", "constructor", "prototype"])("takes %s for no key", key => {
    expect(codes(BUNDLE, "role: checkout_rw", `role: checkout_rw\n${key}: { lifetime: 9999d }`)).toEqual(["Y11 8:1"])
    const { repository } = parseRepository(treeOf(FILES))
    expect(Object.getPrototypeOf(repository?.bundles.get("prod/checkout"))).toBe(Object.prototype)
  })

  it("keeps neither of two values of one key", () => {
    const files = spoiled(BUNDLE, "recipients: [team]", "recipients: [team]\nrecipients: [bob]")
    const { repository, findings } = parseRepository(files)
    expect(codesAt(findings)).toEqual(["Y09 12:1"])
    expect(repository?.bundles.has("prod/checkout")).toBe(false)
  })

  it("sees through keys that differ only in spelling", () => {
    expect(codes(BUNDLE, "recipients: [team]", 'recipients: [team]\n"recipients": [bob]')).toEqual(["Y09 12:1"])
    expect(codes(BUNDLE, "recipients: [team]", 'recipients: [team]\n"\\x72ecipients": [bob]')).toEqual(["Y09 12:1"])
  })

  it.each([
    ["a tag for text", "!!str 30d"],
    ["a tag of JavaScript", "!!js/function 'x'"],
    ["a local tag", "!env LIFETIME"],
    ["a verbatim tag", "!<tag:yaml.org,2002:str> 30d"],
  ])("refuses %s", (_name, value) => {
    expect(codes(BUNDLE, "lifetime: 30d", `lifetime: ${value}`)).toEqual(["Y07 10:11"])
  })

  it("refuses a second document, even an empty one", () => {
    expect(codes(BUNDLE, "recipients: [team]\n", "recipients: [team]\n---\nrecipients: [bob]\n")).toEqual(["Y08 12:1"])
    expect(codes(BUNDLE, "recipients: [team]\n", "recipients: [team]\n---\n")).toEqual(["Y08 12:1"])
  })

  it("refuses a directive that changes the version of YAML", () => {
    expect(codes(BUNDLE, "apiVersion", "%YAML 1.1\n---\napiVersion")).toEqual(["Y07 1:1"])
  })

  it("refuses merge keys, with and without an alias", () => {
    expect(codes(BUNDLE, "role: checkout_rw", "<<: { role: admin }")).toContain("Y06 7:1")
    expect(codes(BUNDLE, "role: checkout_rw", "role: &r checkout_rw\n<<: *r")).toEqual(["Y06 7:7", "Y06 8:5"])
  })

  it("takes a version of two parts for no version, quoted or not", () => {
    expect(codes(BUNDLE, "lifetime: 30d", "versions: { 1.10: {} }")).toEqual(["Y10 10:13"])
    expect(codes(BUNDLE, "lifetime: 30d", 'versions: { "1.10": {} }')).toEqual(["T04 10:13"])
  })
})
