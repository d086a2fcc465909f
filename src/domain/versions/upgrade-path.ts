import type { Moment } from "../plan/moment.ts"
import { deathOf, standingOf } from "../plan/standing.ts"
import type { BundleHistory, Invalidation, ReleaseInput } from "../release.ts"

/** What keeps users of one version from changing to another while some still have the first. */
export interface Obstacle {
  readonly member: string
  readonly why: string
}

/** How users of `from` get to `to` so that at every moment servers can serve all of them. */
export interface UpgradePath {
  readonly from: string
  readonly to: string
  /** Versions on the way, in order; empty for a single step. */
  readonly through: readonly string[]
  /** Of the single step, where there is no safe way; empty otherwise. */
  readonly obstacles: readonly Obstacle[]
}

export interface Waypoint {
  readonly version: string
  readonly input: ReleaseInput
  /** Neither revoked nor expired nor at its end: fit to be passed through. */
  readonly usable: boolean
}

/** All that was released, oldest first. */
export function waypointsOf(
  invalidations: readonly Invalidation[],
  history: BundleHistory,
  moment: Moment,
): readonly Waypoint[] {
  return history.releases.map(release => ({
    version: release.version,
    input: release.input,
    usable: deathOf(standingOf(invalidations, history, release, moment)) === undefined,
  }))
}

/** To a version that comes after `earlier`, from each of them that is of use to anybody. */
export function upgradesTo(next: Waypoint, earlier: readonly Waypoint[]): readonly Omit<UpgradePath, "to">[] {
  return earlier
    .filter(({ usable }) => usable)
    .flatMap(({ version }) => {
      const path = upgradePath([...earlier, next], version, next.version)
      return path === undefined ? [] : [{ from: path.from, through: path.through, obstacles: path.obstacles }]
    })
}

/**
 * While a fleet changes from one version to the next, the same servers meet both. Whatever can stand side by side on
 * them (two endpoints, two identities, two issuers) is no obstacle.
 */
const OBSTACLES: readonly ((before: ReleaseInput, after: ReleaseInput) => Obstacle | undefined)[] = [
  ({ cluster: { trust: was } }, { cluster: { trust: is } }) =>
    was.some(root => is.includes(root))
      ? undefined
      : {
          member: "cluster.trust",
          why: "no root is trusted by both: whatever certificate a server shows, one of them refuses it",
        },
  ({ cluster: { trust: was }, bundle }, { cluster: { trust: is }, bundle: next }) =>
    was[0] === is[0] || ![bundle, next].every(({ drivers }) => drivers.includes("csharp"))
      ? undefined
      : {
          member: "cluster.trust",
          why: "C# trusts the first root alone, and that differs: it changes together with the servers",
        },
  ({ cluster: was }, { cluster: is }) =>
    was.authentication === is.authentication
      ? undefined
      : {
          member: "cluster.authentication",
          why: "a cluster has one authenticator: it changes together with the applications",
        },
]

export function obstaclesBetween(before: ReleaseInput, after: ReleaseInput): readonly Obstacle[] {
  return OBSTACLES.flatMap(obstacle => obstacle(before, after) ?? [])
}

/**
 * The shortest safe way over versions that lie between the two, oldest first in `releases`. Works backwards too.
 * Undefined when one of the two was never released.
 */
export function upgradePath(releases: readonly Waypoint[], from: string, to: string): UpgradePath | undefined {
  const start = releases.findIndex(({ version }) => version === from)
  const goal = releases.findIndex(({ version }) => version === to)
  const [first, last] = [releases[start], releases[goal]]
  if (first === undefined || last === undefined) return undefined
  const direct = obstaclesBetween(first.input, last.input)
  if (direct.length === 0) return { from, to, through: [], obstacles: [] }
  const between = releases.slice(Math.min(start, goal), Math.max(start, goal) + 1)
  const ordered = start <= goal ? between : between.toReversed()
  const way = shortestWay(ordered.filter(each => each.usable || each === first || each === last))
  if (way !== undefined) return { from, to, through: way.slice(1, -1).map(({ version }) => version), obstacles: [] }
  return { from, to, through: [], obstacles: direct }
}

/** From the first to the last, never turning back; undefined when some step on every way has an obstacle. */
function shortestWay(points: readonly Waypoint[]): readonly Waypoint[] | undefined {
  const ways: (readonly Waypoint[])[] = []
  for (const point of points) {
    const arriving = ways.filter(way => isSafe(way.at(-1), point)).toSorted((a, b) => a.length - b.length)
    const [shortest] = ways.length === 0 ? [[]] : arriving
    if (shortest !== undefined) ways.push([...shortest, point])
  }
  const last = ways.at(-1)
  return last?.at(-1) === points.at(-1) ? last : undefined
}

function isSafe(before: Waypoint | undefined, after: Waypoint): boolean {
  return before !== undefined && obstaclesBetween(before.input, after.input).length === 0
}
