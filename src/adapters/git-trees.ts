import { ScbError } from "../domain/errors.ts"
import { type GitObject, parseTree, type TreeEntry, treeObject } from "./git-objects.ts"

/** A tree and every object of it that may be new, itself included. */
export interface GrownTree {
  readonly tree: GitObject
  readonly objects: readonly GitObject[]
}

export interface TreeGround<File> {
  readTree(id: string): Promise<Uint8Array>
  blobOf(file: File): GitObject
}

/**
 * The tree that `files`, by path, make on top of another; null takes one away. Reads only the folders that change.
 * Throws `io` for names that it could not keep.
 */
export async function growTree<File extends string | Uint8Array>(
  ground: TreeGround<File>,
  tree: string | undefined,
  files: ReadonlyMap<string, File | null>,
): Promise<GrownTree> {
  const before = tree === undefined ? [] : parseTree(await ground.readTree(tree))
  const entries = new Map(before.map(entry => [entry.name, entry]))
  const objects: GitObject[] = []
  const put = (name: string, mode: string, object: GitObject): void => {
    const isFolder = entries.get(name)?.mode === "40000"
    if (entries.has(name) && isFolder !== (mode === "40000")) throw new Error(`${name} is both a file and a folder`)
    entries.set(name, { mode, name, id: object.id })
  }
  for (const [name, inside] of byFirstWord(files)) {
    if (inside === null) {
      entries.delete(name)
    } else if (!(inside instanceof Map)) {
      const blob = ground.blobOf(inside)
      put(name, entries.get(name)?.mode === "100755" ? "100755" : "100644", blob)
      objects.push(blob)
    } else {
      const folder = await growTree(ground, entries.get(name)?.id, inside)
      if (folder.tree.content.length === 0) entries.delete(name)
      else put(name, FOLDER, folder.tree)
      objects.push(...folder.objects)
    }
  }
  const grown = treeObject([...entries.values()].map(requireKept))
  return { tree: grown, objects: [...objects, grown] }
}

function requireKept(entry: TreeEntry): TreeEntry {
  if (!entry.name.includes("\uFFFD")) return entry
  throw new ScbError("io", `the name ${JSON.stringify(entry.name)} is not UTF-8 and would be lost`, {
    hint: "rename that file",
  })
}

function byFirstWord<File>(files: ReadonlyMap<string, File>): ReadonlyMap<string, File | Map<string, File>> {
  const words = new Map<string, File | Map<string, File>>()
  for (const [path, file] of files) {
    const slash = path.indexOf("/")
    if (slash < 0) {
      words.set(path, file)
      continue
    }
    const folder = words.get(path.slice(0, slash)) ?? new Map<string, File>()
    if (!(folder instanceof Map)) throw new Error(`${path} is below a file`)
    words.set(path.slice(0, slash), folder.set(path.slice(slash + 1), file))
  }
  return words
}

type ReadTrees = (ids: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>

/** A path that is not the same in two trees, and what is there in the second. */
export interface TreeChange {
  readonly path: string
  readonly entry?: TreeEntry
  /** Another path beside it that is the same where case does not count; itself where the tree names it twice. */
  readonly collidesWith?: string
}

/** Files that differ between two trees (undefined: the empty one), sorted by path. Reads only folders that differ, a level at a time. */
export async function treeChanges(
  readTrees: ReadTrees,
  before: string | undefined,
  after: string,
): Promise<readonly TreeChange[]> {
  const changes: TreeChange[] = []
  let level: readonly FolderPair[] = before === after ? [] : [{ folder: "", ids: [before, after] }]
  while (level.length > 0) {
    const trees = await readTrees([...new Set(level.flatMap(({ ids }) => ids.filter(id => id !== undefined)))])
    const entriesOf = (id: string | undefined): Entries => byName(parseTree(trees.get(id ?? "") ?? new Uint8Array()))
    const pairs = level.flatMap(({ folder, ids: [was, is] }) => changedEntries(folder, entriesOf(was), entriesOf(is)))
    changes.push(...pairs.flatMap(({ change }) => change ?? []))
    level = pairs.flatMap(({ folder }) => folder ?? [])
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}

type Entries = ReadonlyMap<string, NamedEntry>

/** `twice`: which of several is meant, everybody who reads the tree decides otherwise (git-fsck(1), duplicateEntries). */
type NamedEntry = TreeEntry & { readonly twice?: true }

function byName(list: readonly TreeEntry[]): Entries {
  const entries = new Map<string, NamedEntry>()
  for (const entry of list) entries.set(entry.name, entries.has(entry.name) ? { ...entry, twice: true } : entry)
  return entries
}

interface FolderPair {
  /** With its last slash; empty for the top. */
  readonly folder: string
  readonly ids: readonly [string | undefined, string | undefined]
}

/** Of one name: the files that differ, and the folders to be looked into. A file may have become a folder. */
interface ChangedEntry {
  readonly change?: TreeChange
  readonly folder?: FolderPair
}

function changedEntries(folder: string, before: Entries, after: Entries): readonly ChangedEntry[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): readonly ChangedEntry[] => {
    const [was, is] = [before.get(name), after.get(name)]
    if (was?.id === is?.id && was?.mode === is?.mode && is?.twice === undefined) return []
    const path = `${folder}${name}`
    const ids = [folderId(was), folderId(is)] as const
    const twin = is === undefined ? undefined : is.twice ? name : twinOf(name, after)
    const entry = is === undefined || is.mode === FOLDER ? {} : { entry: is }
    const collision = twin === undefined ? {} : { collidesWith: `${folder}${twin}` }
    const isFile = [was, is].some(each => each !== undefined && each.mode !== FOLDER)
    return [
      {
        ...(isFile || twin !== undefined ? { change: { path, ...entry, ...collision } } : {}),
        ...(ids.some(id => id !== undefined) ? { folder: { folder: `${path}/`, ids } } : {}),
      },
    ]
  })
}

function twinOf(name: string, entries: Entries): string | undefined {
  return [...entries.keys()].find(other => other !== name && other.toLowerCase() === name.toLowerCase())
}

const FOLDER = "40000"

function folderId(entry: TreeEntry | undefined): string | undefined {
  return entry?.mode === FOLDER ? entry.id : undefined
}
