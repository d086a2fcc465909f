import type { Ledger } from "../ports.ts"
import { moveBranch } from "./git-branch.ts"
import type { Author } from "./git-objects.ts"
import { hasGit } from "./git-program.ts"
import {
  type GitRepository,
  type ObjectReader,
  objectReader,
  openRepository,
  readBranch,
  writeObjects,
} from "./git-repository.ts"
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
    reader = objectReader(repository, "ledger-corrupt")
    return gitStore(repository, reader, `refs/heads/${branch}`, patienceMillis)
  })
  let reader: ObjectReader | undefined
  const store: LedgerStore = {
    head: async () => (await opened()).head(),
    find: async id => (await opened()).find(id),
    findMany: async (ids, take) => (await opened()).findMany(ids, take),
    findManyNow: (ids, take) => reader?.findManyNow(ids, take),
    readsNow: hasGit,
    write: async objects => (await opened()).write(objects),
    moveHead: async (from, to, payload) => (await opened()).moveHead(from, to, payload),
  }
  return storedLedger(store, author)
}

/** The objects and the branch of one repository. */
export function gitStore(
  repository: GitRepository,
  reader: ObjectReader,
  ref: string,
  patienceMillis: number | undefined,
): LedgerStore {
  return {
    head: () => readBranch(repository, ref),
    ...reader,
    readsNow: hasGit,
    write: objects => writeObjects(repository, objects),
    moveHead: (from, to, payload) => moveBranch(repository, ref, { from, to, payload }, patienceMillis),
  }
}
