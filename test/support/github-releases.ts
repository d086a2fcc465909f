import { createHash } from "node:crypto"
import { afterAll, expect } from "vitest"
import { circuitBreaker } from "../../src/adapters/circuit-breaker.ts"
import type { CatalogBranch } from "../../src/adapters/github/catalog-branch.ts"
import { type GithubClient, githubClient } from "../../src/adapters/github/client.ts"
import type { Clock, Pace } from "../../src/adapters/github/pace.ts"
import type { GithubTarget } from "../../src/adapters/github/release-forge.ts"
import { type GithubReleases, githubReleases } from "../../src/adapters/github/releases.ts"
import { type MemoryReleases, memoryReleases } from "../../src/adapters/releases-memory.ts"
import { type Fetch, secureFetch } from "../../src/adapters/secure-fetch.ts"
import { githubAddresses } from "../../src/domain/forge/addresses.ts"
import type { WaveLimits } from "../../src/domain/forge/waves.ts"
import type { BundleName } from "../../src/domain/names.ts"
import type { Assets, NewRelease, SignedCatalog } from "../../src/ports.ts"
import { isVirtual } from "./forge/clock.ts"
import type { Asset, Release, Repository } from "./github/model.ts"
import { type FakeGithub, type FakeGithubOptions, startFakeGithub } from "./github/server.ts"

/** As GitHub Enterprise Server: one server, by its own name. */
export function startGithub(options: Omit<FakeGithubOptions, "enterprise"> = {}): Promise<FakeGithub> {
  return startFakeGithub({ ...options, enterprise: true })
}

/** For all tests of a file: whatever they do, GitHub's description of itself is kept to. */
export async function sharedGithub(): Promise<FakeGithub> {
  const github = await startGithub()
  afterAll(async () => {
    expect(github.violations).toEqual([])
    await github.close()
  })
  return github
}

export function fetchFrom({ urls }: Pick<FakeGithub, "urls">): Fetch {
  return secureFetch({ hosts: githubAddresses(urls.web).hosts })
}

/** Without waiting. */
export const UNPACED: Pace = { run: (_, work) => work(), pauseUntil: () => {} }

export function clientOf(
  github: FakeGithub,
  token: string | undefined,
  options: { readonly clock?: Clock; readonly pace?: Pace; readonly fetch?: Fetch } = {},
): GithubClient {
  const { clock = IMPATIENT, pace = UNPACED, fetch = fetchFrom(github) } = options
  return githubClient({
    server: github.urls.web,
    fetch: isVirtual(clock) ? (...asking) => clock.during(fetch(...asking)) : fetch,
    clock,
    pace,
    breaker: circuitBreaker("GitHub", { failures: 50, openMillis: 60_000 }, clock.now),
    userAgent: "scb-test",
    ...(token === undefined ? {} : { token }),
  })
}

let instant = Date.UTC(2026, 10, 22)
const IMPATIENT: Clock = {
  now: () => instant,
  sleep: async millis => {
    instant += millis
  },
}

export interface MemoryBranch extends CatalogBranch {
  readonly store: MemoryReleases
  /** What was published, in order. */
  readonly commits: ReadonlyMap<string, Uint8Array>[]
}

export function memoryBranch(): MemoryBranch {
  const store = memoryReleases()
  const commits: ReadonlyMap<string, Uint8Array>[] = []
  return {
    store,
    commits,
    readCatalogFile: (path, maximumBytes) => store.readCatalogFile(path, maximumBytes),
    async publishCatalog(catalog, beside) {
      await store.publishCatalog(catalog)
      const files = await beside((path, maximumBytes) => store.readCatalogFile(path, maximumBytes))
      for (const [path, bytes] of files) store.files.set(path, bytes)
      commits.push(files)
    },
  }
}

export function targetOf(repository: Repository, layout: GithubTarget["layout"] = "per-version"): GithubTarget {
  return {
    kind: "github",
    repository: `${repository.owner.login}/${repository.name}`,
    repositoryId: repository.id,
    layout,
    waveAbove: 20,
    catalogBranch: "catalog",
  }
}

