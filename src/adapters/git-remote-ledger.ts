import { ScbError } from "../domain/errors.ts"
import type { Ledger } from "../ports.ts"
import { gitStore } from "./git-ledger.ts"
import { type Author, parseCommit } from "./git-objects.ts"
import type { GitRemote } from "./git-remote.ts"
import { objectReader, openRepository } from "./git-repository.ts"
import { lazily } from "./lazily.ts"
import { type LedgerStore, storedLedger } from "./ledger-store.ts"

export interface GitRemoteLedgerOptions {
  /** The top of a repository, which keeps what it has seen of the branch on a branch of the same name. */
  readonly directory: string
  readonly remote: GitRemote
  readonly author: Author
  readonly branch?: string
  /** How long to wait for another writer in this repository before `busy`. */
  readonly patienceMillis?: number
}

/**
 * The ledger on a branch of another repository, whose compare-and-swap is the lock. Each reading looks there first, and
 * throws `ledger-corrupt` when what was seen before is not in its past: its history was rewritten.
 */
export function gitRemoteLedger(options: GitRemoteLedgerOptions): Ledger {
  const { directory, remote, author, branch = "ledger", patienceMillis } = options
  const opened = lazily(async () => {
    const repository = await openRepository(directory)
    const here = gitStore(
      repository,
      objectReader(repository, "ledger-corrupt"),
      `refs/heads/${branch}`,
      patienceMillis,
    )
    local = here
    return here
  })
  let local: LedgerStore | undefined

  /** Keeps the newest that was seen. Another process may have been faster, which is as good. */
  async function remember(here: LedgerStore, from: string | null, to: string): Promise<void> {
    const commit = await here.find(to)
    if (commit === undefined) throw new Error(`commit ${to} was fetched and is not here`)
    await here.moveHead(from, to, parseCommit(to, commit.content).payload)
  }

  /** What is seen here was there before, so asked in this order it is in the past of what is there. */
  async function head(): Promise<string | null> {
    const here = await opened()
    const seen = await here.head()
    const there = await remote.fetch(branch, "with its past")
    if (there === seen) return there
    if (there === null || (seen !== null && !(await remote.isPast(seen, there)))) throw rewritten(remote, seen, there)
    await remember(here, seen, there)
    return there
  }

  /**
   * An answer may be lost, and libcurl may send again what has arrived, which is then refused: what is there decides.
   * False when somebody else was faster.
   */
  async function push(from: string | null, to: string): Promise<boolean> {
    const outcome = await remote.push(branch, from, to).catch(unlessUnreachable)
    if (outcome === "pushed") return true
    const there = await remote.fetch(branch, "with its past")
    if (there !== null && (await remote.isPast(to, there))) return true
    if (outcome === "moved") return false
    throw outcome
  }

  return storedLedger(
    {
      head,
      find: async id => (await opened()).find(id),
      findMany: async (ids, take) => (await opened()).findMany(ids, take),
      findManyNow: (ids, take) => local?.findManyNow(ids, take),
      readsNow: async () => (await opened()).readsNow(),
      write: async objects => (await opened()).write(objects),
      async moveHead(from, to) {
        if (!(await push(from, to))) return false
        await remember(await opened(), from, to)
        return true
      },
    },
    author,
  )
}

function unlessUnreachable(error: unknown): ScbError {
  if (error instanceof ScbError && error.code === "forge-unreachable") return error
  throw error
}

function rewritten(remote: GitRemote, seen: string | null, there: string | null): ScbError {
  const is = there === null ? "is not there any more" : `is at commit ${there}`
  return new ScbError(
    "ledger-corrupt",
    `the ledger of ${remote.url} ${is}, without commit ${seen} that was seen before`,
    {
      hint: "its history was rewritten, or this repository's ledger was never pushed: find out which before you mend it",
    },
  )
}
