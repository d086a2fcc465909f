import { appendFile, mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { worldError } from "./atomic-files.ts"
import { takeLock } from "./file-lock.ts"
import { type GitRepository, readBranch } from "./git-repository.ts"

/**
 * Compare and swap: false when the branch is not at `from` (null: there is none). Takes git's own lock on the branch, so
 * git and other processes may write as well; throws `busy` when one of them does for longer than `patienceMillis`.
 */
export async function moveBranch(
  repository: GitRepository,
  ref: string,
  move: { readonly from: string | null; readonly to: string; readonly payload: string },
  patienceMillis?: number,
): Promise<boolean> {
  return swap(repository, ref, move, patienceMillis).catch(cause => {
    throw worldError(cause, `cannot move ${ref} in ${repository.commonDirectory}`)
  })
}

async function swap(
  repository: GitRepository,
  ref: string,
  { from, to, payload }: { readonly from: string | null; readonly to: string; readonly payload: string },
  patienceMillis: number | undefined,
): Promise<boolean> {
  const path = join(repository.commonDirectory, ref)
  const place = { lock: `${path}.lock`, owners: join(repository.commonDirectory, "scb", ref) }
  const lock = await takeLock(place, Buffer.from(`${to}\n`), patienceMillis)
  try {
    if ((await readBranch(repository, ref)) !== from) return false
    await appendReflog(repository, ref, from, to, payload)
    await lock.replace(path)
    return true
  } finally {
    await lock.release()
  }
}

/** One line of gitrepository-layout(5) `logs/`: who moved the branch from where to where. */
async function appendReflog(
  { commonDirectory }: GitRepository,
  ref: string,
  from: string | null,
  to: string,
  payload: string,
): Promise<void> {
  const log = join(commonDirectory, "logs", ref)
  const committer = /^committer (.*)$/m.exec(payload)?.[1]
  const subject = payload.slice(payload.indexOf("\n\n") + 2).split("\n", 1)[0]
  await mkdir(dirname(log), { recursive: true })
  await appendFile(log, `${from ?? "0".repeat(40)} ${to} ${committer}\tscb: ${subject}\n`)
}
