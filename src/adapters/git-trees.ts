import { ScbError } from "../domain/errors.ts"
import { type GitObject, parseTree, type TreeEntry, treeObject } from "./git-objects.ts"

/** A tree and every object of it that may be new, itself included. */
export interface GrownTree {
  readonly tree: GitObject
  readonly objects: readonly GitObject[]
}

export interface TreeGround {
  readTree(id: string): Promise<Uint8Array>
  blobOf(text: string): GitObject
}

/** The tree that `files`, by path, make on top of another. Reads only the folders that change. Throws `io` for names that it could not keep. */
export async function growTree(
  ground: TreeGround,
  tree: string | undefined,
  files: ReadonlyMap<string, string>,
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
    if (typeof inside === "string") {
      const blob = ground.blobOf(inside)
      put(name, entries.get(name)?.mode === "100755" ? "100755" : "100644", blob)
      objects.push(blob)
    } else {
      const folder = await growTree(ground, entries.get(name)?.id, inside)
      put(name, "40000", folder.tree)
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

type ReadTrees = (ids: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>

/** Paths of files that are not the same in two trees (undefined: the empty one), sorted. Reads only folders that differ, a level at a time. */
export async function differentPaths(
  readTrees: ReadTrees,
  before: string | undefined,
  after: string,
): Promise<readonly string[]> {
  const paths: string[] = []
  let level: readonly FolderPair[] = before === after ? [] : [{ folder: "", ids: [before, after] }]
  while (level.length > 0) {
    const trees = await readTrees([...new Set(level.flatMap(({ ids }) => ids.filter(id => id !== undefined)))])
    const entriesOf = (id: string | undefined): ReadonlyMap<string, TreeEntry> =>
      new Map(parseTree(trees.get(id ?? "") ?? new Uint8Array()).map(entry => [entry.name, entry]))
    const pairs = level.flatMap(({ folder, ids: [was, is] }) => differentEntries(folder, entriesOf(was), entriesOf(is)))
    paths.push(...pairs.flatMap(({ path, isFile }) => (isFile ? [path] : [])))
    level = pairs.flatMap(({ path, folders }) => (folders === undefined ? [] : [{ folder: `${path}/`, ids: folders }]))
  }
  return paths.sort()
}

interface FolderPair {
  readonly folder: string
  readonly ids: readonly [string | undefined, string | undefined]
}

interface DifferentEntry {
  readonly path: string
  /** On either side. */
  readonly isFile: boolean
  /** Where it is a folder on either side. */
  readonly folders?: FolderPair["ids"]
}

function differentEntries(
  folder: string,
  before: ReadonlyMap<string, TreeEntry>,
  after: ReadonlyMap<string, TreeEntry>,
): readonly DifferentEntry[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): readonly DifferentEntry[] => {
    const [was, is] = [before.get(name), after.get(name)]
    if (was?.id === is?.id && was?.mode === is?.mode) return []
    const folders = [folderId(was), folderId(is)] as const
    const isFile = [was, is].some(entry => entry !== undefined && entry.mode !== FOLDER)
    const path = `${folder}${name}`
    return [{ path, isFile, ...(folders.every(id => id === undefined) ? {} : { folders }) }]
  })
}

const FOLDER = "40000"

function folderId(entry: TreeEntry | undefined): string | undefined {
  return entry?.mode === FOLDER ? entry.id : undefined
}
