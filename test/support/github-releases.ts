import { createHash } from "node:crypto"
import { circuitBreaker } from "../../src/adapters/circuit-breaker.ts"
import type { CatalogBranch } from "../../src/adapters/github/catalog-branch.ts"
import { type GithubClient, githubClient } from "../../src/adapters/github/client.ts"
import type { Clock, Pace } from "../../src/adapters/github/pace.ts"
import type { GithubTarget } from "../../src/adapters/github/release-forge.ts"
import { githubReleases } from "../../src/adapters/github/releases.ts"
import { type MemoryReleases, memoryReleases } from "../../src/adapters/releases-memory.ts"
import { type Fetch, unanswered } from "../../src/adapters/secure-fetch.ts"
import type { WaveLimits } from "../../src/domain/forge/waves.ts"
import type { Releases } from "../../src/ports.ts"
import type { Asset, Release, Repository } from "./github/model.ts"
import { type FakeGithub, HOSTS, type HostRole } from "./github/server.ts"

const ROLES = Object.keys(HOSTS) as readonly HostRole[]

/** As if the names of GitHub led to the fake: requests go there, addresses in its answers are GitHub's. */
export function fetchFrom({ urls }: Pick<FakeGithub, "urls">): Fetch {
  const replaced = (text: string, from: "real" | "fake"): string =>
    ROLES.reduce((all, role) => {
      const [real, fake] = [`https://${HOSTS[role]}`, urls[role]]
      return from === "real" ? all.replace(`${real}/`, `${fake}/`) : all.replaceAll(`${fake}/`, `${real}/`)
    }, text)
  const follow: Fetch = async (input, init) => {
    const url = replaced(String(input), "real")
    const asking = fetch(url, { ...init, redirect: "manual" })
    const response = await asking.catch(error => {
      throw unanswered(error, new URL(url).host)
    })
    const location = response.headers.get("location")
    if (response.status === 302 && location !== null) {
      const headers = new Headers(init?.headers)
      headers.delete("authorization")
      return follow(location, { ...init, headers })
    }
    if (!response.headers.get("content-type")?.includes("json")) return response
    const { status, headers } = response
    const text = await response.text().catch(error => {
      throw unanswered(error, new URL(url).host)
    })
    const without = new Headers(headers)
    without.delete("content-length")
    return new Response(status === 304 || status === 204 ? null : replaced(text, "fake"), { status, headers: without })
  }
  return follow
}

/** Without waiting. */
export const UNPACED: Pace = { run: (_, work) => work(), pauseUntil: () => {} }

export function clientOf(
  github: FakeGithub,
  token: string | undefined,
  { clock = IMPATIENT, pace = UNPACED }: { readonly clock?: Clock; readonly pace?: Pace } = {},
): GithubClient {
  return githubClient({
    fetch: fetchFrom(github),
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
): Releases {
  const { layout, branch = memoryBranch(), waveLimits, client = clientOf(github, "job") } = options
  return githubReleases({
    client,
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
    sha256: createHash("sha256").update(bytes).digest("hex"),
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
