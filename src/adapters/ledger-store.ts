import { ScbError } from "../domain/errors.ts"
import type { Ledger, LedgerCommit } from "../ports.ts"
import {
  type Author,
  type CommitFacts,
  checkAuthor,
  commitPayload,
  type GitObject,
  listTree,
  parseCommit,
  parseTree,
  signedCommit,
  type TreeEntry,
  textObject,
  textOf,
  treeObject,
} from "./git-objects.ts"
import { inTurns } from "./in-turns.ts"

/** Where a ledger keeps its objects and its head: a git repository, or memory. */
export interface LedgerStore {
  head(): Promise<string | null>
  /** Undefined when the object is not there. Throws `ledger-corrupt` when it is damaged. */
  find(id: string): Promise<GitObject | undefined>
  /** Durable when it returns; nothing refers to the objects yet. */
  write(objects: readonly GitObject[]): Promise<void>
  /** Compare and swap. False when the head is not `from`. */
  moveHead(from: string | null, to: string, payload: string): Promise<boolean>
}

/** A tree and every object of it that may be new, itself included. */
interface GrownTree {
  readonly tree: GitObject
  readonly objects: readonly GitObject[]
}

/** Lower-case words between slashes: names that are plain on every file system and in every git. */
const LEDGER_PATH = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/

export function storedLedger(store: LedgerStore, author: Author): Ledger {
  checkAuthor(author)
  /** Text by blob id: what has been read or prepared once is not read again. */
  const texts = new Map<string, string>()

  async function read(id: string, type: GitObject["type"]): Promise<Uint8Array> {
    const object = await store.find(id)
    if (object?.type !== type)
      throw new ScbError(
        "ledger-corrupt",
        `ledger lacks the ${type} ${id}${object ? `: it is a ${object.type}` : ""}`,
        {
          hint: "fetch the ledger branch again, or restore the repository",
        },
      )
    return object.content
  }

  const readEntries = async (tree: string): Promise<readonly TreeEntry[]> => parseTree(await read(tree, "tree"))
  const readCommit = async (id: string): Promise<CommitFacts> => parseCommit(id, await read(id, "commit"))

  async function readFiles(tree: string): Promise<ReadonlyMap<string, string>> {
    const entries = await listTree(id => read(id, "tree"), tree)
    const files = await inTurns(entries, async ({ path, mode, id }) => {
      if (mode !== "100644")
        throw new ScbError("ledger-corrupt", `ledger file ${path} has mode ${mode}, expected 100644`)
      const text = texts.get(id) ?? textOf(await read(id, "blob"), `ledger file ${path}`)
      texts.set(id, text)
      return [path, text] as const
    })
    return new Map(files)
  }

  /** The tree that `files` make on top of another. Reads only the folders that change. */
  async function grow(tree: string | undefined, files: ReadonlyMap<string, string>): Promise<GrownTree> {
    const entries = new Map((tree === undefined ? [] : await readEntries(tree)).map(entry => [entry.name, entry]))
    const objects: GitObject[] = []
    const put = (name: string, mode: string, object: GitObject): void => {
      const isFolder = entries.get(name)?.mode === "40000"
      if (entries.has(name) && isFolder !== (mode === "40000")) throw new Error(`${name} is both a file and a folder`)
      entries.set(name, { mode, name, id: object.id })
    }
    for (const [name, inside] of byFirstWord(files)) {
      if (typeof inside === "string") {
        const blob = textObject("blob", inside)
        texts.set(blob.id, inside)
        put(name, "100644", blob)
        objects.push(blob)
      } else {
        const folder = await grow(entries.get(name)?.id, inside)
        put(name, "40000", folder.tree)
        objects.push(...folder.objects)
      }
    }
    const grown = treeObject([...entries.values()])
    return { tree: grown, objects: [...objects, grown] }
  }

  /** Throws `ledger-moved` when the parent is not here: a ledger that we know nothing of has taken its place. */
  async function growOn(parent: string | null, files: ReadonlyMap<string, string>): Promise<GrownTree> {
    for (const path of files.keys()) {
      if (!LEDGER_PATH.test(path)) throw new Error(`no ledger file can be named ${JSON.stringify(path)}`)
    }
    if (parent === null) return grow(undefined, files)
    if ((await store.find(parent)) === undefined) throw moved(`commit ${parent}`, "it is not here")
    return grow((await readCommit(parent)).tree, files)
  }

  return {
    async read() {
      const head = await store.head()
      return { head, files: head === null ? new Map() : await readFiles((await readCommit(head)).tree) }
    },

    async prepare(parent, files, message, at) {
      const { tree } = await growOn(parent, files)
      return { parent, files, payload: commitPayload(tree.id, parent, author, message, at) }
    },

    async commit({ parent, files, payload }, armoredSignature) {
      const commit = signedCommit(payload, armoredSignature)
      const head = await store.head()
      if (head === commit.id) return head
      if (head !== parent) throw moved(named(parent), `it is at ${named(head)}`)
      const { tree, objects } = await growOn(parent, files)
      checkPayload(parseCommit(commit.id, commit.content), parent, tree.id)
      await store.write([...objects, commit])
      if (await store.moveHead(parent, commit.id, payload)) return commit.id
      throw moved(named(parent), "somebody else has committed")
    },

    async history(limit = Number.POSITIVE_INFINITY, since) {
      const commits: LedgerCommit[] = []
      for (let id = await store.head(); id !== since && commits.length < limit; ) {
        if (id === null) {
          if (since === undefined) break
          throw new ScbError("ledger-corrupt", `the ledger's past does not hold commit ${since}: it was rewritten`, {
            hint: "find out who moved the branch, and put it back to the last signed commit that you trust",
          })
        }
        const { parent, payload, signature } = await readCommit(id)
        commits.push({ id, parent, payload, ...(signature !== undefined && { signature }) })
        id = parent
      }
      return commits
    },
  }
}

/** What was signed must be exactly these files on this parent: prepared and signed elsewhere, perhaps not by us. */
function checkPayload(commit: CommitFacts, parent: string | null, tree: string): void {
  if (commit.parent === parent && commit.tree === tree) return
  throw new ScbError(
    "digest-mismatch",
    `the signed ledger commit is about tree ${commit.tree} on ${named(commit.parent)}, its files make ${tree} on ${named(parent)}`,
    { hint: "build again; never publish what somebody has changed on the way" },
  )
}

function byFirstWord(files: ReadonlyMap<string, string>): ReadonlyMap<string, string | Map<string, string>> {
  const words = new Map<string, string | Map<string, string>>()
  for (const [path, text] of files) {
    const slash = path.indexOf("/")
    if (slash < 0) {
      words.set(path, text)
      continue
    }
    const folder = words.get(path.slice(0, slash)) ?? new Map<string, string>()
    if (typeof folder === "string") throw new Error(`${path} is below a file`)
    words.set(path.slice(0, slash), folder.set(path.slice(slash + 1), text))
  }
  return words
}

function moved(from: string, why: string): ScbError {
  return new ScbError("ledger-moved", `the ledger is not at ${from} any more: ${why}`, { hint: "plan and build again" })
}

function named(commit: string | null): string {
  return commit === null ? "its beginning" : `commit ${commit}`
}
