import fs, { readFileSync } from "node:fs"
import { chmod, mkdir, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { promisify } from "node:util"
import { deflate, inflateSync } from "node:zlib"
import git from "isomorphic-git"
import { ScbError } from "../domain/errors.ts"
import { errno, ignoring, sweep, syncDirectory, worldError, writeNewFile } from "./atomic-files.ts"
import { type GitObject, gitObject } from "./git-objects.ts"
import { catFiles, catFilesNow, hasGit } from "./git-program.ts"
import { inTurns } from "./in-turns.ts"
import { ownerToken } from "./owner.ts"

/** A repository as `git init` makes it, a worktree of one, or a bare one. */
export interface GitRepository {
  /** Holds HEAD: `.git`, or the worktree's own part of it. */
  readonly gitDirectory: string
  /** Holds objects and branches; the same for all worktrees. */
  readonly commonDirectory: string
}

/** Throws `not-a-repository` when `directory` is not the top of one, or is of a kind that cannot be read here. */
export async function openRepository(directory: string): Promise<GitRepository> {
  const gitDirectory = await findGitDirectory(directory)
  const common = (await readText(join(gitDirectory, "commondir")))?.trim()
  const commonDirectory = common === undefined ? gitDirectory : resolve(gitDirectory, common)
  await refuseUnreadableKinds(directory, commonDirectory)
  return { gitDirectory, commonDirectory }
}

async function findGitDirectory(directory: string): Promise<string> {
  const dotGit = join(resolve(directory), ".git")
  const pointer = await readText(dotGit)
  const place = pointer === undefined ? dotGit : resolve(directory, pointer.replace(/^gitdir: /, "").trim())
  for (const each of [place, resolve(directory)]) {
    if ((await exists(join(each, "HEAD"))) && (await exists(join(each, "objects")))) return each
    if ((await exists(join(each, "HEAD"))) && (await exists(join(each, "commondir")))) return each
  }
  throw new ScbError("not-a-repository", `${resolve(directory)} is not the top of a git repository`, {
    hint: "go to the top of one, or name it with --repo; `scb init` makes a new one, `git init` makes this folder one",
  })
}

async function refuseUnreadableKinds(directory: string, gitdir: string): Promise<void> {
  const unreadable = async (what: string, hint: string): Promise<never> => {
    throw new ScbError("not-a-repository", `repository ${resolve(directory)} ${what}, which scb cannot read`, { hint })
  }
  const extension = (name: string): Promise<unknown> => git.getConfig({ fs, gitdir, path: `extensions.${name}` })
  const [format = "sha1", refs = "files"] = [await extension("objectformat"), await extension("refstorage")]
  if (format !== "sha1") await unreadable(`names its objects by ${format}`, "use a repository with SHA-1 object names")
  if (refs !== "files") await unreadable(`keeps its branches in ${refs}`, "run `git refs migrate --ref-format=files`")
  if (await exists(join(gitdir, "objects", "info", "alternates")))
    await unreadable(
      "borrows objects from another",
      "run `git repack -a -d` there and remove .git/objects/info/alternates",
    )
}

/** Reads objects, loose and packed, each checked against its id; one that fails is `damaged`. */
export interface ObjectReader {
  /** Undefined when it is not there. */
  find(id: string): Promise<GitObject | undefined>
  /** Gives each that is there to `take`, in no order. Its content may be part of a buffer that is used for others. */
  findMany(ids: readonly string[], take: (object: GitObject) => void): Promise<void>
  /** As {@link findMany}, while everything else waits. Where there is no git it leaves out what is packed. */
  findManyNow(ids: readonly string[], take: (object: GitObject) => void): void
}

export function objectReader(repository: GitRepository, damaged: "ledger-corrupt" | "io"): ObjectReader {
  const gitdir = repository.commonDirectory
  let cache = {}

  async function read(oid: string): Promise<GitObject | undefined> {
    const loose = await readLoose(gitdir, oid)
    if (loose !== undefined) return loose
    const found = await git.readObject({ fs, gitdir, oid, format: "content", cache }).catch(cause => {
      if (isNamed(cause, "NotFoundError")) return undefined
      throw cause
    })
    return found?.format === "content" ? gitObject(found.type, found.object) : undefined
  }

  /** While `git gc` works, an object may be missed: its loose file has gone, its pack is new or just replaced. */
  async function readPatiently(oid: string): Promise<GitObject | undefined> {
    for (const pause of [0, 10, 40, 160]) {
      await delay(pause)
      cache = {}
      const object = await read(oid).catch(() => undefined)
      if (object !== undefined) return object
    }
    return read(oid).catch(cause => {
      throw new ScbError(damaged, `git object ${oid} cannot be read: ${textOfError(cause)}`, {
        hint: "run `git fsck`; restore the object from another clone",
        cause,
      })
    })
  }

  function checked(id: string, object: GitObject | undefined): GitObject | undefined {
    if (object === undefined || object.id === id) return object
    throw new ScbError(damaged, `git object ${id} has the content of ${object.id}`, { hint: "run `git fsck`" })
  }

  async function find(id: string): Promise<GitObject | undefined> {
    return checked(id, (await read(id).catch(() => undefined)) ?? (await readPatiently(id)))
  }

  return {
    find,

    async findMany(ids, take) {
      const left = new Set(ids)
      if (left.size < WORTH_A_PROCESS) {
        for (const id of ids) {
          const loose = checked(id, await readLoose(gitdir, id).catch(() => undefined))
          if (loose !== undefined && left.delete(id)) take(loose)
        }
      }
      if (left.size > 0 && (await hasGit())) {
        await catFiles(gitdir, [...left], (id, object) => {
          if (object.id === id && left.delete(id)) take(object)
        })
      }
      await inTurns([...left], async id => {
        const object = await find(id)
        if (object !== undefined) take(object)
      })
    },

    findManyNow(ids, take) {
      const loose = new Map(ids.map(id => [id, checked(id, readLooseNow(gitdir, id))]))
      for (const object of loose.values()) if (object !== undefined) take(object)
      const packed = ids.filter(id => loose.get(id) === undefined)
      if (packed.length > 0) catFilesNow(gitdir, packed, (id, object) => object.id === id && take(object))
    },
  }
}

/** Fewer objects, if they are not packed, are read before a process has started. */
const WORTH_A_PROCESS = 16

/** What the ledger writes and reads most; isomorphic-git takes ten times as long to inflate it. */
async function readLoose(gitdir: string, id: string): Promise<GitObject | undefined> {
  const deflated = await readFile(join(gitdir, "objects", id.slice(0, 2), id.slice(2))).catch(
    ignoring("ENOENT", undefined),
  )
  return deflated && inflated(id, deflated)
}

function readLooseNow(gitdir: string, id: string): GitObject | undefined {
  try {
    return inflated(id, readFileSync(join(gitdir, "objects", id.slice(0, 2), id.slice(2))))
  } catch (cause) {
    return ignoring("ENOENT", undefined)(cause)
  }
}

function inflated(id: string, deflated: Uint8Array): GitObject {
  const bytes = inflateSync(deflated)
  const end = bytes.indexOf(0)
  const type = bytes.toString("latin1", 0, bytes.indexOf(" "))
  if (type !== "blob" && type !== "tree" && type !== "commit" && type !== "tag") throw new Error(`${id} is no object`)
  return gitObject(type, bytes.subarray(end + 1))
}

/**
 * Writes loose objects, durable when this returns. isomorphic-git would write them in place, where a crash leaves half
 * an object that then counts as written. The temporary names are git's, so that `git gc` too removes what a crash left.
 */
export async function writeObjects(repository: GitRepository, objects: readonly GitObject[]): Promise<void> {
  const directory = join(repository.commonDirectory, "objects")
  await sweep(directory, TEMPORARY)
  const touched = new Set([directory])
  await inTurns(objects, object => writeObject(directory, object))
  for (const { id } of objects) touched.add(join(directory, id.slice(0, 2)))
  for (const each of touched) await syncDirectory(each).catch(ignoring("ENOENT", undefined))
}

const TEMPORARY = "tmp_obj_scb."

async function writeObject(directory: string, { type, content, id }: GitObject): Promise<void> {
  const temporary = join(directory, `${TEMPORARY}${ownerToken()}`)
  const place = join(directory, id.slice(0, 2), id.slice(2))
  const header = Buffer.from(`${type} ${content.length}\0`)
  try {
    await writeNewFile(temporary, await promisify(deflate)(Buffer.concat([header, content])), 0o644)
    await chmod(temporary, 0o444)
    await moveInto(temporary, place)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw worldError(cause, `cannot write git object ${id}`)
  }
}

/** `git gc` removes folders that it finds empty, also between these two calls and within the first. */
async function moveInto(temporary: string, place: string, attempts = 100): Promise<void> {
  try {
    await mkdir(dirname(place), { recursive: true })
    await rename(temporary, place)
  } catch (cause) {
    if (errno(cause) !== "ENOENT" || attempts === 0) throw cause
    await moveInto(temporary, place, attempts - 1)
  }
}

/** The commit that a branch is at; null when there is no such branch. Throws `ledger-corrupt` for any other content. */
export async function readBranch(repository: GitRepository, ref: string): Promise<string | null> {
  // `git pack-refs` writes packed-refs before it removes the loose file: who finds it in neither has looked in between.
  const id = (await readBranchOnce(repository, ref)) ?? (await readBranchOnce(repository, ref))
  if (id === undefined) return null
  if (!/^[0-9a-f]{40}$/.test(id))
    throw new ScbError("ledger-corrupt", `${ref} holds ${JSON.stringify(id)}, expected a commit id`)
  return id
}

async function readBranchOnce(repository: GitRepository, ref: string): Promise<string | undefined> {
  const loose = await readText(join(repository.commonDirectory, ref))
  if (loose !== undefined) return loose.trim()
  const packed = (await readText(join(repository.commonDirectory, "packed-refs"))) ?? ""
  return packed
    .split("\n")
    .find(line => line.endsWith(` ${ref}`) && !line.startsWith("#"))
    ?.slice(0, 40)
}

/** The commit, and its tree, that a revision names: HEAD, a branch, a tag, a whole or shortened id. */
export async function resolveCommit(
  repository: GitRepository,
  revision: string,
): Promise<{ readonly commit: string; readonly tree: string } | undefined> {
  const place = { fs, gitdir: repository.commonDirectory }
  const id = await (revision === "HEAD" ? resolveHead(repository) : git.resolveRef({ ...place, ref: revision })).catch(
    () => git.expandOid({ ...place, oid: revision, cache: {} }).catch(() => undefined),
  )
  if (id === undefined) return undefined
  // Follows annotated tags to their commit.
  return git.readCommit({ ...place, oid: id, cache: {} }).then(
    found => ({ commit: found.oid, tree: found.commit.tree }),
    () => undefined,
  )
}

/** isomorphic-git would look for HEAD among what the worktrees share. */
async function resolveHead(repository: GitRepository): Promise<string | undefined> {
  const head = ((await readText(join(repository.gitDirectory, "HEAD"))) ?? "").trim()
  if (!head.startsWith("ref: ")) return head
  return (await readBranch(repository, head.slice("ref: ".length))) ?? undefined
}

/** Undefined for what is not there or is a directory. */
export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8")
    .catch(ignoring("ENOENT", undefined))
    .catch(ignoring("EISDIR", undefined))
    .catch(ignoring("ENOTDIR", undefined))
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function isNamed(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code
}

function textOfError(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
