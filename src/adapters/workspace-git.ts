import fs, { type Dirent } from "node:fs"
import { lstat, readdir, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import git from "isomorphic-git"
import { ScbError } from "../domain/errors.ts"
import type { Tree, Workspace } from "../ports.ts"
import { errno, worldError } from "./atomic-files.ts"
import { gitObject, listTrees, parseTree } from "./git-objects.ts"
import { hasGit, maybeChanged } from "./git-program.ts"
import { type ObjectReader, objectReader, openRepository, resolveCommit } from "./git-repository.ts"
import { inTurns } from "./in-turns.ts"
import { lazily } from "./lazily.ts"
import { readRegular } from "./read-regular.ts"
import {
  INTENT_FOLDERS,
  type IntentFile,
  intentTree,
  isIntentFolder,
  MAXIMUM_FILE_BYTES,
  modeProblem,
  nameProblem,
  sizeProblem,
  TOO_LARGE,
} from "./tree-rules.ts"

/**
 * Intent in a git repository: `policies/` and `bundles/` at its top, on disk or in a commit. Commits are read as git
 * stores them: attributes, filters and line-ending conversion do not count.
 */
export function gitWorkspace(directory: string): Workspace {
  const top = resolve(directory)
  const opened = lazily(async () => {
    const repository = await openRepository(top)
    const objects = objectReader(repository, "io")
    return { repository, objects, list: rememberLast((tree: string) => listIntent(objects, tree)) }
  })

  return {
    readWorkingTree: async () => intentTree(await readDisk(top, await listTop(top))),

    async readCommit(ref = "HEAD", isKnown = () => false) {
      const { repository, objects, list } = await opened()
      const found = await resolveCommit(repository, ref)
      if (found === undefined) throw noCommit(top, ref)
      return { commit: found.commit, tree: await readIntent(objects, await list(found.tree), isKnown) }
    },

    async uncommittedChanges() {
      const { repository, list } = await opened()
      const maybe = await maybeChanged(repository.gitDirectory, top, INTENT_FOLDERS)
      const found = await resolveCommit(repository, "HEAD")
      const committed = found === undefined ? [] : await list(found.tree)
      const present = await listTop(top)
      const same = maybe && unchanged(committed, present, maybe)
      const changed = differences(
        committed.filter(({ path }) => !same?.has(path)),
        await readDisk(
          top,
          present.filter(({ path }) => !same?.has(path)),
        ),
      )
      const counted = await inTurns(changed, async ({ path, isNew }) => {
        const gitdir = repository.commonDirectory
        return isNew && (await git.isIgnored({ fs, dir: top, gitdir, filepath: path })) ? [] : [path]
      })
      return counted.flat().sort()
    },
  }
}

/** A plan asks for the same tree twice. */
function rememberLast<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  let last: { readonly name: string; readonly made: T } | undefined
  return async name => {
    if (last?.name !== name) last = { name, made: await make(name) }
    return last.made
  }
}

type ListedEntry = Awaited<ReturnType<typeof listTrees>>[number]

async function readIntent(
  objects: ObjectReader,
  listed: readonly ListedEntry[],
  isKnown: (id: string) => boolean,
): Promise<Tree> {
  const entries = listed.map(entry => ({
    ...entry,
    problem: nameProblem(entry.path) ?? entryProblem(entry),
  }))
  const sound = entries.filter(({ problem }) => problem === undefined)
  const wanted = sound.map(({ id }) => id)
  const contents = await contentsOf(objects, (await hasGit()) ? wanted.filter(id => !isKnown(id)) : wanted)
  const read = entries.map(({ path, id, problem }): IntentFile => {
    if (problem !== undefined) return { path, problem }
    const bytes = contents.get(id)
    return { path, id, ...(bytes === undefined ? {} : { bytes }), problem: bytes && sizeProblem(bytes.length) }
  })
  return intentTree(read, id => contentNow(objects, id))
}

/** Compares ids, not times: a file that was touched and not changed is not a change. What is a problem on both sides is none here. */
function differences(
  committed: readonly ListedEntry[],
  onDisk: readonly IntentFile[],
): readonly { readonly path: string; readonly isNew: boolean }[] {
  const entries = new Map(committed.map(entry => [entry.path, entry]))
  const present = new Set(onDisk.map(({ path }) => path))
  const gone = committed.filter(({ path }) => !present.has(path)).map(({ path }) => ({ path, isNew: false }))
  const other = onDisk.filter(({ path, bytes }) => {
    const entry = entries.get(path)
    if (bytes === undefined) return entry === undefined || entryProblem(entry) === undefined
    return entry?.id !== gitObject("blob", bytes).id
  })
  return [...gone, ...other.map(({ path }) => ({ path, isNew: !entries.has(path) }))]
}

