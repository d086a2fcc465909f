import type { Fetch } from "../../src/adapters/secure-fetch.ts"
import { sha256 } from "../../src/artifact/digest.ts"
import type { BundleName } from "../../src/domain/names.ts"
import { type Assets, CATALOG_INDEX, catalogSignaturePath, type SignedCatalog } from "../../src/ports.ts"
import type { Repository } from "./github/model.ts"
import type { FakeGithub } from "./github/server.ts"
import { clientOf, fetchFrom, memoryBranch, openGithubReleases } from "./github-releases.ts"

export interface PublishOptions {
  readonly layout?: "per-version" | "wave"
  /** Of whoever knows its certificate. */
  readonly fetch?: Fetch
}

/** Publishes on the fake what a directory of releases holds, by paths, as `scb publish` would. */
export async function publishOnGithub(
  github: FakeGithub,
  repository: Repository,
  files: ReadonlyMap<string, Uint8Array>,
  { layout = "per-version", fetch = fetchFrom(github) }: PublishOptions = {},
): Promise<void> {
  const branch = memoryBranch()
  const releases = openGithubReleases(github, repository, {
    layout,
    branch,
    client: clientOf(github, "job", { fetch }),
  })
  for (const [release, assets] of releasesIn(files)) {
    const at = release.lastIndexOf("/")
    await releases.publish(release.slice(0, at) as BundleName, release.slice(at + 1), assets)
  }
  await releases.publishCatalog(catalogIn(files))
  await writeBranch(repository, "catalog", branch.store.files)
}

export async function writeBranch(
  { git }: Repository,
  branch: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const entries = new Map<string, { readonly mode: string; readonly sha: string }>()
  for (const [path, bytes] of files) entries.set(path, { mode: "100644", sha: await git.writeBlob(bytes) })
  const author = { name: "scb", email: "scb@localhost", at: 0 }
  const commit = { tree: await git.writeTree(undefined, entries), parents: [], message: "catalog\n", author }
  const sha = await git.writeCommit(commit)
  const ref = `refs/heads/${branch}`
  if (git.createRef(ref, sha) === "exists") git.updateRef(ref, sha)
}

function releasesIn(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Assets> {
  const releases = new Map<string, Map<string, Uint8Array>>()
  for (const [path, bytes] of files) {
    const [, release, asset] = /^releases\/(.+)\/([^/]+)$/.exec(path) ?? []
    if (release === undefined || asset === undefined) continue
    releases.set(release, (releases.get(release) ?? new Map()).set(asset, bytes))
  }
  return releases
}

function catalogIn(files: ReadonlyMap<string, Uint8Array>): SignedCatalog {
  const under = (folder: string) =>
    [...files].flatMap(([path, bytes]) => (path.startsWith(folder) ? [[stem(path), bytes] as const] : []))
  const bytesAt = (path: string): Uint8Array => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Error(`${path} is not published`)
    return bytes
  }
  const index = bytesAt(CATALOG_INDEX)
  return {
    index,
    signature: bytesAt(catalogSignaturePath(sha256(index))),
    shards: new Map(under("catalog/shards/")),
    revocationLists: new Map(under("catalog/revocation/")),
  }
}

function stem(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1, path.lastIndexOf("."))
}