export interface ReleasesOptions {
  readonly layout?: GithubTarget["layout"]
  readonly branch?: CatalogBranch
  readonly waveLimits?: WaveLimits
  readonly client?: GithubClient
}

/** A publisher: asks anew for everything that another one knows. */
export function openGithubReleases(
  github: FakeGithub,
  repository: Repository,
  options: ReleasesOptions = {},
): GithubReleases {
  const { layout, branch = memoryBranch(), waveLimits, client = clientOf(github, "job") } = options
  return githubReleases({
    client: async () => client,
    hasToken: true,
    target: targetOf(repository, layout),
    branch,
    ...(waveLimits === undefined ? {} : { waveLimits }),
  })
}

/** A job's token, and a repository of its own. */
export async function newRepository(
  github: FakeGithub,
  options: { readonly immutableReleases?: boolean; readonly name?: string } = {},
): Promise<Repository> {
  github.addToken("job", { login: "github-actions[bot]", permissions: { contents: "write" } })
  const { name = `bundles-${github.model.nextId()}`, immutableReleases = false } = options
  return github.addRepository(`acme/${name}`, { files: { "README.md": "bundles\n" }, immutableReleases })
}

/** What everybody sees. */
export function publishedIn({ releases }: Repository): readonly Release[] {
  return releases.filter(({ draft }) => !draft)
}

export function replaceAsset(release: Release, name: string, text: string): void {
  removeAsset(release, name)
  const bytes = new TextEncoder().encode(text)
  const [any] = release.assets
  release.assets.push({
    id: Math.max(0, ...release.assets.map(({ id }) => id)) + 1_000_000,
    name,
    label: null,
    contentType: "application/octet-stream",
    bytes,
    sha256: sha256(bytes),
    state: "uploaded",
    uploader: any?.uploader ?? release.author,
    createdAt: release.createdAt,
    updatedAt: release.createdAt,
    downloads: 0,
  } satisfies Asset)
}

export function removeAsset(release: Release, name: string): void {
  const at = release.assets.findIndex(asset => asset.name === name)
  if (at >= 0) release.assets.splice(at, 1)
}

/** A version with its own bytes, as build leaves it. */
export function newVersion(bundle: BundleName, version: string, text = `${bundle} ${version}`): NewRelease {
  const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)
  const files = new Map([
    ["manifest.json", bytes(`{"of":"${text}"}`)],
    ["payload.zip.gpg", bytes(`payload of ${text}`)],
  ])
  const sums = [...files].map(([name, content]) => `${sha256(content)}  ${name}\n`).join("")
  const assets: Assets = new Map([...files, ["SHA256SUMS", bytes(sums)]])
  return {
    bundle,
    version,
    files: [...assets].map(([name, content]) => ({ name, size: content.length, sha256: sha256(content) })),
    read: async () => assets,
    announce: () => ({ title: `${bundle} ${version}`, notes: "what changed" }),
  }
}

/** `count` bundles of so many clusters, a version each. */
export function newVersions(count: number, clusters = 3): readonly NewRelease[] {
  return Array.from({ length: count }, (_, at) =>
    newVersion(`cluster-${at % clusters}/bundle-${String(at).padStart(5, "0")}`, "1.0.0"),
  )
}

/** A catalog of that many transactions, with nothing in it. */
export function emptyCatalog(version: number): SignedCatalog {
  const index = new TextEncoder().encode(
    JSON.stringify({ version, issuedAt: "2026-11-22T00:00:00Z", shards: {}, revocationLists: {} }),
  )
  return { index, signature: new Uint8Array([version]), shards: new Map(), revocationLists: new Map() }
}

/** What people see in the end: nothing of how it came about. */
export function endState({ releases }: Repository) {
  return releases
    .map(({ tag, draft, name, assets }) => ({
      tag,
      draft,
      name,
      assets: assets.map(asset => `${asset.name} ${asset.state} ${asset.sha256}`).sort(),
    }))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))
}

export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex")
