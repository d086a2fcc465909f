import { createHash } from "node:crypto"
import {
  type Answer,
  type Call,
  created,
  type Endpoints,
  flagOf,
  instant,
  invalid,
  NOTHING,
  nodeId,
  notFound,
  ok,
  page,
  pageUrl,
  Refusal,
  repositoryUrl,
  textOf,
  userJson,
} from "../call.ts"
import type { JsonObject } from "../contract.ts"
import type { Asset, Release, Repository } from "../model.ts"

/** docs.github.com, "About releases" */
const ASSETS_AT_MOST = 1000
/** GitHub's answer to deeper pages. */
const RELEASES_LISTED_AT_MOST = 10_000

export const releases: Endpoints = {
  "repos/list-releases": {
    needs: ["contents", "read"],
    answer(call) {
      const { query, repository } = call
      const size = Math.min(100, Number(query.get("per_page") ?? 30))
      if (size * Number(query.get("page") ?? 1) > RELEASES_LISTED_AT_MOST)
        throw new Refusal(422, `Only the first ${RELEASES_LISTED_AT_MOST} results are available.`)
      return page(call, newestFirst(visible(call, repository)), release => releaseJson(call, release))
    },
  },
  "repos/get-latest-release": {
    needs: ["contents", "read"],
    answer(call) {
      const latest = latestRelease(call.repository)
      if (latest === undefined) throw notFound()
      return ok(releaseJson(call, latest))
    },
  },
  "repos/get-release-by-tag": {
    needs: ["contents", "read"],
    answer(call) {
      return ok(releaseJson(call, publishedUnder(call.repository, call.path["tag"] ?? "")))
    },
  },
  "repos/get-release": {
    needs: ["contents", "read"],
    answer: call => ok(releaseJson(call, releaseOf(call))),
  },
  "repos/create-release": { needs: ["contents", "write"], answer: createRelease },
  "repos/update-release": { needs: ["contents", "write"], answer: updateRelease },
  "repos/delete-release": {
    needs: ["contents", "write"],
    answer(call) {
      const release = releaseOf(call)
      call.repository.releases.splice(call.repository.releases.indexOf(release), 1)
      return NOTHING
    },
  },
  "repos/list-release-assets": {
    needs: ["contents", "read"],
    answer(call) {
      const release = releaseOf(call)
      return page(call, release.assets, asset => assetJson(call, release, asset))
    },
  },
  "repos/upload-release-asset": { needs: ["contents", "write"], answer: uploadAsset },
  "repos/get-release-asset": {
    needs: ["contents", "read"],
    answer(call) {
      const { release, asset } = assetOf(call)
      if (!String(call.headers["accept"]).includes("application/octet-stream"))
        return ok(assetJson(call, release, asset))
      if (asset.state !== "uploaded") throw notFound()
      return { status: 302, headers: { location: call.assetUrl(asset.id) } }
    },
  },
  "repos/update-release-asset": {
    needs: ["contents", "write"],
    answer(call) {
      const { release, asset } = assetOf(call)
      refuseImmutable(release, "Cannot update assets of an immutable release")
      const name = textOf(call.body, "name")
      if (name !== undefined) {
        if (release.assets.some(other => other !== asset && other.name === cleanName(name)))
          throw invalid("ReleaseAsset", "already_exists", "name")
        asset.name = cleanName(name)
      }
      asset.label = textOf(call.body, "label") ?? asset.label
      asset.updatedAt = instant(call.now)
      return ok(assetJson(call, release, asset))
    },
  },
  "repos/delete-release-asset": {
    needs: ["contents", "write"],
    answer(call) {
      const { release, asset } = assetOf(call)
      refuseImmutable(release, "Cannot delete assets of an immutable release")
      release.assets.splice(release.assets.indexOf(asset), 1)
      return NOTHING
    },
  },
}

async function createRelease(call: Call): Promise<Answer> {
  const { body, model, now, repository, user } = call
  const release: Release = {
    id: model.nextId(),
    tag: textOf(body, "tag_name") ?? "",
    target: textOf(body, "target_commitish") ?? repository.defaultBranch,
    name: textOf(body, "name") ?? null,
    body: textOf(body, "body") ?? null,
    draft: true,
    prerelease: flagOf(body, "prerelease") ?? false,
    immutable: false,
    author: user,
    createdAt: instant(now),
    publishedAt: null,
    assets: [],
  }
  if (release.tag === "") throw invalid("Release", "missing_field", "tag_name")
  refuseBurned(repository, release.tag)
  // Drafts may share a tag with each other and with a published release.
  if (flagOf(body, "draft") !== true) await publish(call, release)
  repository.releases.push(release)
  return created(releaseJson(call, release), `${repositoryUrl(call)}/releases/${release.id}`)
}

