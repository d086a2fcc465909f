import { inputOfBundle } from "../artifact/bundle-input.ts"
import type { PlatformCatalogue } from "../artifact/platforms.ts"
import { type Skeleton, skeletonOf } from "../artifact/skeleton.ts"
import { DEFAULT_VERSIONING } from "../domain/default-policies.ts"
import { ScbError } from "../domain/errors.ts"
import type { BundleName } from "../domain/names.ts"
import { momentAt } from "../domain/plan/moment.ts"
import { type BundleHistory, findRelease, type ReleaseInput, type ReleaseRecord } from "../domain/release.ts"
import { releaseInput } from "../domain/release-input.ts"
import type { ReleaseClass } from "../domain/versions/change.ts"
import { type Change, changesBetween, classOf } from "../domain/versions/changes.ts"
import type { Comparison, Differences, MadeFor } from "../domain/versions/comparison.ts"
import { upgradePath, waypointsOf } from "../domain/versions/upgrade-path.ts"
import { type ReadLedger, readLedger } from "./ledger.ts"
import { trustAnchors } from "./plan.ts"
import { readSoundRepository, type SoundRepository } from "./read-repository.ts"
import type { World } from "./world.ts"

/** One state of a bundle: a version, the newest one, or what is written. */
export interface VersionReference {
  readonly bundle: BundleName
  /** Absent: the newest. */
  readonly version?: string
}

/** Two released versions, of one bundle or of two. Throws `not-found`. */
export async function diffVersions(world: World, from: VersionReference, to: VersionReference): Promise<Differences> {
  return only(compareVersions(world, await readPast(world), from, to))
}

/** As {@link diffVersions}, by what has been read already. */
export function compareVersions(
  world: Pick<World, "platforms" | "now">,
  { source, ledger }: Past,
  from: VersionReference,
  to: VersionReference,
): Comparison {
  const [before, after] = [releaseOf(ledger, from), releaseOf(ledger, to)]
  const comparison = compare(world, source, after.input, {
    subject: to.bundle,
    from: from.bundle === to.bundle ? before.version : `${from.bundle} ${before.version}`,
    to: after.version,
    changes: changesBetween(before.input, after.input),
  })
  if (from.bundle !== to.bundle) return comparison
  const waypoints = waypointsOf(ledger.state.invalidations, historyOf(ledger, to.bundle), momentAt(world.now))
  const path = upgradePath(waypoints, before.version, after.version)
  return path === undefined ? comparison : { ...comparison, upgrade: path }
}

/** A released version, and what the working tree asks for. Throws `not-found`. */
export async function diffWorkingTree(world: World, from: VersionReference): Promise<Differences> {
  const { ledger } = await readPast(world)
  const source = await readSoundRepository(await world.workspace.readWorkingTree(), world)
  const before = releaseOf(ledger, from)
  const input = inputsOf(source).get(from.bundle)
  if (input === undefined) return { comparisons: [], gone: [from.bundle], added: [] }
  const changes = changesBetween(before.input, input)
  return only(
    compare(world, source, input, { subject: from.bundle, from: before.version, to: "working tree", changes }),
  )
}

/** All bundles of two commits; those that are the same in both are left out. */
export async function diffCommits(world: World, from: string, to: string): Promise<Differences> {
  const [first, second] = [await world.workspace.readCommit(from), await world.workspace.readCommit(to)]
  const [was, is] = [await readSoundRepository(first.tree, world), await readSoundRepository(second.tree, world)]
  const [before, after] = [inputsOf(was), inputsOf(is)]
  const comparisons = [...after].flatMap(([subject, input]) => {
    const old = before.get(subject)
    const changes = old === undefined ? [] : changesBetween(old, input)
    if (changes.length === 0) return []
    const [from, to] = [first.commit, second.commit].map(commit => `commit ${commit.slice(0, 12)}`)
    return [compare(world, is, input, { subject, from: from ?? "", to: to ?? "", changes })]
  })
  return {
    comparisons,
    gone: [...before.keys()].filter(name => !after.has(name)),
    added: [...after.keys()].filter(name => !before.has(name)),
  }
}

