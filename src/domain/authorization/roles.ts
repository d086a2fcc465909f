import satisfiesRange from "semver/functions/satisfies.js"
import { type PeoplePolicy, type Principal, resolvePrincipals } from "../policies.ts"
import { matchesGlob } from "../revocation/selector.ts"
import type { ApprovalsPolicy, Right, Role } from "./approvals-policy.ts"
import type { Actor } from "./evidence.ts"

/** What a right is asked for. Something that is nowhere in particular, such as a policy, has no cluster. */
export interface Place {
  readonly cluster?: string
  readonly environment?: string
  readonly version?: string
}

/**
 * Whether somebody may do something somewhere. A right that no role speaks of is everybody's in policies/people.yaml;
 * one that a role speaks of belongs to those to whom a role gives it there. A limit is not met by what has no such value.
 */
export function mayDo(
  right: Right,
  who: Principal,
  where: Place,
  { policy: { roles }, people }: { readonly policy: Pick<ApprovalsPolicy, "roles">; readonly people: PeoplePolicy },
): boolean {
  const giving = [...roles.values()].filter(role => role.may.includes(right))
  if (giving.length === 0) return people.principals.has(who.name)
  return giving.some(role => resolvePrincipals(people, role.members).includes(who) && covers(role, where))
}

function covers({ clusters, environments, versions }: Role, { cluster, environment, version }: Place): boolean {
  return (
    (clusters === undefined || (cluster !== undefined && clusters.some(glob => matchesGlob(glob, cluster)))) &&
    (environments === undefined || (environment !== undefined && environments.includes(environment))) &&
    (versions === undefined || (version !== undefined && satisfiesRange(version, versions)))
  )
}

/**
 * Whom an actor is known as: by GitHub id or by OpenPGP key, never by a name. Undefined for strangers, and for one who
 * is one person by id and another by key. Principals that share an id or a key are one.
 */
export function principalOf({ github, openpgp }: Actor, { principals }: PeoplePolicy): Principal | undefined {
  const all = [...principals.values()]
  const first = (own: Principal | undefined) => own && all.find(each => isSame(each, own))
  const byId = first(github === undefined ? undefined : all.find(each => each.github === github))
  const byKey = first(openpgp === undefined ? undefined : all.find(each => each.openpgp?.fingerprint === openpgp))
  if (byId !== undefined && byKey !== undefined && byId !== byKey) return undefined
  return byId ?? byKey
}

function isSame(a: Principal, b: Principal): boolean {
  if (a === b || (a.github !== undefined && a.github === b.github)) return true
  return a.openpgp !== undefined && a.openpgp.fingerprint === b.openpgp?.fingerprint
}
