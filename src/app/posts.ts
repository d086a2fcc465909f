import { ScbError } from "../domain/errors.ts"
import type { Forum, Issue, Post } from "../ports.ts"

export type Kept = "written" | "updated" | "unchanged"

/**
 * Sees to it that one comment of ours with this marker stands there, with this text. Runs at the same time end with one
 * too: each looks again after it has written, and all agree that the oldest stays.
 */
export async function keepComment(forum: Forum, pullRequest: number, marker: string, body: string): Promise<Kept> {
  const look = (): Promise<readonly Post[]> => forum.comments(pullRequest, marker)
  const before = await look()
  if (before.length === 0) await writeOnce(() => forum.comment(pullRequest, body), look)
  const [oldest, ...younger] = before.length === 0 ? await look() : before
  for (const { id } of younger) await forum.removeComment(id)
  if (before.length === 0 && oldest !== undefined && isSameText(oldest.body, body)) return "written"
  if (oldest === undefined || isSameText(oldest.body, body)) return "unchanged"
  await forum.editComment(oldest.id, body)
  return "updated"
}

export interface KeptIssues {
  readonly opened: readonly number[]
  readonly updated: readonly number[]
  readonly closed: readonly number[]
  /** How many were as they should be. */
  readonly unchanged: number
}

/** What an issue is to say; the first line of its body is its marker. */
export type WantedIssue = Omit<Issue, "id"> & { readonly marker: string }

export interface Ending {
  /** False where not everything could be looked at: then only what is there twice is closed. */
  readonly closesMended: boolean
  /** What is said to those who read an issue that is closed. */
  readonly farewell: string
}

/** Sees to it that exactly these issues of ours are open, each once. */
export async function keepIssues(
  forum: Forum,
  family: string,
  wanted: readonly WantedIssue[],
  { closesMended, farewell }: Ending,
): Promise<KeptIssues> {
  const before = await forum.issues(family)
  const missing = wanted.filter(({ marker }) => !before.some(issue => isAbout(issue, marker)))
  for (const { title, body, marker } of missing) {
    const look = async () => (await forum.issues(marker)).filter(issue => isAbout(issue, marker))
    await writeOnce(() => forum.openIssue({ title, body }), look)
  }
  const after = missing.length === 0 ? before : await forum.issues(family)
  const kept = new Map<number, WantedIssue>()
  for (const each of wanted) {
    const oldest = after.find(issue => isAbout(issue, each.marker))
    if (oldest !== undefined) kept.set(oldest.id, each)
  }
  const changed = after.filter(issue => differs(issue, kept.get(issue.id)))
  for (const { id } of changed) {
    const { title, body } = kept.get(id) ?? {}
    if (title !== undefined && body !== undefined) await forum.editIssue({ id, title, body })
  }
  const over = after
    .filter(({ id }) => !kept.has(id))
    .map(({ id, body }) => ({ id, twin: after.find(each => kept.has(each.id) && isAbout(each, firstLine(body))) }))
    .filter(({ twin }) => closesMended || twin !== undefined)
  for (const { id, twin } of over) {
    await forum.closeIssue(id, twin === undefined ? farewell : `The same as #${twin.id}.`)
  }
  const known = new Set(before.map(({ id }) => id))
  const opened = [...kept.keys()].filter(id => !known.has(id))
  return {
    opened,
    updated: changed.map(({ id }) => id),
    closed: over.map(({ id }) => id),
    unchanged: kept.size - opened.length - changed.length,
  }
}

function isAbout({ body }: Post, marker: string): boolean {
  return firstLine(body) === marker
}

function firstLine(body: string): string {
  return body.split(/\r?\n/, 1)[0] ?? ""
}

function differs(issue: Issue, wanted: WantedIssue | undefined): boolean {
  return wanted !== undefined && (issue.title !== wanted.title || !isSameText(issue.body, wanted.body))
}

/** Forges may hand back other line ends than they were given, and none at the end. */
function isSameText(a: string, b: string): boolean {
  return a.replaceAll("\r\n", "\n").trimEnd() === b.trimEnd()
}

/** After silence nobody knows whether it was written: what counts is whether it is there. */
async function writeOnce(write: () => Promise<unknown>, look: () => Promise<readonly unknown[]>): Promise<void> {
  try {
    await write()
  } catch (error) {
    const isUnclear = error instanceof ScbError && error.code === "forge-unreachable"
    if (!isUnclear || (await look()).length === 0) throw error
  }
}
