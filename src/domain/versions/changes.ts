import isSubset from "semver/ranges/subset.js"
import { GENERATOR } from "../generator.ts"
import type { VersioningPolicy } from "../policies.ts"
import type { ReleaseInput, ReleaseRecord } from "../release.ts"
import { higherClass, type ReleaseClass } from "./change.ts"

/** What a change can be; a renewal is none. */
export const CHANGE_CLASSES = ["patch", "minor", "major"] as const
export type ChangeClass = (typeof CHANGE_CLASSES)[number]

/** Who has something to do about a change. `readers`: whoever decrypts what is published. */
export const ACTORS = ["applications", "key-owner", "cluster-operators", "readers"] as const
export type Actor = (typeof ACTORS)[number]

export interface Action {
  readonly who: Actor
  /** In the imperative. */
  readonly what: string
}

/** One member of the release input that is other than before, and what follows from it. */
export interface Change {
  /** e.g. `cluster.host`, `bundle.compatibility.java`. */
  readonly member: string
  readonly class: ChangeClass
  /** As text; absent when there was none. Of lists, what is gone. */
  readonly before?: string
  /** As text; absent when there is none any more. Of lists, what is new. */
  readonly after?: string
  /** What drivers, servers and people do with it. */
  readonly why: string
  /** Empty: nobody has to do anything. */
  readonly actions: readonly Action[]
}

type Difference = Omit<Change, "member">

interface MemberRule {
  /** No change of this member is less. */
  readonly least: ChangeClass
  /** By the part of the member that differs, `""` for the whole. */
  readonly compare: (before: ReleaseInput, after: ReleaseInput) => Iterable<readonly [part: string, Difference]>
}

type Member =
  | "layout"
  | `cluster.${keyof ReleaseInput["cluster"]}`
  | `bundle.${Exclude<keyof ReleaseInput["bundle"], "key">}`
  | "bundle.key.source"
  | "bundle.key.algorithm"
  | "bundle.key.spkiSha256"

const FETCH: Action = {
  who: "applications",
  what: "fetch the new version, put it in the place of the old one, and restart: drivers read a bundle only when they start",
}
const operators = (what: string): Action => ({ who: "cluster-operators", what })

const ENDPOINT: Consequence = {
  class: "major",
  why: "every driver reads the endpoint once, when it starts: who is still running keeps to the old one",
  actions: [operators("serve the old endpoint until the last application has restarted"), FETCH],
}
const LABEL: Consequence = { class: "patch", why: "a label for people: no driver reads it", actions: [] }
const OTHER_BUNDLE: Consequence = {
  class: "major",
  why: "it is part of the bundle's name and of its file's: who asks for the old name gets nothing",
  actions: [{ who: "readers", what: "fetch it by its new name" }, FETCH],
}
const CERTIFICATE_KEY: Consequence = {
  class: "major",
  why: "client, proxy and server must all be able to use this kind of key",
  actions: [operators("see that TLS settings and policies admit it"), FETCH],
}

/**
 * What a change of each member means, from what drivers and servers do with it. The types see to it that none is
 * forgotten; docs/versions.md shows the same to people.
 */
