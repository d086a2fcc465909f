import { appendFile, mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Ledger } from "../ports.ts"
import { worldError } from "./atomic-files.ts"
import { takeLock } from "./file-lock.ts"
import type { Author } from "./git-objects.ts"
import { type GitRepository, objectReader, openRepository, readBranch, writeObjects } from "./git-repository.ts"
import { lazily } from "./lazily.ts"
import { type LedgerStore, storedLedger } from "./ledger-store.ts"

export interface GitLedgerOptions {
  /** The top of a repository, with or without a working tree, which is never touched. */
  readonly directory: string
  readonly author: Author
  readonly branch?: string
  /** How long to wait for another writer before `busy`. */
  readonly patienceMillis?: number
}

/** The ledger on a branch of its own. Takes git's own lock on the branch, so git and other processes may write as well. */
export function gitLedger({ directory, author, branch = "ledger", patienceMillis }: GitLedgerOptions): Ledger {
  const opened = lazily(async () => {
    const repository = await openRepository(directory)
    return gitStore(repository, `refs/heads/${branch}`, patienceMillis)
  })
  const store: LedgerStore = {
    head: async () => (await opened()).head(),
    find: async id => (await opened()).find(id),
    write: async objects => (await opened()).write(objects),
    moveHead: async (from, to, payload) => (await opened()).moveHead(from, to, payload),
  }
  return storedLedger(store, author)
}

function gitStore(repository: GitRepository, ref: string, patienceMillis: number | undefined): LedgerStore {
  const path = join(repository.commonDirectory, ref)
  const place = { lock: `${path}.lock`, owners: join(repository.commonDirectory, "scb", ref) }

  async function moveHead(from: string | null, to: string, payload: string): Promise<boolean> {
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

  return {
    head: () => readBranch(repository, ref),
    find: objectReader(repository, "ledger-corrupt").find,
    write: objects => writeObjects(repository, objects),
    moveHead: (from, to, payload) =>
      moveHead(from, to, payload).catch(cause => {
        throw worldError(cause, `cannot move ${ref} in ${repository.commonDirectory}`)
      }),
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
