import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { later } from "../../../../src/domain/instant.ts"
import { momentAt } from "../../../../src/domain/plan/moment.ts"
import { EMPTY_LEDGER, type Mark, type ReleaseInput } from "../../../../src/domain/release.ts"
import { emergencyAt } from "../../../../src/domain/renewal/renewal.ts"
import {
  believedRoots,
  issuedElsewhere,
  issuerFindings,
  type LiveVersion,
  liveVersionsOf,
  reliantOn,
  type ServerSide,
  trustFindings,
} from "../../../../src/domain/rotation/guard.ts"
import { obstaclesBetween } from "../../../../src/domain/versions/upgrade-path.ts"
import { bundleOf, historyOf, inputOf, NAME, NOW, planningOf, recordOf } from "../../../support/planning.ts"

const [OLD, NEW, OTHER] = ["a".repeat(64), "b".repeat(64), "c".repeat(64)] as const
const java = (...trust: readonly string[]) => inputOf({}, { trust })
const csharp = (...trust: readonly string[]) => inputOf({ drivers: ["java", "csharp"] }, { trust })
const issuedBy = (...issuer: readonly string[]) => inputOf({}, { issuer })

function live(...inputs: readonly ReleaseInput[]): readonly LiveVersion[] {
  return inputs.map((input, index) => ({ bundle: NAME, version: `1.${index}.0`, input, endsAt: later(NOW, index) }))
}

/** Codes of what keeps the release of `after` back, `before` being in use besides `others`. */
function kept(
  before: ReleaseInput,
  after: ReleaseInput,
  others: readonly ReleaseInput[],
  servers?: ServerSide,
  now = NOW,
): readonly string[] {
  const subject = { bundle: bundleOf(), input: after, inputDigest: "2".repeat(64), ...(servers && { servers }) }
  const history = historyOf({ releases: [recordOf({ input: before })] })
  const planning = planningOf({
    subject,
    history,
    moment: momentAt(now),
    live: new Map([["payments-prod", live(before, ...others)]]),
  })
  return trustFindings(planning).map(({ code }) => code)
}

const serving = (...roots: readonly string[]): ServerSide => ({ serving: roots, accepts: [] })

describe("roots that a version believes", () => {
  it("are all that it trusts, and the first alone where C# is among its drivers", () => {
    expect(believedRoots(java(OLD, NEW))).toEqual([OLD, NEW])
    expect(believedRoots(csharp(OLD, NEW))).toEqual([OLD])
  })

  it.each([
    ["trusts the new root as well", java(OLD, NEW), [NEW], 0],
    ["trusts the old one alone", java(OLD), [NEW], 1],
    ["trusts the old one alone, which stays", java(OLD), [NEW, OLD], 0],
    ["believes the old one alone", csharp(OLD, NEW), [NEW], 1],
    ["believes the old one, which stays behind the new one", csharp(OLD, NEW), [NEW, OLD], 0],
    ["believes the new one", csharp(NEW, OLD), [NEW], 0],
  ])("decide who relies on another: %s", (_, input, trust, count) => {
    expect(reliantOn(live(input), trust)).toHaveLength(count)
  })
})

describe("an upgrade from a version in use", () => {
  it("has no obstacle in roots exactly where that version relies on none that goes", () => {
    const roots = fc.uniqueArray(fc.constantFrom(OLD, NEW, OTHER), { minLength: 1 })
    fc.assert(
      fc.property(roots, roots, (was, is) => {
        const isReliant = reliantOn(live(java(...was)), is).length > 0
        expect(obstaclesBetween(java(...was), java(...is)).length > 0).toBe(isReliant)
      }),
    )
  })
})

