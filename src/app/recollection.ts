import { sha256 } from "../artifact/digest.ts"
import type { Instant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import { lazyMap } from "../domain/lazy-map.ts"
import type { BundleName } from "../domain/names.ts"
import type { Notes } from "../domain/notes.ts"
import type { StandingDecision } from "../domain/plan/decisions.ts"
import type { Desired } from "../domain/plan/desired.ts"
import type { PlanIntent } from "../domain/plan/plan.ts"
import type { Invalidation } from "../domain/release.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Tree } from "../ports.ts"

interface NotedDecision {
  readonly decision: StandingDecision
  /** When it was made: an earlier instant may have another. */
  readonly at: Instant
  /** Of what all decisions depend on and of the states of all that this one looked at. */
  readonly sha256: string
}

/** The state in which a plan finds things: equal texts, equal things. */
export interface Circumstances {
  /** What all decisions depend on. */
  readonly common: string
  /** Of what one decision looked at. */
  state(looked: string): string
}

/** All of it that the names of its files do not tell. */
type Facts = { readonly [Name in Exclude<keyof Desired, "bundle" | "input">]: Desired[Name] | undefined }

/** Undefined where contents have no names, or campaigns make decisions depend on each other. */
export function circumstancesOf(
  tree: Tree,
  intent: PlanIntent,
  ledgerIds: ReadonlyMap<string, string>,
  invalidations: readonly Invalidation[],
): Circumstances | undefined {
  const { ids } = tree
  if (ids === undefined || intent.policies.campaigns.size > 0) return undefined
  const { desired, health } = intent
  const wanted = (bundle: BundleName): string => {
    const each = desired.get(bundle)
    if (each === undefined) return ""
    const { bundle: own, inputDigest, issuerEndsAt, servers } = each
    const cluster = own.file.replace(/[^/]+$/, "cluster.yaml")
    const facts = { inputDigest, issuerEndsAt, servers } satisfies Facts
    return JSON.stringify([ids.get(own.file), ids.get(cluster), facts])
  }
  const members = new Map<string, BundleName[]>()
  for (const { bundle } of desired.values()) {
    const others = members.get(bundle.application)
    if (others === undefined) members.set(bundle.application, [bundle.fullName])
    else others.push(bundle.fullName)
  }
  const applications = lazyMap(members.keys(), application =>
    (members.get(application) ?? []).map(bundle => `${bundle} ${wanted(bundle)}`).join("\n"),
  )
  return {
    common: sha256(encodeUtf8(JSON.stringify([intent.policyDigest, [...intent.matrix], invalidations]))),
    state(looked) {
      const [kind = "", name = ""] = looked.split(" ")
      switch (kind) {
        case "desired":
          return wanted(name as BundleName)
        case "application":
          return applications.get(name) ?? ""
        case "history":
          return ledgerIds.get(`bundles/${name}.yaml`) ?? ""
        case "health":
          return JSON.stringify(health.filter(fact => fact.bundle === name))
        default:
          throw new Error(`a decision looked at ${looked}`)
      }
    },
  }
}

function inForce(notes: Notes, bundle: BundleName, now: Instant): NotedDecision | undefined {
  const noted = notes.get("decision", bundle) as unknown as NotedDecision | undefined
  if (noted === undefined || now < noted.at) return undefined
  const { nextAt } = noted.decision
  return nextAt !== undefined && nextAt <= now ? undefined : noted
}

/** Of the decisions that are noted those that stand. */
export function recalled(
  notes: Notes,
  circumstances: Circumstances,
  desired: Iterable<BundleName>,
  now: Instant,
): ReadonlyMap<BundleName, StandingDecision> {
  const standing = new Map<BundleName, StandingDecision>()
  for (const bundle of desired) {
    const noted = inForce(notes, bundle, now)
    if (noted !== undefined && noted.sha256 === digestOf(noted.decision, circumstances)) {
      standing.set(bundle, noted.decision)
    }
  }
  return standing
}

export function note(
  notes: Notes,
  circumstances: Circumstances,
  made: ReadonlyMap<BundleName, StandingDecision>,
  at: Instant,
): void {
  for (const [bundle, decision] of made) {
    const noted: NotedDecision = { decision, at, sha256: digestOf(decision, circumstances) }
    notes.set("decision", bundle, noted as unknown as Json)
  }
}

function digestOf({ looked }: StandingDecision, { common, state }: Circumstances): string {
  return sha256(encodeUtf8([common, ...looked.map(state)].join("\n")))
}
