import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Quorum } from "../../src/domain/authorization/approvals-policy.ts"
import type { AuthorizationInput } from "../../src/domain/authorization/authorize.ts"
import { authorize } from "../../src/domain/authorization/authorize.ts"
import type { Actor, Verdict } from "../../src/domain/authorization/evidence.ts"
import { assign } from "../../src/domain/authorization/quorums.ts"
import { later } from "../../src/domain/instant.ts"
import {
  actor,
  approvals,
  BEFORE,
  BOT,
  EMERGENCY,
  emergency,
  evidence,
  GRANT,
  inputOf,
  NAMES,
  POLICY_EDIT,
  REVOCATION,
  STAGING,
  STRANGER,
} from "../support/authorization.ts"

const actors: fc.Arbitrary<Actor> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...NAMES, "ci" as const), fc.constantFrom("account", "key"))
    .map(([name, by]) => actor(name, by as "account" | "key")),
  fc.constantFrom(STRANGER, BOT),
)
const states = fc.constantFrom("approved", "changes-requested", "dismissed", "commented")
const reasons = fc.constantFrom("stale", "other-context", "too-late", "bad-signature", "unknown-person")
const verdicts: fc.Arbitrary<Verdict> = fc
  .record({
    by: actors,
    state: states,
    minutes: fc.integer({ min: -5, max: 70 }),
    reason: fc.option(reasons, { nil: undefined }),
  })
  .map(({ by, state, minutes, reason }) => ({
    by,
    state,
    at: later(BEFORE, minutes * 60_000),
    id: "review",
    ...(reason === undefined || minutes % 3 !== 0 ? {} : { voidBecause: { reason, sentence: "void" } }),
  })) as fc.Arbitrary<Verdict>
const quorums: fc.Arbitrary<readonly Quorum[]> = fc.uniqueArray(
  fc.record({ from: fc.constantFrom("database", "security", "beth"), count: fc.integer({ min: 1, max: 2 }) }),
  { selector: ({ from }) => from, minLength: 1 },
)

const inputs: fc.Arbitrary<AuthorizationInput> = fc
  .record({
    said: fc.array(verdicts, { maxLength: 9 }),
    items: fc.subarray([GRANT, STAGING, POLICY_EDIT, REVOCATION], { minLength: 1 }),
    contributors: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }),
    production: quorums,
    otherwise: quorums,
    emergency: fc.boolean(),
    blastRadius: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ said, items, contributors, production, otherwise, emergency: hurry, blastRadius }) => {
    const policy = approvals({
      rules: [{ name: "production", environments: ["production"], require: production }],
      otherwise,
      emergency: EMERGENCY,
    })
    return inputOf([], {
      items,
      policy,
      nextPolicy: approvals({ revision: 5 }),
      blastRadius,
      evidence: evidence(said, { contributors: contributors.map(name => actor(name)) }),
      emergencies: new Map(hurry ? [["outage", emergency()]] : []),
    })
  })

const withVerdicts = (input: AuthorizationInput, change: (said: readonly Verdict[]) => readonly Verdict[]) => ({
  ...input,
  evidence: { ...input.evidence, verdicts: change(input.evidence.verdicts) },
})
const isAuthorized = (input: AuthorizationInput) => authorize(input).verdict === "authorized"
const RUNS = { numRuns: 300 }

