import isLower from "semver/functions/lt.js"
import type { Bundle, ChannelName, ChannelRule, VersionDecision } from "../bundle.ts"
import { formatDuration } from "../duration.ts"
import type { VersioningPolicy } from "../policies.ts"
import { LAYOUT, type ReleaseInput } from "../release.ts"
import { type Change, changesBetween, raisedClass } from "../versions/changes.ts"
import type { ChangeClass } from "./approvals-policy.ts"
import type { ChangeItem } from "./decision.ts"
import { listDifference, sameMeaning } from "./meaning.ts"
import type { Standing } from "./standing.ts"

/** A part of an item that does not depend on where it happens. */
export type Difference = Pick<ChangeItem, "class" | "effect" | "what" | "version" | "held">

type Compare = (before: Bundle, after: Bundle, scene: BundleScene) => readonly Difference[]

export interface BundleScene {
  readonly versioning: VersioningPolicy
  readonly standing: Standing
}

/** What is other in a bundle: what docs/versions.md tells of, or more. The types see to it that no member is forgotten. */
const MEMBERS: Readonly<Record<Exclude<keyof Bundle, "file" | "fullName" | "cluster">, "tabled" | Compare>> = {
  name: "tabled",
  application: "tabled",
  owner: "tabled",
  identity: "tabled",
  role: "tabled",
  keyspace: "tabled",
  drivers: "tabled",
  key: "tabled",
  lifetime: compareLifetimes,
  recipients: compareRecipients,
  versions: compareDecisions,
  channels: compareChannels,
  bump: compareBumps,
  overrides: compareOverrides,
  reissue: compareReissues,
}

export function bundleDifferences(before: Bundle, after: Bundle, scene: BundleScene): readonly Difference[] {
  const tabled = changesBetween(nominalInput(before), nominalInput(after))
  const compared = Object.values(MEMBERS).filter(compare => compare !== "tabled")
  return [
    ...tabled.map(change => differenceOf(change, scene.versioning)),
    ...compared.flatMap(compare => compare(before, after, scene)),
  ]
}

/** Everything that a table of changes knows of the bundle alone; files and people stand there by name. */
export function nominalInput(
  bundle: Pick<Bundle, keyof ReleaseInput["bundle"] & keyof Bundle>,
  cluster: Partial<ReleaseInput["cluster"]> = {},
): ReleaseInput {
  const { name, application, owner, identity, role, keyspace, drivers, key } = bundle
  return {
    layout: LAYOUT,
    cluster: { ...NO_CLUSTER, ...cluster },
    bundle: {
      ...{ name, application, owner, identity, role, drivers, compatibility: {}, lifetime: "", recipients: [] },
      ...(keyspace === undefined ? {} : { keyspace }),
      key:
        key.kind === "generated"
          ? { source: "generated", algorithm: key.algorithm }
          : { source: "csr", algorithm: "P-256", spkiSha256: key.request },
    },
  }
}

const NO_CLUSTER: ReleaseInput["cluster"] = {
  ...{ name: "", environment: "", region: "", host: "", metadataPort: 0, cqlPort: 0, datacenter: "" },
  ...{ authentication: "mutual-tls", trust: [], issuer: [] },
}

/** As docs/versions.md has it, and policies/versioning.yaml raises it. */
export function differenceOf(change: Change, versioning: VersioningPolicy): Difference {
  const { member, before, after } = change
  const raised = raisedClass(change, versioning)
  const what = [
    member,
    ...(before === undefined ? [] : [`was ${before}`]),
    ...(after === undefined ? [] : [`is ${after}`]),
  ]
  return { class: raised === "renewal" ? "patch" : raised, effect: "grant", what: what.join(", ") }
}

function compareLifetimes(before: Bundle, after: Bundle, { versioning }: BundleScene): readonly Difference[] {
  if (before.lifetime === after.lifetime) return []
  const [was, is] = [before, after].map(({ lifetime }) => formatDuration(lifetime))
  const effect = after.lifetime < before.lifetime ? "reduce" : "grant"
  return [{ class: memberClass("bundle.lifetime", versioning), effect, what: `lifetime, was ${was}, is ${is}` }]
}

function compareRecipients(before: Bundle, after: Bundle, { versioning }: BundleScene): readonly Difference[] {
  const kind = memberClass("bundle.recipients", versioning)
  const { added, removed } = listDifference(before.recipients, after.recipients)
  return [
    ...added.map(name => ({ class: kind, effect: "grant", what: `recipient ${name} added` }) as const),
    ...removed.map(name => ({ class: kind, effect: "reduce", what: `recipient ${name} removed` }) as const),
  ]
}

