import { describe, expect, it } from "vitest"
import { sortFindings } from "../../../../src/domain/findings.ts"
import { checkRepository } from "../../../../src/domain/rules/check-repository.ts"
import { parseRepository } from "../../../../src/schema/repository.ts"
import { factsWith, NOW } from "../../../support/repository-facts.ts"
import { codesAt, FILES, PLATFORMS, treeOf } from "../../../support/repository-files.ts"

const ADVISORY = `apiVersion: scb/v1
kind: Advisory
name: weak
published: 2026-11-20
summary: weak keys
response: reissue
`

function codesOf(file: string, text: string): readonly string[] {
  const files = treeOf(FILES)
  const tree = new Map([...files, [file, new TextEncoder().encode(text)]])
  const { repository, findings } = parseRepository(tree)
  if (repository === undefined) return codesAt(findings)
  const checked = checkRepository(repository, factsWith(), { files: tree, platforms: PLATFORMS, now: NOW })
  return codesAt(sortFindings([...findings, ...checked]))
}

const advisory = (more: string) => codesOf("policies/advisories/weak.yaml", `${ADVISORY}${more}`)
const renewal = (more: string) =>
  codesOf("policies/renewal.yaml", `apiVersion: scb/v1\nkind: Renewal\ndefaultLifetime: 60d\n${more}`)

describe("an advisory", () => {
  const rows: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "about drivers is good": ['drivers: { java: "<4.18.0" }\n', []],
    "about an algorithm is good": ["select: { algorithms: [RSA-2048] }\n", []],
    "about serials is good": ["serials: { from: 01, to: 0a }\n".replace(/(01|0a)/g, '"$1"'), []],
    "about nobody is refused": ["", ["R73 3:7"]],
    "about an empty list of drivers is refused": ["drivers: {}\n", ["R73 3:7"]],
    "about an unknown platform is refused": ['drivers: { perl: "*" }\n', ["R74 7:18"]],
    "that selects an unknown platform is refused": ["select: { drivers: [perl] }\n", ["R74 7:21"]],
    "with a range that is none is refused": ["drivers: { java: old ones }\n", ["R50 7:18"]],
    "that selects versions by no range is refused": ["select: { versions: old ones }\n", ["R50 7:21"]],
    "whose serials end before they begin is refused": ['serials: { from: "0a", to: "01" }\n', ["R75 7:28"]],
  }
  it.each(Object.entries(rows))("%s", (_sentence, [more, codes]) => {
    expect(advisory(more)).toEqual(codes)
  })
})

describe("the back-off", () => {
  it("grows", () => {
    expect(renewal("backoff: { first: 1h, most: 1h }\n")).toEqual([])
    expect(renewal("backoff: { first: 2h, most: 1h }\n")).toEqual(["R76 4:19"])
  })

  it("and a trigger's answer are optional, and closed", () => {
    expect(renewal("triggers: { expiry: notice }\n")).toEqual([])
    expect(renewal("triggers: { weather: notice }\n")).toEqual(["T02 4:13"])
    expect(renewal("triggers: { expiry: ignore }\n")).toEqual(["T05 4:21"])
  })
})
