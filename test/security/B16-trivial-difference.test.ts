import { describe, expect, it } from "vitest"
import { classifyChange } from "../../src/domain/authorization/classify.ts"
import { parseRepository } from "../../src/schema/repository.ts"
import { codesAt, FILES, type FileName, treeOf } from "../support/repository-files.ts"

const read = (file: FileName, text: string) => parseRepository(treeOf({ ...FILES, [file]: text }))
const BUNDLE = "bundles/prod/checkout.yaml"

function effectsOf(file: FileName, text: string): readonly string[] {
  const [before, after] = [parseRepository(treeOf(FILES)).repository, read(file, text).repository]
  if (before === undefined || after === undefined) throw new Error("not readable")
  return classifyChange(before, after, [file]).map(({ effect }) => effect)
}

const reversed = (text: string) => text.trimEnd().split("\n").reverse().join("\n")

describe("B16: a change that looks like none", () => {
  it.each<[string, FileName, string]>([
    ["a comment", BUNDLE, `# nothing\n${FILES[BUNDLE]}`],
    ["the order of keys", BUNDLE, reversed(FILES[BUNDLE])],
    ["another way to write a list", BUNDLE, FILES[BUNDLE].replace("[team]", "\n  - team")],
    ["quotes", BUNDLE, FILES[BUNDLE].replace("owner: team", 'owner: "team"')],
    ["another way to write a length of time", BUNDLE, FILES[BUNDLE].replace("30d", "720h")],
    [
      "the order of people",
      "policies/people.yaml",
      FILES["policies/people.yaml"]
        .replace("  - name: carol\n", "")
        .replace("principals:\n", "principals:\n  - name: carol\n"),
    ],
    ["a comment in a cluster", "bundles/prod/cluster.yaml", `${FILES["bundles/prod/cluster.yaml"]}# x\n`],
    ["a comment in a policy", "policies/cryptography.yaml", `${FILES["policies/cryptography.yaml"]}# x\n`],
  ])("%s means the same as before", (_, file, text) => {
    expect(effectsOf(file, text)).toEqual(["neutral"])
  })

  it.each<[string, FileName, string]>([
    ["one value among many comments", BUNDLE, `# a\n# b\n${FILES[BUNDLE].replace("checkout_rw", "checkout_ro")}# c\n`],
    [
      "one more recipient in a list that is written anew",
      BUNDLE,
      FILES[BUNDLE].replace("[team]", "\n  - team\n  - bob"),
    ],
    ["the order of drivers", BUNDLE, FILES[BUNDLE].replace("[java, python]", "[python, java]")],
    ["a key that is commented out", BUNDLE, FILES[BUNDLE].replace("lifetime: 30d", "# lifetime: 30d")],
  ])("%s is a change", (_, file, text) => {
    expect(effectsOf(file, text)).toEqual(["grant"])
  })

  it.each([
    ["a key twice", `${FILES[BUNDLE]}recipients: [bob]\n`, ["Y09 12:1"]],
    ["an anchor and an alias", FILES[BUNDLE].replace("[team]", "&all [team]"), ["Y06 11:13"]],
    ["a merge key", `${FILES[BUNDLE]}<<: { owner: team }\n`, ["Y06 12:1"]],
    ["a second document", `${FILES[BUNDLE]}---\n${FILES[BUNDLE]}`, ["Y08 12:1"]],
  ])("%s, which parsers read in different ways, is refused", (_, text, expected) => {
    expect(codesAt(read(BUNDLE, text).findings)).toEqual(expected)
  })
})
