import { ScbError } from "../domain/errors.ts"
import { lazyMap } from "../domain/lazy-map.ts"
import type { Ledger, LedgerCommit, LedgerSnapshot } from "../ports.ts"
import {
  type Author,
  type CommitFacts,
  checkAuthor,
  commitPayload,
  type GitObject,
  listTrees,
  parseCommit,
  signedCommit,
  textObject,
  textOf,
} from "./git-objects.ts"
import { type GrownTree, growTree } from "./git-trees.ts"

/** Where a ledger keeps its objects and its head: a git repository, or memory. */
export interface LedgerStore {
  head(): Promise<string | null>
  /** Undefined when the object is not there. Throws `ledger-corrupt` when it is damaged. */
  find(id: string): Promise<GitObject | undefined>
  /** Gives each that is there to `take`, in no order. */
  findMany(ids: readonly string[], take: (object: GitObject) => void): Promise<void>
  /** The same while everything else waits. */
  findManyNow(ids: readonly string[], take: (object: GitObject) => void): void
  /** Whether {@link findManyNow} finds all that {@link findMany} does. */
  readsNow(): Promise<boolean>
  /** Durable when it returns; nothing refers to the objects yet. */
  write(objects: readonly GitObject[]): Promise<void>
  /** Compare and swap. False when the head is not `from`. */
  moveHead(from: string | null, to: string, payload: string): Promise<boolean>
}

/** Files of a ledger that are read at one go where they are read late: few at first, then twice as many each time. */
const READ_TOGETHER = { first: 8, most: 256 }
/** Those of them that are kept. */
const KEPT_TEXTS = 2048

/** Lower-case words between slashes: names that are plain on every file system and in every git. */
const LEDGER_PATH = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/

export function storedLedger(store: LedgerStore, author: Author): Ledger {
  checkAuthor(author)
  /** Text by blob id: what has been read or prepared once is not read again. */
  const texts = new Map<string, string>()

  const read = async (id: string, type: GitObject["type"]): Promise<Uint8Array> =>
    contentOf(id, type, await store.find(id))

  async function readMany<T>(
    ids: readonly string[],
    type: GitObject["type"],
    meaning: (content: Uint8Array, id: string) => T,
  ): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>()
    await store.findMany(ids, object => {
      found.set(object.id, meaning(contentOf(object.id, type, object), object.id))
    })
    for (const id of ids) if (!found.has(id)) contentOf(id, type, undefined)
    return found
  }

  const readCommit = async (id: string): Promise<CommitFacts> => parseCommit(id, await read(id, "commit"))

  async function readFiles(tree: string, wait: boolean): Promise<Omit<LedgerSnapshot, "head">> {
    const trees = (ids: readonly string[]) => readMany(ids, "tree", content => content.slice())
    const entries = await listTrees(trees, [{ id: tree, folder: "" }])
    for (const { path, mode } of entries) {
      if (mode !== "100644")
        throw new ScbError("ledger-corrupt", `ledger file ${path} has mode ${mode}, expected 100644`)
    }
    const ids = new Map(entries.map(({ path, id }) => [path, id]))
    if (wait && (await store.readsNow())) return { ids, files: lazyMap(ids.keys(), laterReader(ids), 0) }
    const wanted = [...new Set(ids.values())].filter(id => !texts.has(id))
    const read = await readMany(wanted, "blob", (content, id) => textOf(content, `ledger file ${id}`))
    for (const [id, text] of read) texts.set(id, text)
    return { ids, files: new Map([...ids].map(([path, id]) => [path, texts.get(id) ?? ""])) }
  }

  /** Who asks for one text will ask for those after it: reads many at a time, and keeps the last of them. */
  function laterReader(ids: ReadonlyMap<string, string>): (path: string) => string {
    const order = [...ids.values()]
    const places = new Map(order.map((id, place) => [id, place]))
    const recent = new Map<string, string>()
    let next = READ_TOGETHER.first
    return path => {
      const id = ids.get(path) ?? ""
      if (texts.get(id) === undefined && !recent.has(id)) {
        const place = places.get(id) ?? 0
        const together = path === "ledger.yaml" ? 1 : next
        if (path !== "ledger.yaml") next = Math.min(next * 2, READ_TOGETHER.most)
        store.findManyNow(order.slice(place, place + together), object => {
          recent.set(object.id, textOf(contentOf(object.id, "blob", object), `ledger file ${object.id}`))
        })
        for (const old of [...recent.keys()].slice(0, -KEPT_TEXTS)) recent.delete(old)
      }
      return texts.get(id) ?? recent.get(id) ?? textOf(contentOf(id, "blob", undefined), path)
    }
  }

  const blobOf = (text: string): GitObject => {
    const blob = textObject("blob", text)
    texts.set(blob.id, text)
    return blob
  }
  const grow = (tree: string | undefined, files: ReadonlyMap<string, string>): Promise<GrownTree> =>
    growTree({ readTree: id => read(id, "tree"), blobOf }, tree, files)

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
    async read({ wait = false } = {}) {
      const head = await store.head()
      if (head === null) return { head, ids: new Map(), files: new Map() }
      return { head, ...(await readFiles((await readCommit(head)).tree, wait)) }
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

/** Throws `ledger-corrupt` when it is not there, or of another type. */
function contentOf(id: string, type: GitObject["type"], object: GitObject | undefined): Uint8Array {
  if (object?.type === type) return object.content
  const is = object === undefined ? "" : `: it is a ${object.type}`
  throw new ScbError("ledger-corrupt", `ledger lacks the ${type} ${id}${is}`, {
    hint: "fetch the ledger branch again, or restore the repository",
  })
}

function moved(from: string, why: string): ScbError {
  return new ScbError("ledger-moved", `the ledger is not at ${from} any more: ${why}`, { hint: "plan and build again" })
}

function named(commit: string | null): string {
  return commit === null ? "its beginning" : `commit ${commit}`
}