const RULES: Readonly<Record<Member, MemberRule>> = {
  layout: scalar(({ layout }) => String(layout), {
    class: "patch",
    why: "the files are laid out anew; what drivers read says the same",
    actions: [],
  }),
  "cluster.name": scalar(({ cluster }) => cluster.name, OTHER_BUNDLE),
  "cluster.environment": scalar(({ cluster }) => cluster.environment, LABEL),
  "cluster.region": scalar(({ cluster }) => cluster.region, LABEL),
  "cluster.host": scalar(({ cluster }) => cluster.host, {
    ...ENDPOINT,
    actions: [operators("let the servers' certificates carry the new name as DNS SAN"), ...ENDPOINT.actions],
  }),
  "cluster.metadataPort": scalar(({ cluster }) => String(cluster.metadataPort), ENDPOINT),
  "cluster.cqlPort": scalar(({ cluster }) => String(cluster.cqlPort), ENDPOINT),
  "cluster.datacenter": scalar(({ cluster }) => cluster.datacenter, {
    class: "major",
    why: "Java 4, Node.js, C#, C++ and zdm-proxy keep to the data centre that they were told when they started",
    actions: [operators("let the metadata service name it as Cassandra does"), FETCH],
  }),
  "cluster.authentication": scalar(({ cluster }) => cluster.authentication, {
    class: "major",
    why: "a cluster has one authenticator: with passwords, applications must have one; without, their identity must be known",
    actions: [
      operators("switch the authenticator, with passwords set or identities added, at an agreed time"),
      { who: "applications", what: "give the driver a user name and a password, or take them away, at the same time" },
      FETCH,
    ],
  }),
  "cluster.trust": { least: "patch", compare: whole(trustDifference) },
  "cluster.issuer": { least: "major", compare: whole(issuerDifference) },
  "bundle.name": scalar(({ bundle }) => bundle.name, OTHER_BUNDLE),
  "bundle.application": scalar(({ bundle }) => bundle.application, LABEL),
  "bundle.owner": scalar(({ bundle }) => bundle.owner, LABEL),
  "bundle.identity": scalar(({ bundle }) => bundle.identity, {
    class: "major",
    why: "Cassandra maps the identity in the certificate to a role, and refuses one that it does not know",
    actions: [operators("ADD IDENTITY for the new one; DROP IDENTITY of the old one once nobody uses it"), FETCH],
  }),
  "bundle.role": scalar(({ bundle }) => bundle.role, {
    class: "major",
    why: "the application gets other rights",
    actions: [operators("grant the new role what the application needs, and map the identity to it")],
  }),
  "bundle.keyspace": scalar(({ bundle }) => bundle.keyspace, {
    class: "minor",
    why: "config.json and the examples name it; no driver connects with it by itself",
    actions: [
      { who: "applications", what: "if you take the keyspace from the bundle, see that it is the one you mean" },
    ],
  }),
  "bundle.compatibility": { least: "patch", compare: compatibilityDifferences },
  "bundle.drivers": { least: "patch", compare: whole(driversDifference) },
  "bundle.key.source": scalar(({ bundle }) => bundle.key.source, {
    class: "major",
    why: "who fetches it must add the private key, or must no longer do so",
    actions: [
      { who: "key-owner", what: "for csr: keep the private key where the bundle is fetched" },
      { who: "readers", what: "fetch with --key for csr, without for generated" },
      FETCH,
    ],
  }),
  "bundle.key.algorithm": scalar(({ bundle }) => bundle.key.algorithm, CERTIFICATE_KEY),
  "bundle.key.spkiSha256": { least: "major", compare: whole(requestDifference) },
  "bundle.lifetime": scalar(({ bundle }) => bundle.lifetime, {
    class: "patch",
    why: "renewals come sooner or later; what is in use is as good as before",
    actions: [],
  }),
  "bundle.recipients": { least: "patch", compare: whole(recipientsDifference) },
}

interface Consequence {
  readonly class: ChangeClass
  readonly why: string
  readonly actions: readonly Action[]
}

/** All differences of two inputs, in the order of the table. Equal inputs have none. */
export function changesBetween(before: ReleaseInput, after: ReleaseInput): readonly Change[] {
  return Object.entries(RULES).flatMap(([member, { compare }]) =>
    [...compare(before, after)].map(([part, difference]) => ({
      member: part === "" ? member : `${member}.${part}`,
      ...difference,
    })),
  )
}

/** The same against what was released, which another version of this program may have made. */
export function changesSince(
  { input, generator }: Made,
  after: ReleaseInput,
  by: string = GENERATOR,
): readonly Change[] {
  const changes = changesBetween(input, after)
  if (generator === by) return changes
  const why = "made by another version of scb: what drivers read says the same, but not byte for byte"
  return [...changes, { member: "generator", class: "patch", before: generator, after: by, why, actions: [] }]
}

type Made = Pick<ReleaseRecord, "input" | "generator">

