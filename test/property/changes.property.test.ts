import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DEFAULT_VERSIONING } from "../../src/domain/default-policies.ts"
import type { VersioningPolicy } from "../../src/domain/policies.ts"
import type { ReleaseInput } from "../../src/domain/release.ts"
import { higherClass, RELEASE_CLASSES, type ReleaseClass } from "../../src/domain/versions/change.ts"
import { CHANGE_CLASSES, changesBetween, classOf } from "../../src/domain/versions/changes.ts"
import { nextClass } from "../../src/domain/versions/versions.ts"
import { bundleOf, historyOf, inputOf, planningOf, recordOf } from "../support/planning.ts"

/*
 * What drivers, servers and people do with each member, written down a second time and without a look at the table of
 * src/domain/versions/changes.ts: the least class that a mutation may have.
 */

const root = (digit: string): string => digit.repeat(64)
const BASE: ReleaseInput = inputOf(
  {
    drivers: ["java", "csharp", "python"],
    compatibility: { java: ">=4.17.0", csharp: ">=3.19.0", python: ">=3.28.0" },
    key: { source: "csr", algorithm: "P-256", spkiSha256: root("1") },
    recipients: ["A".repeat(40), "B".repeat(40)],
  },
  { trust: [root("a"), root("b")], issuer: [root("c")] },
)

interface Mutation {
  readonly name: string
  /** What must not be undercut, and why. */
  readonly least: ReleaseClass
  readonly apply: (input: ReleaseInput) => ReleaseInput
}

const inCluster = (own: Partial<ReleaseInput["cluster"]>) => (input: ReleaseInput) => ({
  ...input,
  cluster: { ...input.cluster, ...own },
})
const inBundle = (own: Partial<ReleaseInput["bundle"]>) => (input: ReleaseInput) => ({
  ...input,
  bundle: { ...input.bundle, ...own },
})
const withRange = (platform: string, range: string) => (input: ReleaseInput) => ({
  ...input,
  bundle: { ...input.bundle, compatibility: { ...input.bundle.compatibility, [platform]: range } },
})
const { keyspace: _keyspace, ...withoutKeyspace } = BASE.bundle
const { java: _java, ...withoutJava } = BASE.bundle.compatibility

const MUTATIONS: readonly Mutation[] = [
  // every driver takes host and port from config.json when it starts, and asks there for the proxy
  { name: "another host", least: "major", apply: inCluster({ host: "other.example.com" }) },
  { name: "another metadata port", least: "major", apply: inCluster({ metadataPort: 1 }) },
  { name: "another CQL port", least: "major", apply: inCluster({ cqlPort: 1 }) },
  // Java, Node.js, C++ and others are left without local nodes
  { name: "another data centre", least: "major", apply: inCluster({ datacenter: "dc2" }) },
  // no password in the bundle: applications must get one, or C# dummy ones
  { name: "passwords", least: "major", apply: inCluster({ authentication: "password" }) },
  // who trusts fewer roots refuses servers that it accepted
  { name: "a root less", least: "major", apply: inCluster({ trust: [root("a")] }) },
  { name: "another root", least: "major", apply: inCluster({ trust: [root("d")] }) },
  // C# looks at the first root alone
  { name: "another first root", least: "major", apply: inCluster({ trust: [root("d"), root("a"), root("b")] }) },
  { name: "roots the other way round", least: "major", apply: inCluster({ trust: [root("b"), root("a")] }) },
  { name: "one more root", least: "minor", apply: inCluster({ trust: [root("a"), root("b"), root("d")] }) },
  // servers verify the client's chain
  { name: "another issuer", least: "major", apply: inCluster({ issuer: [root("d")] }) },
  // MutualTlsAuthenticator refuses unknown identities; a role has other permissions
  { name: "another identity", least: "major", apply: inBundle({ identity: "spiffe://example.com/other" }) },
  { name: "another role", least: "major", apply: inBundle({ role: "other" }) },
  // other TLS code on both sides
  {
    name: "another kind of key",
    least: "major",
    apply: inBundle({ key: { source: "csr", algorithm: "RSA-4096", spkiSha256: root("1") } }),
  },
  // who completes the bundle with the old key fails: key and certificate must belong together
  {
    name: "another request",
    least: "major",
    apply: inBundle({ key: { source: "csr", algorithm: "P-256", spkiSha256: root("2") } }),
  },
  { name: "a generated key", least: "major", apply: inBundle({ key: { source: "generated", algorithm: "P-256" } }) },
  { name: "another bundle", least: "major", apply: inBundle({ name: "other" }) },
  { name: "another cluster", least: "major", apply: inCluster({ name: "other" }) },
  // promises to users of a driver
  { name: "a narrower range", least: "major", apply: withRange("java", ">=4.19.0") },
  { name: "another range", least: "major", apply: withRange("java", "^3.0.0") },
  { name: "a wider range", least: "minor", apply: withRange("java", ">=4.10.0") },
  { name: "any version", least: "minor", apply: withRange("java", "*") },
  { name: "a range less", least: "major", apply: inBundle({ compatibility: withoutJava }) },
  {
    name: "a driver less",
    least: "major",
    apply: inBundle({ drivers: ["csharp", "python"], compatibility: withoutJava }),
  },
  {
    name: "a driver more",
    least: "minor",
    apply: input => withRange("cpp", "*")(inBundle({ drivers: [...BASE.bundle.drivers, "cpp"] })(input)),
  },
  { name: "drivers in another order", least: "patch", apply: inBundle({ drivers: ["python", "csharp", "java"] }) },
  // Python reads it, nobody connects with it; the examples do
  { name: "another keyspace", least: "minor", apply: inBundle({ keyspace: "other" }) },
  { name: "no keyspace", least: "minor", apply: input => ({ ...input, bundle: withoutKeyspace }) },
  // no driver reads any of these
  { name: "another environment", least: "patch", apply: inCluster({ environment: "staging" }) },
  { name: "another region", least: "patch", apply: inCluster({ region: "other" }) },
  { name: "another application", least: "patch", apply: inBundle({ application: "other" }) },
  { name: "another owner", least: "patch", apply: inBundle({ owner: "other" }) },
  { name: "another lifetime", least: "patch", apply: inBundle({ lifetime: "5d" }) },
  { name: "a reader less", least: "patch", apply: inBundle({ recipients: ["A".repeat(40)] }) },
  { name: "another reader", least: "patch", apply: inBundle({ recipients: ["C".repeat(40)] }) },
  { name: "another layout", least: "patch", apply: input => ({ ...input, layout: 2 as typeof input.layout }) },
]

