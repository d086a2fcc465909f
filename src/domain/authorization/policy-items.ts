import type { Duration } from "../duration.ts"
import { formatInstant } from "../instant.ts"
import type { PeoplePolicy, Policies, RolloutPolicy } from "../policies.ts"
import type { Repository } from "../repository.ts"
import type { Campaign } from "../revocation/campaigns.ts"
import { matchesGlob, type Selector } from "../revocation/selector.ts"
import type { ApprovalsPolicy } from "./approvals-policy.ts"
import type { ChangeItem } from "./decision.ts"
import { type Emergency, isBounded } from "./emergency.ts"
import { listDifference, sameMeaning } from "./meaning.ts"

type Item = Omit<ChangeItem, "path">

/** What is other in a policy that has only one file. */
export function policyItems(name: string, before: Repository | undefined, after: Repository): readonly Item[] {
  if (!isSingle(name)) return [grant(`policies/${name}.yaml changed`)]
  const [was, is] = [before?.policies[name], after.policies[name]]
  if (sameMeaning(was, is)) return [neutral(name)]
  if (before === undefined || was === undefined || is === undefined) {
    return [grant(`${name}: ${is === undefined ? "removed" : "added"}`)]
  }
  switch (name) {
    case "people":
      return peopleItems(before, after)
    case "rollout":
      return rolloutItems(before.policies.rollout, after.policies.rollout)
    default:
      return [grant(`${name}: changed`)]
  }
}

/** The types see to it that none is forgotten. */
const SINGLE: Readonly<Record<Exclude<keyof Policies, "campaigns" | "advisories" | "emergencies">, true>> = {
  people: true,
  cryptography: true,
  drivers: true,
  distribution: true,
  renewal: true,
  versioning: true,
  lifecycle: true,
  rollout: true,
  health: true,
  quality: true,
  notifications: true,
  approvals: true,
}

function isSingle(name: string): name is keyof typeof SINGLE {
  return Object.hasOwn(SINGLE, name)
}

/** To leave takes rights away, except where one was among those who say no: then others get more. */
function peopleItems(before: Repository, after: Repository): readonly Item[] {
  const [was, is] = [before.policies.people, after.policies.people]
  const electors = electorate([before.policies.approvals, after.policies.approvals], [was, is])
  const leave = (what: string, name: string, group?: string): Item =>
    electors.has(name) && (group === undefined || electors.has(group))
      ? grant(`${what}, who is among those who approve`)
      : { class: "policy", effect: "reduce", what, touches: openedBy(before, group ?? name) }
  const principals = listDifference([...was.principals.keys()], [...is.principals.keys()])
  const groups = listDifference([...was.groups.keys()], [...is.groups.keys()])
  const items = [
    ...principals.added.map(name => grant(`people: ${name} added`)),
    ...principals.removed.map(name => leave(`people: ${name} removed`, name)),
    ...[...is.principals].flatMap(([name, principal]) =>
      !was.principals.has(name) || sameMeaning(was.principals.get(name), principal)
        ? []
        : grant(`people: ${name} changed`),
    ),
    ...groups.added.map(name => grant(`people: group ${name} added`)),
    ...[...new Set([...was.groups.keys(), ...is.groups.keys()])].flatMap(group => {
      const members = listDifference(was.groups.get(group) ?? [], is.groups.get(group) ?? [])
      return [
        ...members.added.map(name => grant(`people: ${name} added to ${group}`)),
        ...members.removed.map(name => leave(`people: ${name} removed from ${group}`, name, group)),
      ]
    }),
    ...groups.removed
      .filter(group => was.groups.get(group)?.length === 0)
      .map(group => grant(`people: group ${group} removed`)),
    ...(sameMeaning(was.teams ?? new Map(), is.teams ?? new Map()) ? [] : [grant("people: teams changed")]),
  ]
  return items.length === 0 ? [neutral("people")] : items
}

/** Names of groups and principals that quorums and roles speak of, and of those in these groups. */
function electorate(
  policies: readonly (ApprovalsPolicy | undefined)[],
  people: readonly PeoplePolicy[],
): ReadonlySet<string> {
  const named = policies.flatMap(policy => (policy === undefined ? [] : namesIn(policy)))
  return new Set([...named, ...people.flatMap(({ groups }) => named.flatMap(name => groups.get(name) ?? []))])
}

/** Every group or principal that a policy speaks of. */
export function namesIn({ rules, otherwise, reductions, emergency, roles }: ApprovalsPolicy): readonly string[] {
  const quorums = [
    ...rules.flatMap(rule => rule.require),
    ...otherwise,
    ...reductions.require,
    ...(emergency?.require ?? []),
  ]
  return [...quorums.map(({ from }) => from), ...[...roles.values()].flatMap(({ members }) => members)]
}

