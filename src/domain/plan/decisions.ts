import type { Finding } from "../findings.ts"
import type { Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import { revocationOf } from "../release.ts"
import type { ChannelWait } from "../rollout/channel.ts"
import { momentAt } from "./moment.ts"
import type { Scene } from "./planning.ts"
import type { Step } from "./steps.ts"
import { watchedMap } from "./watched-map.ts"

/** What was decided about one bundle. */
export interface Decided {
  readonly steps: readonly Step[]
  readonly waits: readonly ChannelWait[]
  readonly findings: readonly Finding[]
}

/** A decision that there is nothing to do: it stands until `nextAt`, and as long as nothing changes that it looked at. */
export interface StandingDecision extends Omit<Decided, "steps"> {
  readonly nextAt?: Instant
  /** e.g. `history payments-prod/checkout`, `application checkout`, `health payments-prod/checkout`. */
  readonly looked: readonly string[]
}

/**
 * Decides, and notes what the decision looked at. No {@link StandingDecision} comes of it where there is something to do,
 * where a version is revoked, which people are told again and again, or where all bundles count at once, as in a campaign.
 */
export function watchDecision(
  scene: Scene,
  bundle: BundleName,
  decide: (scene: Scene) => Decided,
): Decided | StandingDecision {
  const looked = new Set([`desired ${bundle}`])
  let everything = scene.turns.size > 0
  const watched = <V>(kind: string, map: ReadonlyMap<string, V>): ReadonlyMap<string, V> =>
    watchedMap(map, key => {
      if (key === undefined) everything = true
      else looked.add(`${kind} ${key}`)
    })
  const moment = momentAt(scene.moment.now)
  const decided = decide({
    ...scene,
    desired: watched("desired", scene.desired) as Scene["desired"],
    applications: watched("application", scene.applications),
    ledger: { ...scene.ledger, bundles: watched("history", scene.ledger.bundles) as Scene["ledger"]["bundles"] },
    live: watchedMap(scene.live, () => {
      everything = true
    }),
    health: watched("health", scene.health) as Scene["health"],
    moment,
  })
  const { steps, ...rest } = decided
  const nextAt = moment.next()
  if (nextAt !== undefined) scene.moment.reached(nextAt)
  if (everything || steps.length > 0 || hasRevoked(scene, bundle)) return decided
  return { ...rest, looked: [...looked].sort(), ...(nextAt === undefined ? {} : { nextAt }) }
}

function hasRevoked({ ledger }: Scene, bundle: BundleName): boolean {
  const history = ledger.bundles.get(bundle)
  return history?.releases.some(({ version }) => revocationOf(ledger.invalidations, history, version)) ?? false
}