async function updateRelease(call: Call): Promise<Answer> {
  const { body, repository } = call
  const release = releaseOf(call)
  const tag = textOf(body, "tag_name")
  const target = textOf(body, "target_commitish")
  const draft = flagOf(body, "draft")
  // docs.github.com, "Immutable releases": title and notes stay editable, the tag and the assets do not.
  if (release.immutable) {
    if (draft === true) throw custom("state", "state cannot be changed when release is immutable")
    if (tag !== undefined && tag !== release.tag)
      throw custom("tag_name", "tag_name cannot be changed when release is immutable")
    if (target !== undefined && target !== release.target)
      throw custom("target_commitish", "target_commitish cannot be changed when release is immutable")
  }
  if (tag !== undefined && tag !== release.tag) {
    refuseBurned(repository, tag)
    if (!release.draft) refuseTaken(repository, tag, release)
    release.tag = tag
  }
  release.target = target ?? release.target
  release.name = textOf(body, "name") ?? release.name
  release.body = textOf(body, "body") ?? release.body
  release.prerelease = flagOf(body, "prerelease") ?? release.prerelease
  if (draft === true) release.draft = true
  if (draft === false && release.draft) await publish(call, release)
  return ok(releaseJson(call, release))
}

/** Makes the tag where there is none. A published release is what watchers hear of. */
async function publish(call: Call, release: Release): Promise<void> {
  const { now, repository } = call
  refuseBurned(repository, release.tag)
  refuseTaken(repository, release.tag, release)
  const tagRef = `refs/tags/${release.tag}`
  const commit = await repository.git.resolve(repository.git.ref(tagRef) ?? release.target)
  if (commit === undefined) {
    if (repository.git.refs().size === 0) throw custom("target_commitish", "Repository is empty.")
    throw invalid("Release", "invalid", "target_commitish")
  }
  if (repository.git.ref(tagRef) === undefined) {
    await refuseWorkflowChange(call, commit)
    const outcome = repository.git.createRef(tagRef, commit)
    if (outcome !== "done") throw invalid("Release", "invalid", "tag_name")
  }
  const { committer } = await repository.git.commit(commit)
  // Another may have been faster while git was asked.
  refuseBurned(repository, release.tag)
  refuseTaken(repository, release.tag, release)
  release.draft = false
  // "created_at is the date of the commit used for the release" (description of repos/get-latest-release)
  release.createdAt = instant(committer.at)
  release.publishedAt = instant(now)
  release.immutable = repository.immutableReleases
  if (release.immutable) repository.burnedTags.add(release.tag)
}

/** Who lacks the Workflows permission, as GITHUB_TOKEN always does, tags no commit that changes workflows (description of repos/create-release). */
async function refuseWorkflowChange({ repository, token }: Call, commit: string): Promise<void> {
  if (token?.permissions === undefined || token.permissions.workflows === "write") return
  const main = await repository.git.resolve(repository.defaultBranch)
  if (main === undefined || (await repository.git.isAncestor(commit, main))) return
  const changed = await repository.git.git(["diff", "--name-only", main, commit, "--", ".github/workflows"])
  if (changed.length > 0) throw new Refusal(403, "Resource not accessible by integration")
}

function uploadAsset(call: Call): Answer {
  const { bytes, headers, model, now, query, user } = call
  const release = releaseOf(call)
  refuseImmutable(release, "Cannot upload assets to an immutable release.")
  const name = cleanName(query.get("name") ?? "")
  if (name === "") throw invalid("ReleaseAsset", "missing_field", "name")
  if (release.assets.some(asset => asset.name === name)) throw invalid("ReleaseAsset", "already_exists", "name")
  if (release.assets.length >= ASSETS_AT_MOST)
    throw invalid("ReleaseAsset", "custom", "file_count", `file_count limited to ${ASSETS_AT_MOST} assets per release`)
  if (bytes.length === 0) throw invalid("ReleaseAsset", "custom", "size", "size must be greater than or equal to 1")
  const asset: Asset = {
    id: model.nextId(),
    name,
    label: query.get("label"),
    contentType: String(headers["content-type"] ?? "application/octet-stream"),
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    state: "uploaded",
    uploader: user,
    createdAt: instant(now),
    updatedAt: instant(now),
    downloads: 0,
  }
  release.assets.push(asset)
  return created(assetJson(call, release, asset))
}

