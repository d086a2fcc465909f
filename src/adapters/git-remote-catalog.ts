import fs from "node:fs"
import { join } from "node:path"
import git from "isomorphic-git"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import {
  type Author,
  checkAuthor,
  commitPayload,
  type GitObject,
  gitObject,
  listTrees,
  textObject,
  textOf,
} from "./git-objects.ts"
import { type GitRemote, type GitRemoteOptions, gitRemote } from "./git-remote.ts"
import { type GitRepository, type ObjectReader, objectReader, openRepository, writeObjects } from "./git-repository.ts"
import { growTree } from "./git-trees.ts"
import { lazily } from "./lazily.ts"

export interface GitRemoteCatalogOptions extends GitRemoteOptions {
  readonly branch: string
  readonly author: Author
  readonly now: () => Instant
}

/** What one commit of the branch holds. */
export interface PublishedTree {
  readonly paths: ReadonlySet<string>
  /** Undefined when it is not there. Throws `too-large`. */
  read(path: string, maximumBytes: number): Promise<Uint8Array | undefined>
}

/** Files that clients read, on an orphan branch of another repository. */
export interface GitRemoteCatalog {
  /** All of one commit, so that nothing of another is mixed in; the empty tree where there is no branch. */
  newest(): Promise<PublishedTree>
  /**
   * One commit with what `change` makes of the tree before: contents by path, null to take one away. Asks `change`
   * again when somebody else was faster. `already` when nothing would differ.
   */
  publish(
    message: string,
    change: (before: PublishedTree) => Promise<ReadonlyMap<string, Uint8Array | null>>,
  ): Promise<"published" | "already">
}

/** Of those who are faster; then `forge-unreachable`. */
const ATTEMPTS = 5

/** Keeps what it fetches in a bare repository within `directory`'s, which so stays as it is. */
export function gitRemoteCatalog({ branch, author, now, ...options }: GitRemoteCatalogOptions): GitRemoteCatalog {
  checkAuthor(author)
  const opened = lazily(async (): Promise<Kept> => {
    const { commonDirectory } = await openRepository(options.directory)
    const directory = join(commonDirectory, "scb", `${branch}.git`)
    await git.init({ fs, dir: directory, bare: true, defaultBranch: branch })
    const repository = await openRepository(directory)
    return { repository, objects: objectReader(repository, "io"), remote: gitRemote({ ...options, directory }) }
  })

  async function tip(kept: Kept): Promise<Tip> {
    const commit = await kept.remote.fetch(branch, "alone")
    if (commit === null) return { commit, tree: undefined, ids: new Map() }
    const tree = treeOf(await requireObject(kept.objects, commit, "commit"))
    const entries = await listTrees(ids => readTrees(kept.objects, ids), [{ id: tree, folder: "" }])
    return { commit, tree, ids: new Map(entries.map(({ path, id }) => [path, id])) }
  }

  return {
    async newest() {
      const kept = await opened()
      return publishedTree(kept.objects, await tip(kept))
    },

    async publish(message, change) {
      const kept = await opened()
      const ground = {
        readTree: async (id: string) => (await requireObject(kept.objects, id, "tree")).content,
        blobOf: (bytes: Uint8Array) => gitObject("blob", bytes),
      }
      for (let times = 0; times < ATTEMPTS; times++) {
        const before = await tip(kept)
        const { tree, objects } = await growTree(ground, before.tree, await change(publishedTree(kept.objects, before)))
        if (tree.id === before.tree) return "already"
        const commit = textObject("commit", commitPayload(tree.id, before.commit, author, message, now()))
        await writeObjects(kept.repository, [...objects, commit])
        if ((await kept.remote.push(branch, before.commit, commit.id)) === "pushed") return "published"
      }
      throw new ScbError("forge-unreachable", `others write to branch ${branch} of ${options.url} again and again`)
    },
  }
}

interface Kept {
  readonly repository: GitRepository
  readonly objects: ObjectReader
  readonly remote: GitRemote
}

interface Tip {
  readonly commit: string | null
  readonly tree: string | undefined
  /** Blobs by path. */
  readonly ids: ReadonlyMap<string, string>
}

function publishedTree(objects: ObjectReader, { ids }: Tip): PublishedTree {
  return {
    paths: new Set(ids.keys()),
    async read(path, maximumBytes) {
      const id = ids.get(path)
      if (id === undefined) return undefined
      const { content } = await requireObject(objects, id, "blob")
      if (content.length <= maximumBytes) return new Uint8Array(content)
      throw new ScbError("too-large", `${path} has ${content.length} bytes, expected at most ${maximumBytes}`)
    },
  }
}

async function requireObject(objects: ObjectReader, id: string, type: GitObject["type"]): Promise<GitObject> {
  const object = await objects.find(id)
  if (object?.type === type) return object
  throw new ScbError("io", `git object ${id} is ${object?.type ?? "not here"}, expected a ${type}`)
}

function treeOf({ id, content }: GitObject): string {
  const [, tree] = /^tree ([0-9a-f]{40})\n/.exec(textOf(content, `commit ${id}`)) ?? []
  if (tree === undefined) throw new ScbError("io", `commit ${id} names no tree`)
  return tree
}

async function readTrees(objects: ObjectReader, ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>()
  await objects.findMany(ids, ({ id, content }) => void contents.set(id, content.slice()))
  return contents
}
