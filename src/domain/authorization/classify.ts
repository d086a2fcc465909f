import { clusterFiles } from "../cluster.ts"
import { type BundleName, bundleName } from "../names.ts"
import type { Repository } from "../repository.ts"
import type { ChangeClass } from "./approvals-policy.ts"
import { bundleDifferences, type Difference } from "./bundle-items.ts"
import { clusterDifferences } from "./cluster-items.ts"
import type { ChangeItem } from "./decision.ts"
import { sameMeaning } from "./meaning.ts"
import { advisoryItems, campaignItems, emergencyItems, policyItems } from "./policy-items.ts"
import type { Standing } from "./standing.ts"

/**
 * What a change does: the difference in meaning of two trees, for the paths that differ (of a rename both). `before` is
 * undefined where there was nothing. Both trees must be free of errors: what could not be read looks as if it were gone.
 * What is not surely a reduction gives something; without `standing`, no hold is one.
 */
export function classifyChange(
  before: Repository | undefined,
  after: Repository,
  paths: readonly string[],
  standing: Standing = () => undefined,
): readonly ChangeItem[] {
  const users = paths.every(path => INTENT.test(path)) ? new Map() : usersOf([before, after])
  const scene: Scene = { before, after, standing, users }
  return [...new Set(paths)].sort().flatMap(path => itemsOf(path, scene))
}

/** What no bundle and no cluster points at: a certificate may be called ca/root.yaml. */
const INTENT = /^(?:policies\/.+|bundles\/[^/]+\/[^/]+)\.yaml$/

/** How many bundles a change takes something away from. */
export function blastRadius(items: readonly ChangeItem[]): number {
  const touched = items.filter(item => item.effect === "reduce").flatMap(item => item.touches ?? item.bundle ?? [])
  return new Set(touched).size
}

interface Scene {
  readonly before: Repository | undefined
  readonly after: Repository
  readonly standing: Standing
  readonly users: ReadonlyMap<string, ReadonlyMap<BundleName | undefined, ChangeClass>>
}

type Read = (parts: readonly string[], scene: Scene, path: string) => readonly Omit<ChangeItem, "path">[]

/** What a file is about, by its place; the first that fits. */
const PLACES: readonly (readonly [RegExp, Read])[] = [
  [/^bundles\/([^/]+)\/cluster\.yaml$/, ([name = ""], scene) => clusterItems(name, scene)],
  [
    /^bundles\/([^/]+)\/([^/]+)\.yaml$/,
    ([cluster = "", name = ""], scene) => bundleItems(bundleName(cluster, name), cluster, scene),
  ],
  [/^bundles\/([^/]+)\/.+$/, ([cluster = ""], scene, path) => fileItems(path, cluster, scene)],
  [/^policies\/([^/]+)\.yaml$/, ([name = ""], { before, after }) => policyItems(name, before, after)],
  [/^policies\/campaigns\/([^/]+)\.yaml$/, ([name = ""], { before, after }) => campaignItems(name, before, after)],
  [/^policies\/advisories\/([^/]+)\.yaml$/, ([name = ""], { before, after }) => advisoryItems(name, before, after)],
  [/^policies\/emergencies\/([^/]+)\.yaml$/, ([name = ""], { before, after }) => emergencyItems(name, before, after)],
  [
    /^(?:policies\/|\.github\/|(?:docs\/)?CODEOWNERS$)/,
    (_, __, path) => [{ class: "policy", effect: "grant", what: `${path} changed` }],
  ],
  [/^/, (_, __, path) => [{ class: "other", effect: "grant", what: `${path} changed` }]],
]

function itemsOf(path: string, scene: Scene): readonly ChangeItem[] {
  for (const [pattern, read] of PLACES) {
    const match = pattern.exec(path)
    if (match !== null) return read(match.slice(1), scene, path).map(item => ({ path, ...item }))
  }
  return []
}

function clusterItems(name: string, scene: Scene): ReturnType<Read> {
  const [was, is] = [scene.before?.clusters.get(name), scene.after.clusters.get(name)]
  if (was !== undefined && is === undefined) {
    const bundles = [...(scene.before?.bundles.values() ?? [])].filter(({ cluster }) => cluster === name)
    const touches = bundles.map(({ fullName }) => fullName)
    return placed(name, scene, [{ class: "major", effect: "reduce", what: "removed" }]).map(item => ({
      ...item,
      touches,
    }))
  }
  if (was === undefined || is === undefined) return placed(name, scene, [{ ...added, class: "policy" }])
  return placed(name, scene, sameMeaning(was, is) ? [same] : clusterDifferences(was, is, policyOf(scene).versioning))
}

function bundleItems(name: BundleName, cluster: string, scene: Scene): ReturnType<Read> {
  const [was, is] = [scene.before?.bundles.get(name), scene.after.bundles.get(name)]
  const { versioning } = policyOf(scene)
  const differences = (): readonly Difference[] => {
    if (was === undefined || is === undefined) {
      return [was === undefined ? added : { class: "major", effect: "reduce", what: "removed" }]
    }
    const found = bundleDifferences(was, is, { versioning, standing: scene.standing })
    return found.length === 0 ? [same] : found
  }
  return placed(cluster, scene, differences(), name)
}

/** A certificate or a request is known by its path: what is in it now is something else. */
function fileItems(path: string, cluster: string, scene: Scene): ReturnType<Read> {
  const what = `${path.slice(`bundles/${cluster}/`.length)} changed`
  const users = scene.users.get(path)
  if (users === undefined) return placed(cluster, scene, [{ class: "other", effect: "grant", what }])
  return [...users].flatMap(([bundle, kind]) =>
    placed(cluster, scene, [{ class: kind, effect: "grant", what }], bundle),
  )
}

/** Files that bundles and clusters point at, and who does; a cluster is undefined. */
function usersOf(trees: readonly (Repository | undefined)[]): Scene["users"] {
  const users = new Map<string, Map<BundleName | undefined, ChangeClass>>()
  const use = (path: string, user: BundleName | undefined, kind: ChangeClass) =>
    users.set(path, (users.get(path) ?? new Map<BundleName | undefined, ChangeClass>()).set(user, kind))
  for (const tree of trees) {
    for (const { key, fullName } of tree?.bundles.values() ?? [])
      if (key.kind === "csr") use(key.request, fullName, "major")
    for (const cluster of tree?.clusters.values() ?? []) {
      for (const file of clusterFiles(cluster)) use(file, undefined, "major")
      use(cluster.issuer.certificate, undefined, "policy")
    }
  }
  return users
}

const added: Difference = { class: "major", effect: "grant", what: "added" }
const same: Difference = { class: "patch", effect: "neutral", what: "means the same as before" }

/** In its environment; while it moves from one to another, in both. */
function placed(
  cluster: string,
  scene: Scene,
  differences: readonly Difference[],
  bundle?: BundleName,
): ReturnType<Read> {
  const environments = new Set(
    [scene.before, scene.after].flatMap(tree => tree?.clusters.get(cluster)?.environment ?? []),
  )
  const where = { cluster, ...(bundle === undefined ? {} : { bundle }) }
  return differences.flatMap(({ what, ...difference }) => {
    const item = { ...difference, ...where, what: `${bundle ?? cluster}: ${what}` }
    return environments.size === 0 ? [item] : [...environments].map(environment => ({ ...item, environment }))
  })
}

function policyOf({ before, after }: Scene) {
  return (before ?? after).policies
}
