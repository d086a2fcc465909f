import { describe, expect, it } from "vitest"
import { sortFindings } from "../../../../src/domain/findings.ts"
import { checkRepository } from "../../../../src/domain/rules/check-repository.ts"
import { bumpFindings } from "../../../../src/domain/versions/version-findings.ts"
import { nextClass, nextVersion } from "../../../../src/domain/versions/versions.ts"
import { parseRepository } from "../../../../src/schema/repository.ts"
import { NOW as AT, bundleOf, historyOf, inputOf, planningOf, recordOf } from "../../../support/planning.ts"
import { policies } from "../../../support/policies.ts"
import { factsWith, NOW } from "../../../support/repository-facts.ts"
import { codesAt, FILES, PLATFORMS, treeOf } from "../../../support/repository-files.ts"

function codesOf(file: string, text: string): readonly string[] {
  const tree = new Map([...treeOf(FILES), [file, new TextEncoder().encode(text)]])
  const { repository, findings } = parseRepository(tree)
  if (repository === undefined) return codesAt(findings)
  const checked = checkRepository(repository, factsWith(), { files: tree, platforms: PLATFORMS, now: NOW })
  return codesAt(sortFindings([...findings, ...checked]))
}

describe("the versioning policy", () => {
  const raise = (line: string) =>
    codesOf("policies/versioning.yaml", `apiVersion: scb/v1\nkind: Versioning\nraise:\n  ${line}\n`)

  it.each<[string, string, readonly string[]]>([
    ["may raise a member", "bundle.keyspace: major", []],
    ["may raise the beginning of some, though others are higher already", "cluster: minor", []],
    ["may raise one driver", "bundle.compatibility.java: major", []],
    ["is warned of a part of the key, which is major anyway", "bundle.key: major", ["R64 4:15"]],
    ["is refused a member that does not exist", "cluster.hots: major", ["R63 4:17"]],
    ["is refused the range of a driver that does not exist", "bundle.compatibility.perl: major", ["R63 4:30"]],
    ["is warned of a line that lowers", "cluster.host: minor", ["R64 4:17"]],
    ["is warned of a line that raises nothing", "bundle: renewal", ["R64 4:11"]],
  ])("%s: %s", (_rule, line, codes) => {
    expect(raise(line)).toEqual(codes)
  })
})

describe("a bump", () => {
  it("is a warning where it asks for nothing", () => {
    const file = "bundles/prod/checkout.yaml"
    const lines = FILES[file].split("\n").length
    expect(codesOf(file, `${FILES[file].trimEnd()}\nbump: renewal\n`)).toEqual([`R65 ${lines}:7`])
    expect(codesOf(file, `${FILES[file].trimEnd()}\nbump: minor\n`)).toEqual([])
  })
})

describe("the class of the next release", () => {
  const released = { releases: [recordOf()] }

  it("is major for the first", () => {
    expect(nextClass(planningOf({ history: historyOf() }))).toEqual({ change: "major" })
    expect(nextVersion(undefined, "major")).toBe("1.0.0")
  })

  it("is a renewal for equal input, whatever bump asks for, and then the bump is a warning", () => {
    const bundle = bundleOf({ bump: "major" })
    const planning = planningOf({
      history: historyOf(released),
      subject: { ...planningOf().subject, bundle },
    })
    expect(nextClass(planning)).toEqual({ change: "renewal" })
    expect(bumpFindings(planning).map(({ code }) => code)).toEqual(["S10"])
  })

  it("is what bump asks for once a renewal was refused for being more", () => {
    const attempt = { at: AT, version: "1.0.1", reason: "renewal-due", error: "renewal-differs" } as const
    const history = historyOf({ ...released, attempts: [{ ...attempt, inputDigest: "1".repeat(64) }] })
    const planning = planningOf({ history, subject: { ...planningOf().subject, bundle: bundleOf({ bump: "patch" }) } })
    expect(nextClass(planning)).toEqual({ change: "patch", because: "the bundle asks for bump: patch" })
    expect(bumpFindings(planning)).toEqual([])
    expect(nextClass(planningOf({ history }))).toEqual({ change: "renewal" })
  })

  it("is the highest of what changes, what the house says, and what bump asks for", () => {
    const input = inputOf({ owner: "other", recipients: [] })
    const subject = { ...planningOf().subject, input, inputDigest: "2".repeat(64) }
    const history = historyOf(released)
    expect(nextClass(planningOf({ history, subject }))).toEqual({ change: "patch" })
    const versioning = { file: "policies/versioning.yaml", raise: new Map([["bundle.owner", "minor"]] as const) }
    expect(nextClass(planningOf({ history, subject, policies: policies({ versioning }) }))).toEqual({
      change: "minor",
      because: "policies/versioning.yaml counts bundle.owner as minor",
    })
    const bumped = { ...subject, bundle: bundleOf({ bump: "major" }) }
    expect(nextClass(planningOf({ history, subject: bumped, policies: policies({ versioning }) }))).toEqual({
      change: "major",
      because: "the bundle asks for bump: major",
    })
    expect(bumpFindings(planningOf({ history, subject: bumped }))).toEqual([])
  })

  it("is a patch where another version of the program made the predecessor", () => {
    const history = historyOf({ releases: [recordOf({ generator: "scb/0.0.9" })] })
    expect(nextClass(planningOf({ history }))).toEqual({ change: "patch" })
  })
})
