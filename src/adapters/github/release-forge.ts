import { ScbError } from "../../domain/errors.ts"
import { githubAddresses } from "../../domain/forge/addresses.ts"
import type { Announcement } from "../../domain/forge/announcement.ts"
import type { SeenAsset, SeenRelease } from "../../domain/forge/publication.ts"
import type { ReleaseTarget } from "../../domain/policies.ts"
import { sha256Of } from "../release-rules.ts"
import { readBounded } from "../secure-fetch.ts"
import type { GithubClient } from "./client.ts"
import { ifThere } from "./refusals.ts"
import { remembered } from "./remembered.ts"

export type GithubTarget = Extract<ReleaseTarget, { readonly kind: "github" }>

/** Releases of one repository, request by request. Throws what the client throws; each is asked once. */
export interface ReleaseForge {
  /** Newest first; drafts only for those who may write. */
  list(): Promise<readonly SeenRelease[]>
  look(id: number): Promise<SeenRelease | undefined>
  create(draft: NewDraft): Promise<SeenRelease>
  upload(release: SeenRelease, name: string, bytes: Uint8Array): Promise<SeenAsset>
  /** From here on watchers know of it. */
  publish(release: SeenRelease, tag: string): Promise<SeenRelease>
  removeAsset(asset: SeenAsset): Promise<void>
  removeDraft(release: SeenRelease): Promise<void>
  /** All of it, or a range. Undefined when it is gone. Throws `too-large`. */
  download(asset: SeenAsset, maximumBytes: number, range?: ByteRange): Promise<Uint8Array | undefined>
  /** The page of a release, for people. */
  page(tag: string): string
}

export interface NewDraft extends Announcement {
  readonly tag: string
  /** See `SeenRelease`. */
  readonly content: string
  /** That the tag is to point at; the newest of the default branch unless said. */
  readonly commit?: string
}

export interface ByteRange {
  readonly offset: number
  readonly size: number
}

/** A release shows the first of its assets only; a page of them is this long. */
const ASSETS_SHOWN = 30
const PAGE = 100
/** Files of releases take longer than other answers. */
const TRANSFER_MILLIS = 300_000
/** Of a file whose digest GitHub (or an old GitHub Enterprise Server) does not tell. */
const UNTOLD_MAXIMUM = 64 << 20

/** What the answers of GitHub have that is read here. */
interface ReleaseAnswer {
  readonly id: number
  readonly tag_name: string
  readonly draft: boolean
  readonly immutable?: boolean
  readonly body?: string | null
  readonly published_at: string | null
  readonly upload_url: string
  readonly assets: readonly AssetAnswer[]
}

interface AssetAnswer {
  readonly id: number
  readonly name: string
  readonly size: number
  readonly state: string
  readonly digest: string | null
}