function memberClass(member: string, versioning: VersioningPolicy): ChangeClass {
  const raised = raisedClass({ member, class: "patch" }, versioning)
  return raised === "renewal" ? "patch" : raised
}

function compareDecisions(before: Bundle, after: Bundle): readonly Difference[] {
  const versions = [...new Set([...before.versions.keys(), ...after.versions.keys()])]
  return versions.flatMap(version =>
    DECISIONS.flatMap(([member, describe]) => {
      const [was, is] = [before.versions.get(version)?.[member], after.versions.get(version)?.[member]]
      if (sameMeaning(was, is)) return []
      return [{ class: "mark", version, ...describe(version, was !== undefined, after.versions.get(version) ?? {}) }]
    }),
  )
}

type Describe = (version: string, was: boolean, is: VersionDecision) => Pick<Difference, "effect" | "what">

/** To take back for good is a reduction when it is new. Whatever softens or rewrites a decision gives. */
const DECISIONS: readonly (readonly [keyof VersionDecision, Describe])[] = [
  [
    "revoked",
    (version, was, { revoked }) =>
      was || revoked === undefined
        ? { effect: "grant", what: `revocation of ${version} ${revoked === undefined ? "removed" : "changed"}` }
        : { effect: "reduce", what: `${version} revoked, ${revoked.reason}` },
  ],
  [
    "deprecated",
    (version, was, { deprecated }) =>
      was || deprecated === undefined || deprecated.extended !== undefined
        ? { effect: "grant", what: `deprecation of ${version} ${endOf(deprecated)}` }
        : { effect: "reduce", what: `${version} deprecated` },
  ],
  ["retry", version => ({ effect: "grant", what: `retry of ${version}` })],
  ["reviewed", version => ({ effect: "grant", what: `review of ${version}` })],
]

function endOf(deprecated: VersionDecision["deprecated"]): string {
  if (deprecated === undefined) return "removed"
  return deprecated.extended === undefined ? "changed" : "put off"
}

function compareChannels(before: Bundle, after: Bundle, { standing }: BundleScene): readonly Difference[] {
  return [...new Set([...before.channels.keys(), ...after.channels.keys()])].flatMap((name): readonly Difference[] => {
    const [was, is] = [before.channels.get(name), after.channels.get(name)]
    if (sameMeaning(was, is)) return []
    if (was === undefined || is === undefined) {
      return [promotion("grant", `channel ${name} ${was === undefined ? "added" : "removed"}`)]
    }
    const { pin: old, ...rest } = was
    const { pin, ...other } = is
    return [
      ...(sameMeaning(rest, other) ? [] : [promotion("grant", `channel ${name} changed`)]),
      ...(sameMeaning(old, pin) ? [] : [pinDifference(name, was, is, standing(after.fullName, name))]),
    ]
  })
}

/** To hold a channel where it is, or to lead it back, takes something away. Where it stands has to be known for that. */
function pinDifference(name: ChannelName, was: ChannelRule, is: ChannelRule, current: string | undefined): Difference {
  if (is.pin === undefined) return promotion("grant", `channel ${name} no longer held`)
  const { version } = is.pin
  const from = was.pin?.version ?? current
  const back = from !== undefined && (isLower(version, from) || (was.pin === undefined && version === from))
  const held = current === undefined ? {} : { held: { channel: name, stood: current } }
  const what = `channel ${name} held at ${version}${from === undefined ? "" : `, was ${from}`}`
  return { ...promotion(back ? "reduce" : "grant", what), ...held }
}

function compareBumps({ bump: was }: Bundle, { bump: is }: Bundle): readonly Difference[] {
  if (was === is) return []
  const kind = is === undefined || is === "renewal" ? "patch" : is
  return [{ class: kind, effect: "grant", what: `the next release is at least ${is ?? "what it is by itself"}` }]
}

function compareOverrides(before: Bundle, after: Bundle): readonly Difference[] {
  const only = (these: Bundle, those: Bundle) =>
    these.overrides.filter(each => !those.overrides.some(other => sameMeaning(each, other)))
  return [
    ...only(after, before).map(({ gate }) => promotion("grant", `gate ${gate} opened by hand`)),
    ...only(before, after).map(({ gate }) => promotion("reduce", `gate ${gate} no longer opened by hand`)),
  ]
}

function compareReissues({ reissue: was }: Bundle, { reissue: is }: Bundle): readonly Difference[] {
  if (sameMeaning(was, is)) return []
  return [{ class: "patch", effect: "grant", what: is === undefined ? "reissue removed" : "to be issued again" }]
}

function promotion(effect: Difference["effect"], what: string): Difference {
  return { class: "promotion", effect, what }
}