describe("a version that trusts less than the one before", () => {
  it.each([
    ["more roots are trusted", java(OLD), java(OLD, NEW), [], undefined, []],
    ["the order changes, without C#", java(OLD, NEW), java(NEW, OLD), [], undefined, []],
    ["other drivers believe less of the same roots", java(OLD, NEW), csharp(OLD, NEW), [], undefined, []],
    ["nobody says what servers show", java(OLD, NEW), java(NEW), [], undefined, ["S56"]],
    ["servers show the root that goes", java(OLD, NEW), java(NEW), [], serving(OLD), ["S56"]],
    ["servers show the root that stays", java(OLD, NEW), java(NEW), [], serving(NEW), []],
    ["the order changes for C#, and nobody says so", csharp(OLD, NEW), csharp(NEW, OLD), [], undefined, ["S56"]],
    ["the order changes for C# as servers did", csharp(OLD, NEW), csharp(NEW, OLD), [], serving(NEW), []],
    ["C# in use believes the root that goes", csharp(NEW, OLD), csharp(NEW), [csharp(OLD, NEW)], serving(NEW), []],
    ["another version relies on the root that goes", java(OLD, NEW), java(NEW), [java(OLD)], serving(NEW), ["S55"]],
    ["it never knew the new root", java(OLD), java(NEW), [], serving(NEW), ["S55"]],
    ["one of several goes", java(OLD, OTHER, NEW), java(OTHER, NEW), [java(OTHER)], serving(NEW), []],
  ] as const)("waits or not: %s", (_, before, after, others, servers, codes) => {
    expect(kept(before, after, others, servers)).toEqual(codes)
  })

  it("waits no longer in the last tenth of a life", () => {
    const at = emergencyAt(recordOf().certificate)
    expect(kept(java(OLD), java(NEW), [], undefined, later(at, -1))).toEqual(["S55"])
    expect(kept(java(OLD), java(NEW), [], undefined, at)).toEqual([])
  })

  it("is decided again when that begins", () => {
    const moment = momentAt(NOW)
    const subject = { bundle: bundleOf(), input: java(NEW), inputDigest: "2".repeat(64) }
    trustFindings(planningOf({ subject, moment }))
    expect(moment.next()).toBe(emergencyAt(recordOf().certificate))
  })

  it("waits for nobody where nothing good is left", () => {
    const subject = { bundle: bundleOf(), input: java(NEW), inputDigest: "2".repeat(64) }
    expect(trustFindings(planningOf({ subject, good: undefined }))).toEqual([])
  })
})

describe("versions in use", () => {
  const mark: Mark = { version: "1.0.0", kind: "revoked", revocation: { reason: "superseded" }, at: NOW }
  const bundles = new Map([
    [NAME, historyOf({ releases: [recordOf(), recordOf({ version: "1.1.0" })], marks: [mark] })],
    ["payments-prod2/checkout", historyOf({ bundle: "payments-prod2/checkout", releases: [recordOf()] })],
  ] as const)
  const at = (now: typeof NOW) =>
    liveVersionsOf("payments-prod", { ...EMPTY_LEDGER, bundles }, momentAt(now)).map(({ version }) => version)

  it("are those of one cluster that are not dead, not counting what died in this very second", () => {
    expect(at(NOW)).toEqual(["1.0.0", "1.1.0"])
    expect(at(later(NOW, 1_000))).toEqual(["1.1.0"])
    expect(at(recordOf().certificate.notAfter)).toEqual([])
  })
})

describe("an issuer that is no longer named", () => {
  it("is missed by versions that it has issued", () => {
    expect(issuedElsewhere(live(issuedBy(OLD), issuedBy(NEW)), [NEW])).toMatchObject([{ version: "1.0.0" }])
    expect(issuedElsewhere(live(issuedBy(OLD, OTHER)), [OTHER])).toEqual([])
  })

  const findings = (servers: ServerSide) =>
    issuerFindings(
      planningOf({
        subject: { bundle: bundleOf(), input: issuedBy(NEW), inputDigest: "2".repeat(64), servers },
        history: historyOf({ releases: [recordOf({ input: issuedBy(OLD) })] }),
      }),
    ).map(({ code }) => code)

  it("is an error until servers accept it beside the new one", () => {
    expect(findings({ accepts: [] })).toEqual(["S57"])
    expect(findings({ accepts: [OLD] })).toEqual([])
  })
})
