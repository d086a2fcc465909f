import type { FileDigest } from "../release.ts"
import { attemptTag, parseAttempt } from "./release-tags.ts"

/** An asset as the forge shows it. */
export interface SeenAsset extends FileDigest {
  readonly id: number
  /** False for what an upload that failed has left behind (GitHub: state `starter`). */
  readonly whole: boolean
}

/** A release as the forge shows it: drafts only to those who may write. */
export interface SeenRelease {
  readonly id: number
  readonly tag: string
  readonly draft: boolean
  /** Nothing can be added to it or taken from it. */
  readonly immutable: boolean
  /** ISO 8601; empty for a draft. */
  readonly publishedAt: string
  /** Digest over what its maker wanted to put into it: tells our drafts from those of others. */
  readonly content?: string
  readonly assets: readonly SeenAsset[]
}

/** What is to be there in the end. */
export interface WantedRelease {
  /** Tag of the first attempt. */
  readonly tag: string
  readonly content: string
  readonly files: readonly FileDigest[]
  /** A release without one of these is not whole, and takes back what it lacks. */
  readonly required: readonly string[]
}

/** The next thing to do, and nothing after it: what the forge shows afterwards decides anew. */
export type PublicationAct =
  | { readonly kind: "done"; readonly release: SeenRelease }
  /** Something else is published in its place; `asset` differs. */
  | { readonly kind: "refuse"; readonly release: SeenRelease; readonly asset: string }
  | { readonly kind: "create"; readonly tag: string }
  | { readonly kind: "remove-asset"; readonly release: SeenRelease; readonly asset: SeenAsset }
  | { readonly kind: "upload"; readonly release: SeenRelease; readonly file: FileDigest }
  | { readonly kind: "publish"; readonly release: SeenRelease; readonly tag: string }
  | { readonly kind: "remove-draft"; readonly release: SeenRelease }

interface Scene {
  readonly wanted: WantedRelease
  /** In the order of their attempts. */
  readonly published: readonly SeenRelease[]
  /** Of this very content, oldest first. Drafts of others are none of our business. */
  readonly drafts: readonly SeenRelease[]
  readonly freeTag: string
}

type Rule = (scene: Scene) => PublicationAct | undefined

/** The first that has something to say decides. */
const RULES: readonly Rule[] = [
  othersContent,
  leftoverDraft,
  publishedWhole,
  publishedWithGaps,
  damagedInDraft,
  missingInDraft,
  draftComplete,
  nothingYet,
]

/**
 * Draft, upload, compare, publish, each as its own act. Pure: `releases` is what the forge shows now, in any order;
 * `burned` are tags that it will not give again. Performing acts until `done` or `refuse` ends from every state that a
 * publisher who was cut off, or several at once, can leave.
 */
export function nextAct(
  wanted: WantedRelease,
  releases: readonly SeenRelease[],
  burned: ReadonlySet<string>,
): PublicationAct {
  const attempts = releases.filter(({ tag }) => parseAttempt(tag).base === wanted.tag)
  const published = attempts
    .filter(({ draft }) => !draft)
    .sort((a, b) => parseAttempt(a.tag).attempt - parseAttempt(b.tag).attempt)
  const scene: Scene = {
    wanted,
    published,
    drafts: attempts.filter(({ draft, content }) => draft && content === wanted.content).sort((a, b) => a.id - b.id),
    freeTag: freeTag(wanted.tag, new Set([...burned, ...published.map(({ tag }) => tag)])),
  }
  for (const rule of RULES) {
    const act = rule(scene)
    if (act !== undefined) return act
  }
  throw new Error(`nothing follows for ${wanted.tag}`)
}

function othersContent({ wanted, published }: Scene): PublicationAct | undefined {
  for (const release of published) {
    const asset = release.assets.find(each => each.whole && !isWanted(wanted, each))?.name
    if (asset !== undefined) return { kind: "refuse", release, asset }
    const [added] = lacking(wanted, release)
    if (added !== undefined && isWhole(wanted, release)) return { kind: "refuse", release, asset: added.name }
  }
  return undefined
}

/** Of a publisher who was overtaken by one with the same content. */
function leftoverDraft({ wanted, published, drafts: [release] }: Scene): PublicationAct | undefined {
  if (release === undefined || !published.some(each => isWhole(wanted, each))) return undefined
  return { kind: "remove-draft", release }
}

function publishedWhole({ wanted, published }: Scene): PublicationAct | undefined {
  const release = published.find(each => isWhole(wanted, each))
  return release === undefined ? undefined : { kind: "done", release }
}

/** An immutable release with gaps stays as it is: the next attempt takes its place. */
function publishedWithGaps({ wanted, published }: Scene): PublicationAct | undefined {
  const release = published.find(({ immutable }) => !immutable)
  return release === undefined ? undefined : fill(wanted, release)
}

function damagedInDraft({ wanted, drafts: [release] }: Scene): PublicationAct | undefined {
  const asset = release?.assets.find(each => !each.whole || !isWanted(wanted, each))
  return release === undefined || asset === undefined ? undefined : { kind: "remove-asset", release, asset }
}

function missingInDraft({ wanted, drafts: [release] }: Scene): PublicationAct | undefined {
  return release === undefined ? undefined : fill(wanted, release)
}

function draftComplete({ drafts: [release], freeTag: tag }: Scene): PublicationAct | undefined {
  return release === undefined ? undefined : { kind: "publish", release, tag }
}

function nothingYet({ freeTag: tag }: Scene): PublicationAct {
  return { kind: "create", tag }
}

/** What an upload that failed left under the name goes first: GitHub takes no second asset of a name. */
function fill(wanted: WantedRelease, release: SeenRelease): PublicationAct | undefined {
  const [file] = lacking(wanted, release)
  if (file === undefined) return undefined
  const asset = release.assets.find(({ name }) => name === file.name)
  return asset === undefined ? { kind: "upload", release, file } : { kind: "remove-asset", release, asset }
}

function lacking(wanted: WantedRelease, { assets }: SeenRelease): readonly FileDigest[] {
  const names = new Set(assets.filter(({ whole }) => whole).map(({ name }) => name))
  return wanted.files.filter(({ name }) => !names.has(name))
}

function isWanted({ files }: WantedRelease, asset: SeenAsset): boolean {
  return files.some(({ name, size, sha256 }) => name === asset.name && size === asset.size && sha256 === asset.sha256)
}

function isWhole({ required }: WantedRelease, { assets }: SeenRelease): boolean {
  const names = new Set(assets.filter(({ whole }) => whole).map(({ name }) => name))
  return required.every(name => names.has(name))
}

function freeTag(tag: string, taken: ReadonlySet<string>): string {
  let attempt = 1
  while (taken.has(attemptTag(tag, attempt))) attempt += 1
  return attemptTag(tag, attempt)
}