export interface BundleFile {
  readonly name: string
  readonly zip: Uint8Array
}

/** Two files, ours; for who has no access to the repository. Throws `bundle-invalid`. */
export function diffFiles(from: BundleFile, to: BundleFile, platforms: PlatformCatalogue): Comparison {
  const [was, is] = [inputOfBundle(from.zip), inputOfBundle(to.zip)]
  const changes = changesBetween(was, is)
  const entries = differentEntries(skeletonOf(from.zip), skeletonOf(to.zip))
  const own = classOf(changes, DEFAULT_VERSIONING)
  return {
    subject: to.name,
    from: from.name,
    to: to.name,
    class: own === "renewal" && entries.length > 0 ? "patch" : own,
    changes,
    drivers: driversOf(is, platforms),
    entries,
  }
}

function differentEntries(before: Skeleton, after: Skeleton): readonly string[] {
  const digests = ({ entries }: Skeleton) =>
    new Map(entries.map(({ name, mode, sha256 }) => [name, `${mode} ${sha256}`]))
  const [was, is] = [digests(before), digests(after)]
  const different = [...new Set([...was.keys(), ...is.keys()])].filter(name => was.get(name) !== is.get(name))
  if (different.length > 0 || before.sha256 === after.sha256) return different
  return after.entries.map(({ name }) => name) // the same entries in another order
}

interface Past {
  readonly source: SoundRepository
  readonly ledger: ReadLedger
}

/** The ledger, believed by the policy of HEAD. */
export async function readPast(world: World): Promise<Past> {
  const { tree } = await world.workspace.readCommit()
  const source = await readSoundRepository(tree, world)
  return { source, ledger: await readLedger(world.ledger, trustAnchors(source), world.now) }
}

/** Throws `not-found`. */
export function historyOf({ state }: ReadLedger, bundle: BundleName): BundleHistory {
  const history = state.bundles.get(bundle)
  if (history !== undefined && history.releases.length > 0) return history
  throw new ScbError("not-found", `nothing of ${bundle} has been released`, {
    hint: `released are: ${[...state.bundles.keys()].slice(0, 12).join(", ") || "none"}`,
  })
}

function releaseOf(ledger: ReadLedger, { bundle, version }: VersionReference): ReleaseRecord {
  const history = historyOf(ledger, bundle)
  const release = version === undefined ? history.releases.at(-1) : findRelease(history, version)
  if (release !== undefined) return release
  throw new ScbError("not-found", `${bundle} has no version ${version}`, {
    hint: `released so far: ${history.releases.map(each => each.version).join(", ")}`,
  })
}

function compare(
  { platforms }: Pick<World, "platforms">,
  { repository }: SoundRepository,
  after: ReleaseInput,
  what: { readonly subject: string; readonly from: string; readonly to: string; readonly changes: readonly Change[] },
): Comparison {
  const change: ReleaseClass = classOf(what.changes, repository.policies.versioning)
  return { ...what, class: change, drivers: driversOf(after, platforms) }
}

function driversOf({ bundle }: ReleaseInput, platforms: PlatformCatalogue): readonly MadeFor[] {
  return bundle.drivers.flatMap(name => {
    const platform = platforms.get(name)
    return platform === undefined ? [] : [{ platform: name, title: platform.title, client: platform.client }]
  })
}

function inputsOf({ repository, facts }: SoundRepository): ReadonlyMap<BundleName, ReleaseInput> {
  return new Map([...repository.bundles.values()].map(each => [each.fullName, releaseInput(repository, facts, each)]))
}

function only(comparison: Comparison): Differences {
  return { comparisons: [comparison], gone: [], added: [] }
}