describe("laws of authorisation", () => {
  it("one more approval never refuses", () => {
    fc.assert(
      fc.property(inputs, verdicts, (input, more) => {
        fc.pre(isAuthorized(input))
        expect(isAuthorized(withVerdicts(input, said => [...said, { ...more, state: "approved" }]))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it("one approval less never authorises", () => {
    fc.assert(
      fc.property(inputs, fc.nat(), (input, index) => {
        const approvalsSaid = input.evidence.verdicts.filter(({ state }) => state === "approved")
        const gone = approvalsSaid[index % Math.max(1, approvalsSaid.length)]
        fc.pre(gone !== undefined && !isAuthorized(input))
        expect(isAuthorized(withVerdicts(input, said => said.filter(each => each !== gone)))).toBe(false)
      }),
      RUNS,
    )
  })

  it("the order in which different people speak decides nothing", () => {
    fc.assert(
      fc.property(inputs, fc.integer(), (input, seed) => {
        const { evidence: _before, ...expected } = authorize(input)
        const keyed = (said: readonly Verdict[]) => said.map((each, index) => [Math.sin(seed + index), each] as const)
        const shuffle = (said: readonly Verdict[]) =>
          [...keyed(said)].sort((a, b) => a[0] - b[0]).map(([, each]) => each)
        const { evidence: _after, ...got } = authorize(withVerdicts(input, shuffle))
        expect(got.verdict).toBe(expected.verdict)
        expect(got.quorums).toEqual(expected.quorums)
        expect(got.refusals).toEqual(expected.refusals)
      }),
      RUNS,
    )
  })

  it("the same person with account and key is one person", () => {
    fc.assert(
      fc.property(inputs, input => {
        const twice = withVerdicts(input, said =>
          said.flatMap(each => {
            const name = NAMES.find(one => actor(one).label === each.by.label)
            return name === undefined || each.by.isBot
              ? [each]
              : [each, { ...each, by: actor(name, "key") }, { ...each, by: actor(name) }]
          }),
        )
        expect(authorize(twice).quorums).toEqual(authorize(input).quorums)
        expect(isAuthorized(twice)).toBe(isAuthorized(input))
      }),
      RUNS,
    )
  })

  it("the policy of the change itself decides nothing but whether it is a newer one", () => {
    fc.assert(
      fc.property(inputs, quorums, (input, require) => {
        const weaker = approvals({
          revision: 5,
          rules: [],
          otherwise: [],
          reductions: { maximumBundles: 999, require },
        })
        const { evidence: _, ...decision } = authorize({ ...input, nextPolicy: weaker })
        expect(decision).toEqual((({ evidence: __, ...rest }) => rest)(authorize(input)))
      }),
      RUNS,
    )
  })

  it("nobody who made part of a change, no bot and no machine is ever counted, and nobody twice for one rule", () => {
    fc.assert(
      fc.property(inputs, input => {
        const labels = new Set(input.evidence.contributors.map(({ label }) => label.slice(1)))
        const decision = authorize(input)
        for (const rule of new Set(decision.quorums.map(each => each.rule))) {
          const counted = decision.quorums.filter(each => each.rule === rule).flatMap(each => each.counted)
          expect(new Set(counted).size).toBe(counted.length)
          expect(counted.some(name => labels.has(name) || name === "ci")).toBe(false)
        }
      }),
      RUNS,
    )
  })

  it("every refusal and everybody who is not counted has a sentence", () => {
    fc.assert(
      fc.property(inputs, input => {
        const { refusals, notCounted, verdict } = authorize(input)
        expect(refusals.length === 0).toBe(verdict === "authorized")
        for (const { sentence } of [...refusals, ...notCounted]) expect(sentence.length).toBeGreaterThan(3)
      }),
      RUNS,
    )
  })
})

describe("people to quorums", () => {
  it("fills as many places as any other way to choose", () => {
    const people = ["a", "b", "c", "d"]
    const most = (
      counts: readonly number[],
      willing: readonly (readonly string[])[],
      rest: readonly string[],
    ): number => {
      const [person, ...others] = rest
      if (person === undefined) return 0
      const seats = counts.flatMap((count, quorum) =>
        count > 0 && willing[quorum]?.includes(person) === true
          ? [
              1 +
                most(
                  counts.map((each, index) => (index === quorum ? each - 1 : each)),
                  willing,
                  others,
                ),
            ]
          : [],
      )
      return Math.max(most(counts, willing, others), ...seats)
    }
    fc.assert(
      fc.property(
        fc.array(fc.record({ count: fc.integer({ min: 0, max: 2 }), willing: fc.subarray(people) }), { maxLength: 3 }),
        asked => {
          const [counts, willing] = [asked.map(({ count }) => count), asked.map(each => each.willing)]
          expect(assign(counts, willing).flat()).toHaveLength(most(counts, willing, people))
        },
      ),
      RUNS,
    )
  })
})