/** "GitHub renames asset filenames that have special characters, non-alphanumeric characters, and leading or trailing periods." */
export const cleanName = (name: string): string => name.replace(/\.*[^\w.@+~-]+\.*/g, ".").replace(/^\.+|\.+$/g, "")

/** Newest by the date of its commit, neither draft nor prerelease. */
export function latestRelease({ releases }: Repository): Release | undefined {
  return newestFirst(releases.filter(({ draft, prerelease }) => !draft && !prerelease))[0]
}

export function publishedUnder({ releases }: Repository, tag: string): Release {
  const found = releases.find(release => !release.draft && release.tag === tag)
  if (found === undefined) throw notFound()
  return found
}

function newestFirst(list: readonly Release[]): readonly Release[] {
  return [...list].sort((a, b) => (a.createdAt === b.createdAt ? b.id - a.id : a.createdAt < b.createdAt ? 1 : -1))
}

/** "Information about draft releases is only available to users with push access." (description of repos/list-releases) */
const visible = (call: Call, { releases }: Repository): readonly Release[] =>
  call.can("contents", "write") ? releases : releases.filter(({ draft }) => !draft)

function releaseOf(call: Call): Release {
  const wanted = Number(call.path["release_id"])
  const found = visible(call, call.repository).find(({ id }) => id === wanted)
  if (found === undefined) throw notFound()
  return found
}

function assetOf(call: Call): { readonly release: Release; readonly asset: Asset } {
  const wanted = Number(call.path["asset_id"])
  for (const release of visible(call, call.repository))
    for (const asset of release.assets) if (asset.id === wanted) return { release, asset }
  throw notFound()
}

const custom = (field: string, message: string): Refusal => invalid("Release", "custom", field, message)

function refuseTaken({ releases }: Repository, tag: string, own: Release): void {
  if (releases.some(other => other !== own && !other.draft && other.tag === tag))
    throw invalid("Release", "already_exists", "tag_name")
}

/** Seen at github.com/github/ospo-reusable-workflows/issues/83 and others: also after the release was deleted. */
function refuseBurned({ burnedTags }: Repository, tag: string): void {
  if (burnedTags.has(tag)) throw custom("tag_name", "tag_name was used by an immutable release")
}

function refuseImmutable({ immutable }: Release, message: string): void {
  if (immutable) throw new Refusal(422, message)
}

/** schema `release` */
export function releaseJson(call: Call, release: Release): JsonObject {
  const url = `${repositoryUrl(call)}/releases/${release.id}`
  const tag = release.draft ? `untagged-${release.id.toString(16).padStart(20, "0")}` : encodePath(release.tag)
  const archive = (format: string): string => `${repositoryUrl(call)}/${format}/refs/tags/${encodePath(release.tag)}`
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${url.replace(call.urls.api, call.urls.uploads)}/assets{?name,label}`,
    html_url: `${pageUrl(call)}/releases/tag/${tag}`,
    id: release.id,
    author: userJson(call, release.author),
    node_id: nodeId("Release", release.id),
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    draft: release.draft,
    immutable: release.immutable,
    prerelease: release.prerelease,
    created_at: release.createdAt,
    updated_at: release.publishedAt ?? release.createdAt,
    published_at: release.publishedAt,
    assets: release.assets.map(asset => assetJson(call, release, asset)),
    tarball_url: release.draft ? null : archive("tarball"),
    zipball_url: release.draft ? null : archive("zipball"),
    body: release.body,
  }
}

/** schema `release-asset` */
function assetJson(call: Call, release: Release, asset: Asset): JsonObject {
  const tag = release.draft ? `untagged-${release.id.toString(16).padStart(20, "0")}` : encodePath(release.tag)
  return {
    url: `${repositoryUrl(call)}/releases/assets/${asset.id}`,
    id: asset.id,
    node_id: nodeId("ReleaseAsset", asset.id),
    name: asset.name,
    label: asset.label,
    uploader: userJson(call, asset.uploader),
    content_type: asset.contentType,
    state: asset.state,
    size: asset.bytes.length,
    digest: asset.state === "uploaded" ? `sha256:${asset.sha256}` : null,
    download_count: asset.downloads,
    created_at: asset.createdAt,
    updated_at: asset.updatedAt,
    browser_download_url: `${pageUrl(call)}/releases/download/${tag}/${encodePath(asset.name)}`,
  }
}

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/")