/** Those that git has seen unchanged since they were committed. */
function unchanged(
  committed: readonly ListedEntry[],
  present: readonly DiskEntry[],
  maybe: ReadonlySet<string>,
): ReadonlySet<string> {
  const files = new Set(present.filter(({ entry }) => entry.isFile()).map(({ path }) => path))
  const same = committed.filter(({ path, mode }) => mode.startsWith("100") && files.has(path) && !maybe.has(path))
  return new Set(same.map(({ path }) => path))
}

async function listTop(top: string): Promise<readonly DiskEntry[]> {
  const isThere = await stat(top).then(
    facts => facts.isDirectory(),
    () => false,
  )
  if (!isThere) throw new ScbError("not-found", `there is no directory ${top}`)
  return listDisk(top, "")
}

async function readDisk(top: string, entries: readonly DiskEntry[]): Promise<readonly IntentFile[]> {
  return inTurns(entries, async ({ path, entry }) => {
    const problem = nameProblem(path) ?? diskProblem(path, entry)
    return problem === undefined ? readFile(top, path) : { path, problem }
  })
}

async function readFile(top: string, path: string): Promise<IntentFile> {
  try {
    const bytes = await readRegular(join(top, path), MAXIMUM_FILE_BYTES)
    return { path, bytes, problem: undefined }
  } catch (cause) {
    if (cause instanceof ScbError && cause.code === "too-large") return { path, problem: TOO_LARGE }
    if (cause instanceof ScbError) return { path, problem: "it changed while it was read" }
    if (errno(cause) !== undefined) return { path, problem: `it cannot be read (${errno(cause)})` }
    throw cause
  }
}

interface DiskEntry {
  readonly path: string
  readonly entry: Dirent
}

/** Everything below the two folders that is no plain folder itself; a nested repository counts as one thing. */
async function listDisk(top: string, folder: string): Promise<readonly DiskEntry[]> {
  const entries = await readdir(join(top, folder), { withFileTypes: true }).catch(cause => {
    throw worldError(cause, `cannot read ${join(top, folder)}`)
  })
  const found: DiskEntry[] = []
  for (const entry of entries) {
    const path = `${folder}${entry.name}`
    if (folder === "" && !isIntentFolder(entry.name)) continue
    const isFolder = entry.isDirectory() && !(await isRepository(join(top, path)))
    if (isFolder) found.push(...(await listDisk(top, `${path}/`)))
    else found.push({ path, entry })
  }
  return found
}

async function isRepository(directory: string): Promise<boolean> {
  return lstat(join(directory, ".git")).then(
    () => true,
    () => false,
  )
}

function diskProblem(path: string, entry: Dirent): string | undefined {
  if (entry.isSymbolicLink()) return "it is a symbolic link"
  if (entry.isDirectory()) return "it is a git repository of its own (a submodule)"
  if (!entry.isFile()) return "it is neither a file nor a folder"
  return path.includes("/") ? undefined : "it is a file, expected a folder"
}

/** Paths, modes and blob ids of a commit's intent. */
async function listIntent(objects: ObjectReader, tree: string): Promise<readonly ListedEntry[]> {
  const read = (ids: readonly string[]) => contentsOf(objects, ids)
  const top = [...(await read([tree])).values()].flatMap(parseTree).filter(entry => isIntentFolder(entry.name))
  const folders = top.filter(entry => entry.mode === "40000").map(({ id, name }) => ({ id, folder: `${name}/` }))
  const files = top.filter(entry => entry.mode !== "40000").map(entry => ({ ...entry, path: entry.name }))
  return [...files, ...(await listTrees(read, folders))]
}

function entryProblem({ path, mode }: ListedEntry): string | undefined {
  return modeProblem(mode) ?? (path.includes("/") ? undefined : "it is a file, expected a folder")
}

/** Copies: what git gives is part of larger buffers, and a large repository has many small files. */
async function contentsOf(objects: ObjectReader, ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>()
  await objects.findMany(ids, ({ id, content }) => void contents.set(id, new Uint8Array(content)))
  for (const id of ids) if (!contents.has(id)) throw missing(id)
  return contents
}

function contentNow(objects: ObjectReader, id: string): Uint8Array {
  let content: Uint8Array | undefined
  objects.findManyNow([id], object => {
    content = new Uint8Array(object.content)
  })
  if (content === undefined) throw missing(id)
  return content
}

function missing(id: string): ScbError {
  return new ScbError("io", `git object ${id} is missing`, {
    hint: "the clone is partial or damaged: fetch again without --filter, run `git fsck`",
  })
}

function noCommit(top: string, ref: string): ScbError {
  return new ScbError("not-found", `repository ${top} has no commit ${ref}`, {
    hint: ref === "HEAD" ? "commit your first policies and bundles" : "name a branch, a tag or a commit id",
  })
}
