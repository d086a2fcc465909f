import { ScbError } from "../../domain/errors.ts"
import type { Announcement } from "../../domain/forge/announcement.ts"
import { nextAct, type PublicationAct, type SeenRelease, type WantedRelease } from "../../domain/forge/publication.ts"
import type { FileDigest } from "../../domain/release.ts"
import { encodeUtf8 } from "../../domain/utf8.ts"
import { sha256Of } from "../release-rules.ts"
import { GithubRefusal, isUnreachable } from "./refusals.ts"
import type { ReleaseForge } from "./release-forge.ts"

/** What is to be published, and where its bytes are. */
export interface Publication {
  readonly wanted: WantedRelease
  readonly announcement: Announcement
  readonly commit?: string
  /** Of one of the wanted files. */
  bytesOf(name: string): Promise<Uint8Array>
}

export interface Published {
  readonly release: SeenRelease
  readonly outcome: "published" | "already"
}

/** Answers in a row after which it is not known what has become of the request. */
const SETBACKS_MAXIMUM = 8

/**
 * Act by act until it is published. After an answer that leaves open what has happened, what is there is looked at and
 * decides; so does it when the work of another run is found. Throws `release-exists`, and what the forge throws.
 */
export async function carryOut(
  forge: ReleaseForge,
  publication: Publication,
  seen: readonly SeenRelease[],
): Promise<Published> {
  const { wanted } = publication
  const burned = new Set<string>()
  let releases = seen
  let outcome: Published["outcome"] = "already"
  let setbacks = 0
  let lookedAt: number | undefined
  for (let left = 10 + 4 * wanted.files.length; left > 0; left -= 1) {
    const act = nextAct(wanted, releases, burned)
    if (act.kind === "done") return { release: act.release, outcome }
    if (act.kind === "refuse") throw alreadyPublished(act.release.tag, act.asset)
    if (act.kind === "publish" && lookedAt !== act.release.id) {
      // what answers to uploads said is not yet what is there
      releases = await lookAgain(forge, act.release, releases)
      lookedAt = act.release.id
      continue
    }
    if (act.kind !== "remove-draft") outcome = "published"
    try {
      releases = await perform(forge, publication, act, releases)
      if (act.kind !== "remove-asset") setbacks = 0
      lookedAt = undefined
    } catch (error) {
      refuseUnknownCommit(error, publication.commit)
      if ("tag" in act && isBurned(error)) burned.add(act.tag)
      else if (!leavesOpen(error) || setbacks === SETBACKS_MAXIMUM) throw error
      setbacks += 1
      const inOne = act.kind === "upload" || act.kind === "remove-asset"
      releases = inOne ? await lookAgain(forge, act.release, releases) : await forge.list()
    }
  }
  throw new ScbError("digest-mismatch", `GitHub keeps other bytes of ${wanted.tag} than it was sent`, {
    hint: "something between here and GitHub changes what is sent; nothing was published",
  })
}

/** Of all that a release is to hold. */
export function contentDigest(files: readonly FileDigest[]): string {
  const lines = files.map(({ name, size, sha256 }) => `${sha256} ${size} ${name}\n`)
  return sha256Of(encodeUtf8(lines.sort().join("")))
}

export function alreadyPublished(release: string, asset: string): ScbError {
  return new ScbError("release-exists", `release ${release} is already published with another ${asset}`, {
    hint: "a version's content never changes: release the next version",
  })
}

type Doing = Exclude<PublicationAct, { readonly kind: "done" | "refuse" }>

/** What there is afterwards, as the answer says. */
async function perform(
  forge: ReleaseForge,
  { wanted, announcement, commit, bytesOf }: Publication,
  act: Doing,
  releases: readonly SeenRelease[],
): Promise<readonly SeenRelease[]> {
  switch (act.kind) {
    case "create": {
      const draft = { tag: act.tag, content: wanted.content, ...announcement }
      return [...releases, await forge.create(commit === undefined ? draft : { ...draft, commit })]
    }
    case "upload": {
      const asset = await forge.upload(act.release, act.file.name, await bytesOf(act.file.name))
      return replaced(releases, { ...act.release, assets: [...act.release.assets, asset] })
    }
    case "remove-asset": {
      await forge.removeAsset(act.asset)
      const assets = act.release.assets.filter(({ id }) => id !== act.asset.id)
      return replaced(releases, { ...act.release, assets })
    }
    case "publish":
      return replaced(releases, await forge.publish(act.release, act.tag))
    case "remove-draft":
      await forge.removeDraft(act.release)
      return releases.filter(({ id }) => id !== act.release.id)
  }
}

/** At one release; at all of them when it is gone. */
async function lookAgain(
  forge: ReleaseForge,
  { id }: SeenRelease,
  releases: readonly SeenRelease[],
): Promise<readonly SeenRelease[]> {
  const now = await forge.look(id)
  return now === undefined ? forge.list() : replaced(releases, now)
}

function replaced(releases: readonly SeenRelease[], one: SeenRelease): readonly SeenRelease[] {
  return releases.map(each => (each.id === one.id ? one : each))
}

/** Throws `forge-refused` with what to do about it. */
function refuseUnknownCommit(error: unknown, commit: string | undefined): void {
  if (!(error instanceof GithubRefusal) || !error.problems.some(({ field }) => field === "target_commitish")) return
  throw new ScbError("forge-refused", `GitHub does not know commit ${commit ?? ""}: ${error.message}`, {
    hint: "push main first: a release is tagged at the commit that it was built from",
    cause: error,
  })
}

/** Without an answer, or with one that another publisher's work, or our own of a moment ago, may have caused. */
function leavesOpen(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof GithubRefusal && [404, 409, 422].includes(error.status))
}

/** Seen at github.com/github/ospo-reusable-workflows/issues/83: the tag of an immutable release, also of a deleted one. */
function isBurned(error: unknown): boolean {
  if (!(error instanceof GithubRefusal) || error.status !== 422) return false
  return error.problems.some(({ field, message }) => field === "tag_name" && /immutable release/.test(message ?? ""))
}