/** Bundles whose recipients name somebody, or a group of which they are. */
function openedBy({ bundles, policies }: Repository, name: string): readonly string[] {
  const names = new Set([
    name,
    ...[...policies.people.groups].filter(([, members]) => members.includes(name)).map(([group]) => group),
  ])
  return [...bundles.values()]
    .filter(({ recipients }) => recipients.some(each => names.has(each)))
    .map(each => each.fullName)
}

function rolloutItems(before: RolloutPolicy, after: RolloutPolicy): readonly Item[] {
  const added = after.freezes.filter(freeze => !before.freezes.some(each => sameMeaning(each, freeze)))
  const same = sameMeaning({ ...after, freezes: after.freezes.filter(freeze => !added.includes(freeze)) }, before)
  return [
    ...added.map(
      ({ name }): Item => ({ class: "policy", effect: "reduce", what: `rollout: freeze ${name} added`, touches: [] }),
    ),
    ...(same ? [] : [grant("rollout: changed")]),
  ]
}

/** One of many decisions of one kind. */
export function campaignItems(name: string, before: Repository | undefined, after: Repository): readonly Item[] {
  const [was, is] = [before?.policies.campaigns.get(name), after.policies.campaigns.get(name)]
  if (was !== undefined && sameMeaning(was, is)) return [neutral(`campaign ${name}`, "mark")]
  const what = `campaign ${name} ${was === undefined ? "added" : is === undefined ? "removed" : "changed"}`
  if (was !== undefined || is === undefined || is.revocation === undefined)
    return [{ class: "mark", effect: "grant", what }]
  return [{ class: "mark", effect: "reduce", what, touches: selectable(is, after) }]
}

/** All bundles that a campaign could meet: what only the ledger knows narrows nothing here. */
function selectable({ select }: Campaign, { bundles, clusters }: Repository): readonly string[] {
  const { clusters: names, bundles: globs, environments, owners }: Selector = select
  return [...bundles.values()]
    .filter(
      ({ cluster, fullName, owner }) =>
        (names?.includes(cluster) ?? true) &&
        (globs?.some(glob => matchesGlob(glob, fullName)) ?? true) &&
        (environments?.includes(clusters.get(cluster)?.environment ?? "") ?? true) &&
        (owners?.includes(owner) ?? true),
    )
    .map(({ fullName }) => fullName)
}

export function advisoryItems(name: string, before: Repository | undefined, after: Repository): readonly Item[] {
  const [was, is] = [before?.policies.advisories.get(name), after.policies.advisories.get(name)]
  if (was !== undefined && sameMeaning(was, is)) return [neutral(`advisory ${name}`)]
  return [grant(`advisory ${name} ${was === undefined ? "added" : is === undefined ? "removed" : "changed"}`)]
}

/**
 * To declare one needs those for whom it is meant; to prolong, to rewrite or to review it needs all. So does another one
 * with which those that nobody has reviewed would last longer than one may: it would be the same, prolonged.
 */
export function emergencyItems(name: string, before: Repository | undefined, after: Repository): readonly Item[] {
  const [was, is] = [before?.policies.emergencies.get(name), after.policies.emergencies.get(name)]
  if (was !== undefined && sameMeaning(was, is)) return [neutral(`emergency ${name}`)]
  if (is === undefined) return [grant(`emergency ${name} removed`)]
  if (was !== undefined) return [grant(`emergency ${name} ${isReview(was, is) ? "reviewed" : "changed"}`)]
  const what = `emergency ${name} declared until ${formatInstant(is.until)}`
  const policy = before?.policies.approvals?.emergency
  const isSound =
    policy !== undefined &&
    is.reviewed === undefined &&
    isBounded(is, policy) &&
    unreviewedTime(after.policies.emergencies) <= policy.maximum
  return [isSound ? { ...grant(what), declares: "emergency" } : grant(what)]
}

function unreviewedTime(emergencies: Policies["emergencies"]): Duration {
  return [...emergencies.values()]
    .filter(({ reviewed }) => reviewed === undefined)
    .reduce((sum, { from, until }) => sum + Math.max(0, until - from), 0)
}

function isReview({ reviewed: old, ...was }: Emergency, { reviewed, ...is }: Emergency): boolean {
  return old === undefined && reviewed !== undefined && sameMeaning(was, is)
}

function grant(what: string): Item {
  return { class: "policy", effect: "grant", what }
}

function neutral(name: string, kind: Item["class"] = "policy"): Item {
  return { class: kind, effect: "neutral", what: `${name}: means the same as before` }
}