const atLeast = (change: ReleaseClass, least: ReleaseClass): boolean => higherClass(change, least) === change
const classFor = (before: ReleaseInput, after: ReleaseInput, policy: VersioningPolicy = DEFAULT_VERSIONING) =>
  classOf(changesBetween(before, after), policy)

describe("the class of a change", () => {
  it.each(MUTATIONS)("is $least at least for $name", ({ apply, least }) => {
    expect(classFor(BASE, apply(BASE))).toBe(least)
  })

  it("is a renewal for equal inputs, and for nothing else", () => {
    expect(classFor(BASE, structuredClone(BASE))).toBe("renewal")
    fc.assert(fc.property(fc.constantFrom(...MUTATIONS), ({ apply }) => classFor(BASE, apply(BASE)) !== "renewal"))
  })

  it("has an opinion on every member of the input", () => {
    const members = [
      ...Object.keys(BASE.cluster).map(key => `cluster.${key}`),
      ...Object.keys(BASE.bundle).map(key => `bundle.${key}`),
      "layout",
    ]
    const touched = MUTATIONS.flatMap(({ apply }) => changesBetween(BASE, apply(BASE)).map(({ member }) => member))
    const silent = members.filter(member => !touched.some(each => each === member || each.startsWith(`${member}.`)))
    expect(silent).toEqual([])
  })

  it("is never lower than the greatest of the differences, however many there are", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...MUTATIONS), { minLength: 1, maxLength: 6 }), mutations => {
        const after = mutations.reduce((input, { apply }) => apply(input), BASE)
        // a later mutation may have undone an earlier one of the same member: what is left is what counts
        const left = mutations.filter(({ apply }) => differsNowhereElse(after, apply(after)))
        const least = left.map(each => each.least).reduce<ReleaseClass>(higherClass, "renewal")
        return atLeast(classFor(BASE, after), least)
      }),
    )
  })

  it("is raised by policy and never lowered", () => {
    const classes = fc.constantFrom(...RELEASE_CLASSES)
    const keys = fc.constantFrom("cluster", "bundle", "layout", "cluster.host", "bundle.role", "bundle.compatibility")
    fc.assert(
      fc.property(
        fc.constantFrom(...MUTATIONS),
        fc.array(fc.tuple(keys, classes)),
        classes,
        (mutation, raise, bump) => {
          const changes = changesBetween(BASE, mutation.apply(BASE))
          const policy = { file: "policies/versioning.yaml", raise: new Map(raise) }
          const decided = classOf(changes, policy, bump)
          return atLeast(decided, mutation.least) && atLeast(decided, bump)
        },
      ),
    )
  })

  it("of the next release is what differs from the newest one, good or not, whatever the bundle asks for", () => {
    const mutation = fc.constantFrom(...MUTATIONS)
    fc.assert(
      fc.property(mutation, mutation, fc.constantFrom(...CHANGE_CLASSES), fc.boolean(), (one, other, bump, asks) => {
        const [newest, input] = [one.apply(BASE), other.apply(BASE)]
        const first = recordOf({ input: BASE })
        const history = historyOf({ releases: [first, recordOf({ version: "1.1.0", input: newest })] })
        const bundle = bundleOf(asks ? { bump } : {})
        const { change } = nextClass(
          planningOf({ subject: { bundle, input, inputDigest: "2".repeat(64) }, history, good: first }),
        )
        return atLeast(change, classFor(newest, input)) && (change === "renewal") === (one === other)
      }),
      { numRuns: 500 },
    )
  })

  it("says of every change why, and of every major one who must act", () => {
    for (const { apply } of MUTATIONS) {
      for (const change of changesBetween(BASE, apply(BASE))) {
        expect(change.why).not.toBe("")
        if (change.class === "major") expect(change.actions).not.toEqual([])
        if (change.class === "patch") expect(change.actions).toEqual([])
      }
    }
  })
})

/** Whether applying it (again) changes nothing: its effect is still there. */
function differsNowhereElse(after: ReleaseInput, again: ReleaseInput): boolean {
  return changesBetween(after, again).length === 0
}