/** What a change counts as in this house: never less than it is by itself. */
export function raisedClass({ member, class: own }: Pick<Change, "member" | "class">, policy: VersioningPolicy) {
  const asked = [...policy.raise].filter(([key]) => covers(key, member)).map(([, least]) => least)
  return asked.reduce<ReleaseClass>(higherClass, own)
}

/** The highest wins; `bump` asks for at least so much. No change at all is a renewal, whatever is asked. */
export function classOf(changes: readonly Change[], policy: VersioningPolicy, bump?: ReleaseClass): ReleaseClass {
  if (changes.length === 0) return "renewal"
  return changes.map(change => raisedClass(change, policy)).reduce(higherClass, bump ?? "patch")
}

/** Whether `key` is `member` or a part of the input that holds it: `cluster` covers `cluster.host`. */
export function covers(key: string, member: string): boolean {
  return member === key || member.startsWith(`${key}.`)
}

/** Members that a policy can speak of, each with the least class that a change of it has anyway. */
export function memberClasses(platforms: Iterable<string>): ReadonlyMap<string, ChangeClass> {
  const rules = Object.entries(RULES).map(([member, { least }]) => [member, least] as const)
  return new Map([...rules, ...[...platforms].map(name => [`bundle.compatibility.${name}`, "patch"] as const)])
}

function scalar(textOf: (input: ReleaseInput) => string | undefined, consequence: Consequence): MemberRule {
  const compare = whole((before, after) => {
    const [was, is] = [textOf(before), textOf(after)]
    return was === is ? undefined : { ...texts(was, is), ...consequence }
  })
  return { least: consequence.class, compare }
}

function whole(differ: (before: ReleaseInput, after: ReleaseInput) => Difference | undefined): MemberRule["compare"] {
  return function* (before, after) {
    const difference = differ(before, after)
    if (difference !== undefined) yield ["", difference]
  }
}

/**
 * To trust one more root beside those before is how a rotation begins, and harms nobody. C# alone compares the end of
 * the servers' chain with the first certificate of ca.crt (CustomCACertificateValidator.cs): for it, another first one is
 * another root.
 */
function trustDifference(before: ReleaseInput, after: ReleaseInput): Difference | undefined {
  const [was, is] = [before.cluster.trust, after.cluster.trust]
  if (sameList(was, is)) return undefined
  const lists = difference(was, is)
  if (was.some(root => !is.includes(root))) {
    const why =
      "a root is no longer trusted: who has the new version refuses servers that still show certificates under it"
    const ready = operators(
      "let every server show a certificate under a root that stays, before anybody gets this version",
    )
    return { class: "major", ...lists, why, actions: [ready, FETCH] }
  }
  if (was[0] !== is[0] && [before, after].some(({ bundle }) => bundle.drivers.includes("csharp"))) {
    const why = "C# trusts the first root of ca.crt alone, and that is another one now"
    const together = operators(
      "change the servers' certificates at the time when C# applications restart with this version",
    )
    return { class: "major", ...lists, why, actions: [together, FETCH] }
  }
  if (is.some(root => !was.includes(root))) {
    const why =
      "one more root is trusted beside those before: servers may change to it once all applications have this version"
    return { class: "minor", ...lists, why, actions: [{ ...FETCH, what: `before the servers change: ${FETCH.what}` }] }
  }
  return { class: "patch", ...lists, why: "the same roots in another order: only C# minds", actions: [] }
}

function issuerDifference(before: ReleaseInput, after: ReleaseInput): Difference | undefined {
  const [was, is] = [before.cluster.issuer, after.cluster.issuer]
  if (sameList(was, is)) return undefined
  const why = "another authority certifies clients: servers that do not trust it refuse them"
  const trust = operators(
    "let every server and proxy trust the new issuer beside the old one, before anybody gets this version",
  )
  return { class: "major", ...difference(was, is), why, actions: [trust, FETCH] }
}

