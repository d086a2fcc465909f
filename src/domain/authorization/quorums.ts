import { type PeoplePolicy, type Principal, resolvePrincipals } from "../policies.ts"
import type { ApprovalsPolicy, Quorum } from "./approvals-policy.ts"
import type { ChangeItem, QuorumState } from "./decision.ts"
import type { Requirement } from "./requirements.ts"
import { mayDo, type Place } from "./roles.ts"

export interface Electorate {
  readonly policy: Pick<ApprovalsPolicy, "roles">
  readonly people: PeoplePolicy
}

/** Who may fill a quorum: people of its group with the right to approve everything that the rule is about. */
export function eligibleFor(
  { from }: Quorum,
  items: readonly ChangeItem[],
  electorate: Electorate,
): readonly Principal[] {
  const places = placesOf(items)
  return asked({ from }, electorate.people).filter(person =>
    places.every(place => mayDo("approve", person, place, electorate)),
  )
}

/** People of a group, or the one person that it names. */
export function asked({ from }: Pick<Quorum, "from">, people: PeoplePolicy): readonly Principal[] {
  return resolvePrincipals(people, [from]).filter(({ kind }) => kind === "person")
}

/**
 * How far the quorums of one rule are. Nobody fills two of them: two of `database` and one of `security` are three
 * people. Who is in both is counted where he is needed.
 */
export function quorumStates(
  { rule, require, items }: Requirement,
  approving: ReadonlySet<Principal>,
  contributors: ReadonlySet<Principal>,
  electorate: Electorate,
): readonly QuorumState[] {
  const eligible = require.map(quorum => eligibleFor(quorum, items, electorate))
  const counted = assign(
    require.map(({ count }) => count),
    require.map((_, index) => names((eligible[index] ?? []).filter(person => approving.has(person)))),
  )
  return require.map((quorum, index) => {
    const own = counted[index] ?? []
    const missing = quorum.count - own.length
    const others = (eligible[index] ?? []).filter(person => !approving.has(person) && !contributors.has(person))
    return { ...quorum, rule, counted: own, missing, candidates: missing === 0 ? [] : names(others) }
  })
}

/**
 * People to quorums, each to one, so that as many places as possible are taken: the augmenting paths of Kuhn. The
 * answer is names by quorum, sorted; it does not depend on the order in which people approved.
 */
export function assign(
  counts: readonly number[],
  willing: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const taken = counts.map((): string[] => [])
  const seat = (person: string, tried: Set<number>): boolean => {
    for (const [quorum, members] of taken.entries()) {
      if (tried.has(quorum) || willing[quorum]?.includes(person) !== true) continue
      tried.add(quorum)
      const full = members.length >= (counts[quorum] ?? 0)
      const moved = full ? members.find(each => seat(each, tried)) : undefined
      if (full && moved === undefined) continue
      if (moved !== undefined) members.splice(members.indexOf(moved), 1)
      members.push(person)
      return true
    }
    return false
  }
  for (const person of [...new Set(willing.flat())].sort()) seat(person, new Set())
  return taken.map(members => [...members].sort())
}

function placesOf(items: readonly ChangeItem[]): readonly Place[] {
  return [...new Map(items.map(item => [`${item.cluster} ${item.environment} ${item.version}`, item])).values()]
}

function names(people: readonly Principal[]): readonly string[] {
  return people.map(({ name }) => name).sort()
}
