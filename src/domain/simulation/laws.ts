import isLater from "semver/functions/gt.js"
import type { CatalogIndex } from "../catalog.ts"
import { formatInstant, type Instant } from "../instant.ts"
import type { BundleName } from "../names.ts"
import type { Desired } from "../plan/desired.ts"
import { type Moment, momentAt } from "../plan/moment.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import { type BundleHistory, type LedgerState, PHASES, revocationOf } from "../release.ts"
import { channelState, channelTarget } from "../rollout/channels.ts"
import { type Fault, isInOutageOf } from "./faults.ts"

/** A law that did not hold, for the first time at `at`. */
export interface Violation {
  readonly law: string
  readonly at: Instant
  readonly subject: string
  readonly message: string
}

type Law<Facts> = readonly [
  name: string,
  broken: (facts: Facts) => Iterable<readonly [subject: string, message: string]>,
]

interface Rest {
  readonly ledger: LedgerState
  readonly catalog: CatalogIndex | undefined
  readonly desired: ReadonlyMap<BundleName, Desired>
  readonly faults: readonly Fault[]
  readonly moment: Moment
}

/** What must be so at every instant, whether a run comes then or not. */
const LAWS_OF_REST: readonly Law<Rest>[] = [
  [
    "no live bundle expires without an outage of a third of its life",
    function* ({ ledger, desired, faults, moment }) {
      for (const { bundle, issuerEndsAt } of desired.values()) {
        const history = ledger.bundles.get(bundle.fullName)
        if (history === undefined || history.releases.length === 0) continue
        if (isInOutageOf(bundle.lifetime / 3, moment.now, faults)) continue
        const why = issuerEndsAt === undefined || !moment.reached(issuerEndsAt) ? "" : ", and so has its issuer"
        for (const [name, { pin }] of bundle.channels) {
          if (pin !== undefined || channelState(history, name) === undefined) continue
          const state = channelTarget(ledger.invalidations, history, name, moment)
          if (state === undefined && diedOfAge(ledger, history, name, moment))
            yield [`${history.bundle} ${name}`, `its version has expired${why}`]
        }
      }
    },
  ],
  [
    "clients always have a catalog to believe",
    function* ({ catalog, moment }) {
      if (catalog !== undefined && moment.reached(catalog.expiresAt))
        yield ["catalog", `expired at ${formatInstant(catalog.expiresAt)}`]
    },
  ],
]

function diedOfAge({ invalidations }: LedgerState, history: BundleHistory, channel: string, moment: Moment): boolean {
  const version = channelState(history, channel)?.version
  const release = history.releases.find(each => each.version === version)
  return release !== undefined && deathOf(standingOf(invalidations, history, release, moment)) === "expired"
}

interface Change {
  readonly before: LedgerState
  readonly after: LedgerState
  /** Bundles of which something was written. */
  readonly written: readonly (readonly [BundleHistory | undefined, BundleHistory])[]
  readonly moment: Moment
}

/** What must be so of every transaction. */
const LAWS_OF_CHANGE: readonly Law<Change>[] = [
  [
    "the epoch and the sequence never fall",
    function* ({ before, after }) {
      if (after.epoch < before.epoch) yield ["ledger", `epoch ${before.epoch} became ${after.epoch}`]
      if (after.sequence < before.sequence) yield ["ledger", `sequence ${before.sequence} became ${after.sequence}`]
    },
  ],
  [
    "a channel never points at a dead version",
    function* ({ after, written, moment }) {
      for (const [, history] of written) {
        for (const channel of new Set(history.moves.map(move => move.channel))) {
          const state = channelState(history, channel)
          for (const version of [state?.version, state?.ahead?.version]) {
            const release = history.releases.find(each => each.version === version)
            if (version === undefined) continue
            const death = release && deathOf(standingOf(after.invalidations, history, release, moment))
            if (release === undefined || death !== undefined) {
              yield [`${history.bundle} ${channel}`, `points at ${version}, which is ${death ?? "not there"}`]
            }
          }
        }
      }
    },
  ],
  [
    "nothing is un-revoked",
    function* ({ before, after, written }) {
      for (const [old, history] of written) {
        for (const { version } of old?.releases ?? []) {
          if (old === undefined || revocationOf(before.invalidations, old, version) === undefined) continue
          if (revocationOf(after.invalidations, history, version) === undefined)
            yield [history.bundle, `${version} is good again`]
        }
      }
    },
  ],
  [
    "a version number never means two contents",
    function* ({ written }) {
      for (const [old, { bundle, releases }] of written) {
        for (const [index, { version, manifest }] of (old?.releases ?? []).entries()) {
          const now = releases[index]
          if (now?.version !== version || now.manifest.sha256 !== manifest.sha256)
            yield [bundle, `${version} has changed`]
        }
        for (const [index, { version }] of releases.entries()) {
          const last = releases[index - 1]
          if (last !== undefined && !isLater(version, last.version))
            yield [bundle, `${version} comes after ${last.version}`]
        }
      }
    },
  ],
  [
    "a phase never goes back",
    function* ({ written }) {
      for (const [, { bundle, marks }] of written) {
        for (const [index, { version, kind }] of marks.entries()) {
          const rank = rankOf(kind)
          const earlier = marks.slice(0, index).filter(mark => mark.version === version)
          if (rank !== -1 && earlier.some(mark => rankOf(mark.kind) >= rank)) {
            yield [bundle, `${version} became ${kind} after a later phase`]
          }
        }
      }
    },
  ],
]

/** What is wrong at an instant at which nothing happens. */
export function lawsOfRest(facts: Omit<Rest, "moment">, at: Instant): readonly Violation[] {
  return broken(LAWS_OF_REST, { ...facts, moment: momentAt(at) }, at)
}

/** What is wrong with a transaction. */
export function lawsOfChange(before: LedgerState, after: LedgerState, at: Instant): readonly Violation[] {
  const written = [...after.bundles.values()].flatMap(history => {
    const old = before.bundles.get(history.bundle)
    return old === history ? [] : [[old, history] as const]
  })
  return broken(LAWS_OF_CHANGE, { before, after, written, moment: momentAt(at) }, at)
}

function broken<F>(laws: readonly Law<F>[], facts: F, at: Instant): readonly Violation[] {
  return laws.flatMap(([law, test]) => [...test(facts)].map(([subject, message]) => ({ law, at, subject, message })))
}

/** -1 for what is no phase. */
function rankOf(kind: string): number {
  return (PHASES as readonly string[]).indexOf(kind)
}
