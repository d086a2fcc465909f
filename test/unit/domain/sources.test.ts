import { describe, expect, it } from "vitest"
import { type ErrorCode, ScbError } from "../../../src/domain/errors.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import type { SeenCatalog } from "../../../src/domain/seen-catalog.ts"
import { judgeSources, newestSeen, type PlaceAnswer } from "../../../src/domain/sources.ts"

const seen = (version: number, digest = "a", epoch = 0): SeenCatalog => ({
  version,
  epoch,
  issuedAt: instantFromMillis(version * 1000),
  indexSha256: digest.repeat(64),
})
const has = (place: string, catalog: SeenCatalog): PlaceAnswer => ({ kind: "believed", place, seen: catalog })
const refuses = (place: string, code: ErrorCode): PlaceAnswer => ({
  kind: "refused",
  place,
  error: new ScbError(code, `it is ${code}`, { hint: "wait" }),
})

interface Case {
  readonly answers: readonly PlaceAnswer[]
  readonly before?: SeenCatalog
  /** The place that is used, or the code of the refusal. */
  readonly is: string
  /** Places that are warned of. */
  readonly warns?: readonly string[]
}

const CASES: Readonly<Record<string, Case>> = {
  "a lone good place is used": { answers: [has("a", seen(1))], is: "a" },
  "the newest counts, wherever it stands": { answers: [has("a", seen(1)), has("b", seen(2))], is: "b", warns: ["a"] },
  "of equals the first is used": { answers: [has("a", seen(1)), has("b", seen(1))], is: "a" },
  "one that is not believed does not matter": {
    answers: [refuses("a", "signer-untrusted"), has("b", seen(1))],
    is: "b",
    warns: ["a"],
  },
  "two catalogs of one age are both refused": {
    answers: [has("a", seen(1)), has("b", seen(1, "b"))],
    is: "catalog-equivocation",
  },
  "two catalogs of one age do not matter once there is a newer one": {
    answers: [has("a", seen(1)), has("b", seen(1, "b")), has("c", seen(2))],
    is: "c",
    warns: ["a", "b"],
  },
  "a newer catalog that has forgotten a revocation contradicts the older one that holds it": {
    answers: [has("a", seen(2, "a", 0)), has("b", seen(1, "b", 1))],
    is: "catalog-equivocation",
  },
  "another catalog of the age of the remembered one is refused, whoever else has the remembered one": {
    answers: [has("a", seen(1)), refuses("b", "catalog-equivocation")],
    before: seen(1),
    is: "catalog-equivocation",
  },
  "another catalog of the age of the remembered one does not matter once there is a newer one": {
    answers: [has("a", seen(2)), refuses("b", "catalog-equivocation")],
    before: seen(1),
    is: "a",
    warns: ["b"],
  },
  "where all are refused, the one that came nearest to being believed says why": {
    answers: [refuses("a", "forge-unreachable"), refuses("b", "catalog-rollback"), refuses("c", "catalog-expired")],
    is: "catalog-rollback",
  },
}

describe("judgeSources", () => {
  it.each(Object.entries(CASES))("%s", (_, { answers, before, is, warns = [] }) => {
    const verdict = judgeSources(answers, before)
    expect(verdict.kind === "use" ? verdict.place : verdict.error.code).toBe(is)
    expect(verdict.kind === "use" ? verdict.warnings.map(warning => warning.slice(0, 1)) : []).toEqual(warns)
  })

  it("names each place and its reason when none is good", () => {
    const verdict = judgeSources([refuses("a", "forge-unreachable"), refuses("b", "catalog-expired")], undefined)
    expect(verdict).toMatchObject({
      error: { message: "b: it is catalog-expired", hint: "wait; a: it is forge-unreachable" },
    })
  })

  it("gives the error of a lone place as it is", () => {
    const answer = refuses("a", "catalog-expired")
    expect(judgeSources([answer], undefined)).toEqual({ kind: "refuse", error: (answer as { error: ScbError }).error })
  })
})

describe("newestSeen", () => {
  it("is the newest of what is remembered under several names", () => {
    expect(newestSeen([undefined, seen(1), seen(3), undefined, seen(2)])).toEqual(seen(3))
    expect(newestSeen([undefined])).toBeUndefined()
  })
})
