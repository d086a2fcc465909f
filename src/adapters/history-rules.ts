import { ScbError } from "../domain/errors.ts"
import type { MainCommit } from "../ports.ts"
import { modeProblem, nameProblem, sizeProblem } from "./tree-rules.ts"

/** Throws `not-found`. */
export function requireCommit<T>(commit: T | undefined, name: string): T {
  if (commit !== undefined) return commit
  throw new ScbError("not-found", `there is no commit ${name} here`, {
    hint: "fetch it; a shallow clone needs `git fetch --unshallow` (actions/checkout: fetch-depth: 0)",
  })
}

/** See `History.firstParents`: the line is followed by `read`, newest first, until it is at `from`. */
export async function firstParentsOf<T extends MainCommit>(
  read: (id: string) => Promise<T>,
  from: string | null,
  to: string,
): Promise<readonly T[]> {
  const line: T[] = []
  for (let id: string | undefined = to; id !== from; ) {
    if (id === undefined) throw rewritten(from, to)
    const commit: T = await read(id)
    line.push(commit)
    if (from === null) break
    id = commit.parents[0]
  }
  return line.reverse()
}

function rewritten(from: string | null, to: string): ScbError {
  const [known, now] = [from, to].map(id => id?.slice(0, 12))
  return new ScbError(
    "history-rewritten",
    `${now} does not lead back to ${known}, up to which changes were authorised`,
    {
      hint: "somebody has replaced history: find out who, and put the branch back to where it came from",
    },
  )
}

export interface ReviewedFile {
  readonly path: string
  /** As git writes it; undefined for a folder. */
  readonly mode: string | undefined
  /** Of a file. */
  readonly content: Uint8Array | undefined
  readonly collidesWith: string | undefined
}

/** Why the difference that people are shown does not say what a file will do; undefined when it does. */
export function reviewProblem(file: ReviewedFile): string | undefined {
  return REVIEW_RULES.map(rule => rule(file)).find(problem => problem !== undefined)
}

const REVIEW_RULES: readonly ((file: ReviewedFile) => string | undefined)[] = [
  ({ path }) => nameProblem(path),
  ({ path, collidesWith }) => (collidesWith === path ? "it is there twice" : undefined),
  ({ collidesWith }) => collidesWith && `its name differs from ${collidesWith} only in case`,
  ({ mode }) => (mode === undefined ? undefined : modeProblem(mode)),
  // gitattributes(5): -diff, binary and linguist-generated hide what changes
  ({ path }) => (/(?:^|\/)\.gitattributes$/.test(path) ? "it can hide from reviewers what changes" : undefined),
  ({ content }) => sizeProblem(content?.length ?? 0),
  ({ content }) => (content === undefined ? undefined : textProblem(content)),
]

/** Characters that turn the order of others around (CVE-2021-42574), or that nobody sees. */
const DECEPTIVE = /[\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\u{E0000}-\u{E007F}]/u

function textProblem(content: Uint8Array): string | undefined {
  if (content.includes(0)) return "it is binary"
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content)
    return DECEPTIVE.test(text) ? "it holds characters that are not seen, or that turn others around" : undefined
  } catch {
    return "it is not UTF-8 text"
  }
}