function driversDifference(before: ReleaseInput, after: ReleaseInput): Difference | undefined {
  const [was, is] = [before.bundle.drivers, after.bundle.drivers]
  if (sameList(was, is)) return undefined
  const lists = difference(was, is)
  if (was.some(name => !is.includes(name))) {
    const why = "the bundle is no longer made for a driver: nobody looks any more whether it works there"
    const stay = {
      who: "applications",
      what: "if you use that driver, change to another, or ask the owner to keep it",
    } as const
    return { class: "major", ...lists, why, actions: [stay] }
  }
  if (is.some(name => !was.includes(name)))
    return { class: "minor", ...lists, why: "one more driver is supported, with its example", actions: [] }
  return { class: "patch", ...lists, why: "the examples come in another order", actions: [] }
}

function* compatibilityDifferences(before: ReleaseInput, after: ReleaseInput): Iterable<readonly [string, Difference]> {
  const [was, is] = [before.bundle.compatibility, after.bundle.compatibility]
  for (const platform of [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()) {
    const [range, next] = [was[platform], is[platform]]
    if (range === next || saidByDrivers(platform, before, after)) continue
    yield [platform, { ...texts(range, next), ...rangeConsequence(platform, range, next) }]
  }
}

/** A driver that comes or goes brings or takes its range along. */
function saidByDrivers(platform: string, before: ReleaseInput, after: ReleaseInput): boolean {
  return (
    [before, after].every(
      ({ bundle }) => bundle.drivers.includes(platform) === (bundle.compatibility[platform] !== undefined),
    ) && before.bundle.drivers.includes(platform) !== after.bundle.drivers.includes(platform)
  )
}

function rangeConsequence(platform: string, was: string | undefined, is: string | undefined): Consequence {
  const wider = was === undefined || (is !== undefined && isSubset(was, is))
  const narrower = is === undefined || (was !== undefined && isSubset(is, was))
  if (!wider) {
    const stay = {
      who: "applications",
      what: `see that your version of ${platform} is still among those supported`,
    } as const
    return { class: "major", why: "versions that were supported no longer are", actions: [stay] }
  }
  if (narrower) return { class: "patch", why: "the same versions, written in another way", actions: [] }
  return { class: "minor", why: "more versions are supported", actions: [] }
}

/** Only where both were made from a request: otherwise the source of the key says it all. */
function requestDifference(before: ReleaseInput, after: ReleaseInput): Difference | undefined {
  const [was, is] = [before.bundle.key, after.bundle.key]
  if (was.source !== "csr" || is.source !== "csr" || was.spkiSha256 === is.spkiSha256) return undefined
  return {
    class: "major",
    ...texts(was.spkiSha256, is.spkiSha256),
    why: "its owner has a new private key: the old one does not complete this version",
    actions: [{ who: "key-owner", what: "bring the new private key to where the bundle is fetched" }, FETCH],
  }
}

function recipientsDifference(before: ReleaseInput, after: ReleaseInput): Difference | undefined {
  const [was, is] = [before.bundle.recipients, after.bundle.recipients]
  if (sameList(was, is)) return undefined
  const gone = was.some(each => !is.includes(each))
  return {
    class: "patch",
    ...difference(was, is),
    why: gone
      ? "other people can open it: those who are gone no longer, and what they have they keep"
      : "more people can open it; nothing in it is other than before",
    actions: [],
  }
}

/** More values than this are counted. */
const SHOWN = 12

/** What is gone and what is new; of a mere change of order, both orders. */
function difference(was: readonly string[], is: readonly string[]): Pick<Difference, "before" | "after"> {
  const gone = was.filter(each => !is.includes(each))
  const added = is.filter(each => !was.includes(each))
  return gone.length + added.length === 0 ? texts(list(was), list(is)) : texts(list(gone), list(added))
}

function list(values: readonly string[]): string | undefined {
  if (values.length === 0) return undefined
  const more = values.length > SHOWN ? ` and ${values.length - SHOWN} more` : ""
  return `${values.slice(0, SHOWN).join(", ")}${more}`
}

function texts(was: string | undefined, is: string | undefined): Pick<Difference, "before" | "after"> {
  return { ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}