export function releaseForge(open: () => Promise<GithubClient>, target: GithubTarget): ReleaseForge {
  const [owner = "", repo = ""] = target.repository.split("/")
  const here = { owner, repo }
  const { web } = githubAddresses(target.server)
  const uploadUrls = new Map<number, string>()
  const checkRepository = remembered(
    () => "",
    async () => requireRepository(await (await open()).rest.repos.get(here), target),
  )

  /** Of this very repository. */
  async function client(): Promise<GithubClient> {
    await checkRepository()
    return open()
  }

  async function seenRelease(answer: ReleaseAnswer): Promise<SeenRelease> {
    uploadUrls.set(answer.id, answer.upload_url.replace("{?name,label}", "{?name}"))
    const assets = answer.assets.length < ASSETS_SHOWN ? answer.assets : await allAssets(answer.id)
    const content = contentIn(answer.body)
    return {
      id: answer.id,
      tag: answer.tag_name,
      draft: answer.draft,
      immutable: answer.immutable ?? false,
      publishedAt: answer.published_at ?? "",
      ...(content === undefined ? {} : { content }),
      assets: await Promise.all(assets.map(seenAsset)),
    }
  }

  async function allAssets(id: number): Promise<readonly AssetAnswer[]> {
    const { paginate, rest } = await client()
    return paginate(rest.repos.listReleaseAssets, { ...here, release_id: id, per_page: PAGE })
  }

  async function seenAsset({ id, name, size, state, digest }: AssetAnswer): Promise<SeenAsset> {
    const whole = state === "uploaded"
    const told = /^sha256:([0-9a-f]{64})$/.exec(digest ?? "")?.[1]
    return { id, name, size, whole, sha256: told ?? (whole ? await digestOf(id) : "") }
  }

  const digestOf = remembered(
    (id: number) => id,
    async id => {
      const bytes = await download(id, UNTOLD_MAXIMUM)
      return bytes === undefined ? "" : sha256Of(bytes)
    },
  )

  async function download(id: number, maximumBytes: number, range?: ByteRange): Promise<Uint8Array | undefined> {
    const { request } = await client()
    const answer = await ifThere(
      request("GET /repos/{owner}/{repo}/releases/assets/{asset_id}", {
        ...here,
        asset_id: id,
        headers: { accept: "application/octet-stream", ...(range === undefined ? {} : { range: rangeHeader(range) }) },
        request: { parseSuccessResponseBody: false, signal: AbortSignal.timeout(TRANSFER_MILLIS) },
      }),
    )
    if (answer === undefined) return undefined
    const status: number = answer.status
    const whole = range === undefined || status !== 206
    const bytes = new Uint8Array(await readBounded(new Response(bodyOf(answer.data)), maximumBytes))
    return whole && range !== undefined ? bytes.subarray(range.offset, range.offset + range.size) : bytes
  }

  return {
    async list() {
      const { paginate, rest } = await client()
      const answers = await paginate(rest.repos.listReleases, { ...here, per_page: PAGE })
      const seen: SeenRelease[] = []
      for (const answer of answers) seen.push(await seenRelease(answer))
      return seen
    },

    async look(id) {
      const { rest } = await client()
      const answer = await ifThere(rest.repos.getRelease({ ...here, release_id: id }))
      return answer === undefined ? undefined : seenRelease(answer.data)
    },

    async create({ tag, content, title, notes, commit }) {
      const { rest } = await client()
      const { data } = await rest.repos.createRelease({
        ...here,
        tag_name: tag,
        ...(commit === undefined ? {} : { target_commitish: commit }),
        name: title,
        body: `${notes}\n\n<!-- scb:content ${content} -->\n`,
        draft: true,
      })
      return seenRelease(data)
    },

    async upload({ id }, name, bytes) {
      const url = uploadUrls.get(id)
      if (url === undefined) throw new Error(`release ${id} was never seen`)
      const { request } = await client()
      const { data } = await request<AssetAnswer>({
        method: "POST",
        url,
        name,
        data: bytes,
        headers: { "content-type": "application/octet-stream" },
        request: { signal: AbortSignal.timeout(TRANSFER_MILLIS) },
      })
      return seenAsset(data)
    },

    async publish({ id }, tag) {
      const { rest } = await client()
      const { data } = await rest.repos.updateRelease({
        ...here,
        release_id: id,
        tag_name: tag,
        draft: false,
        make_latest: "false", // of many bundles none is the latest
      })
      return seenRelease(data)
    },

    async removeAsset({ id }) {
      const { rest } = await client()
      await ifThere(rest.repos.deleteReleaseAsset({ ...here, asset_id: id }))
    },

    async removeDraft({ id }) {
      const { rest } = await client()
      await ifThere(rest.repos.deleteRelease({ ...here, release_id: id }))
    },

    download: ({ id }, maximumBytes, range) => download(id, maximumBytes, range),

    page: tag => `${web}/${target.repository}/releases/tag/${tag.split("/").map(encodeURIComponent).join("/")}`,
  }
}

/** Names can be taken over, and old names lead to new places: what counts is the number. Throws `forge-refused`. */
function requireRepository({ data }: { readonly data: { readonly id: number } }, target: GithubTarget): void {
  if (data.id === target.repositoryId) return
  throw new ScbError(
    "forge-refused",
    `${target.repository} is the repository with the id ${data.id}, expected ${target.repositoryId}`,
    { hint: "another repository has taken its name: nothing was read or written; see policies/distribution.yaml" },
  )
}

function contentIn(body: string | null | undefined): string | undefined {
  return /<!-- scb:content ([0-9a-f]{64}) -->\s*$/.exec(body ?? "")?.[1]
}

/** RFC 9110 §14.1.2: both ends belong to it. */
function rangeHeader({ offset, size }: ByteRange): string {
  return `bytes=${offset}-${offset + size - 1}`
}

/** Octokit's types say JSON whatever was asked for. */
function bodyOf(data: unknown): ReadableStream {
  if (data instanceof ReadableStream) return data
  throw new Error("an answer that was not to be parsed is no stream")
}
