import { type Estimate, estimate, type Requests } from "../domain/forge/estimate.ts"
import { githubLimits } from "../domain/forge/limits.ts"
import { isWaveLayout, planWaves, type StagedVersion, type WaveLimits } from "../domain/forge/waves.ts"
import { type Plan, releaseSteps } from "../domain/plan/plan.ts"
import type { ReleaseTarget } from "../domain/policies.ts"
import type { Releases } from "../ports.ts"
import { readSoundRepository } from "./read-repository.ts"
import type { World } from "./world.ts"

type Layout = "per-version" | "wave"

/** What publishing takes, by the layout that the policy chooses and by the other one. */
export interface PublishEstimate {
  readonly versions: number
  /** Of files. */
  readonly bytes: number
  /** That the policy leads to; a directory asks nobody. */
  readonly layout: Layout | "directory"
  readonly layouts: Readonly<Record<Layout, LayoutEstimate>>
}

export interface LayoutEstimate extends Estimate {
  /** What watchers are told of. */
  readonly notices: number
}

/** Requests of a reading kind before the first release: the repository, and a page of the list for each hundred releases. */
const BEFORE = 2
/** A release lists its first assets; from so many on they are asked for by the page. */
const ASSETS_SHOWN = 30
const PAGE = 100

/** What a build takes to be published where the policy of HEAD says. */
export async function estimateBuild(world: World, plan: Plan, staged: Releases): Promise<PublishEstimate> {
  const { tree } = await world.workspace.readCommit()
  const { repository } = await readSoundRepository(tree, world)
  return estimatePublish(plan, staged, repository.policies.distribution.releases)
}

/** What is staged for a plan, counted in requests and in time within GitHub's limits. Asks nobody. */
export async function estimatePublish(
  plan: Plan,
  staged: Releases,
  target: ReleaseTarget,
  requestsPerHour?: number,
): Promise<PublishEstimate> {
  const versions: StagedVersion[] = []
  for (const { bundle, version } of releaseSteps(plan)) {
    const files = await staged.find(bundle, version)
    if (files !== undefined) versions.push({ bundle, version, files })
  }
  const limits = githubLimits(requestsPerHour)
  const waves = wavesRequests(versions)
  return {
    versions: versions.length,
    bytes: versions.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0),
    layout: layoutOf(target, versions.length),
    layouts: {
      "per-version": { ...estimate(versionsRequests(versions), limits), notices: versions.length },
      wave: { ...estimate(waves.requests, limits), notices: waves.count },
    },
  }
}

function layoutOf(target: ReleaseTarget, versions: number): PublishEstimate["layout"] {
  if (target.kind === "directory") return "directory"
  return isWaveLayout(target, versions) ? "wave" : "per-version"
}

/** A draft, its files, a look at what has arrived, and publishing. */
export function versionsRequests(versions: readonly StagedVersion[]): Requests {
  if (versions.length === 0) return { read: 0, create: 0, write: 0 }
  const files = versions.reduce((sum, version) => sum + version.files.length, 0)
  return { read: BEFORE + versions.length, create: versions.length + files, write: versions.length }
}

/** The same of each wave, whose files are its shards and a list a cluster; and one look at all when they are done. */
export function wavesRequests(
  versions: readonly StagedVersion[],
  limits?: WaveLimits,
): { readonly requests: Requests; readonly count: number } {
  const waves = planWaves(versions, limits)
  if (waves.length === 0) return { requests: { read: 0, create: 0, write: 0 }, count: 0 }
  const assets = waves.map(({ shards, clusters }) => shards.length + clusters.length)
  const pages = assets.map(count => (count < ASSETS_SHOWN ? 0 : Math.ceil(count / PAGE)))
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
  const clusters = sum(waves.map(wave => wave.clusters.length))
  return {
    count: waves.length,
    requests: {
      // each look, when it has arrived, when it is published and in the list of all, shows its assets
      read: BEFORE + waves.length + 3 * sum(pages) + 1 + clusters,
      create: waves.length + sum(assets),
      write: waves.length,
    },
  }
}
