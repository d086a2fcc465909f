import { resolve } from "node:path"
import { ScbError } from "../domain/errors.ts"
import type { History, SourceCommit } from "../ports.ts"
import { parseSourceCommit } from "./git-objects.ts"
import { listCommits } from "./git-program.ts"
import { type GitRepository, type ObjectReader, objectReader, openRepository, resolveCommit } from "./git-repository.ts"
import { type TreeChange, treeChanges } from "./git-trees.ts"
import { firstParentsOf, requireCommit, reviewProblem } from "./history-rules.ts"
import { lazily } from "./lazily.ts"

/** The history of a repository on disk, read as git stores it: replacements and grafts do not count. */
export function gitHistory(directory: string): History {
  const opened = lazily(async () => {
    const repository = await openRepository(resolve(directory))
    return { repository, commits: commitReader(objectReader(repository, "io")) }
  })
  const changes = async (from: string | null, to: string): Promise<readonly TreeChange[]> => {
    const { read, readMany } = (await opened()).commits
    return treeChanges(readMany, from === null ? undefined : (await read(from)).tree, (await read(to)).tree)
  }

  return {
    async find(revision) {
      const { repository, commits } = await opened()
      const found = requireCommit(await resolveCommit(repository, revision), revision)
      return commits.read(found.commit)
    },

    async firstParents(from, to) {
      const { repository, commits } = await opened()
      if (from !== null && from !== to) await foresee(repository, commits, ["--first-parent", to, `^${from}`])
      return firstParentsOf(commits.read, from, to)
    },

    async broughtIn(from, to) {
      const { repository, commits } = await opened()
      const listed = await listCommits(repository.commonDirectory, from === null ? [to] : [to, `^${from}`])
      const ids = listed ?? (await difference(commits, from, to))
      await commits.foresee(ids)
      return Promise.all(ids.map(commits.read))
    },

    async changedPaths(from, to) {
      return (await changes(from, to)).map(({ path }) => path)
    },

    async unreviewable(from, to) {
      const { readMany } = (await opened()).commits
      const changed = await changes(from, to)
      const contents = await readMany(changed.flatMap(({ entry }) => (entry?.mode.startsWith("100") ? [entry.id] : [])))
      return changed.flatMap(({ path, entry, collidesWith }) => {
        const problem =
          entry === undefined && collidesWith === undefined
            ? undefined
            : reviewProblem({ path, mode: entry?.mode, content: contents.get(entry?.id ?? ""), collidesWith })
        return problem === undefined ? [] : [{ path, problem }]
      })
    },
  }
}

interface CommitReader {
  /** Throws `not-found`. */
  read(id: string): Promise<SourceCommit>
  /** Reads many at once, for {@link read} to find. */
  foresee(ids: readonly string[]): Promise<void>
  /** Contents of trees and blobs. Throws `io` when one is missing. */
  readMany(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
}

function commitReader(objects: ObjectReader): CommitReader {
  const known = new Map<string, SourceCommit>()
  return {
    async read(id) {
      const there = known.get(id)
      if (there !== undefined) return there
      const object = await objects.find(id)
      const commit = parseSourceCommit(id, requireCommit(object?.type === "commit" ? object : undefined, id).content)
      known.set(id, commit)
      return commit
    },

    async foresee(ids) {
      const wanted = ids.filter(id => !known.has(id))
      await objects.findMany(wanted, ({ type, id, content }) => {
        if (type === "commit") known.set(id, parseSourceCommit(id, content))
      })
    },

    async readMany(ids) {
      const contents = new Map<string, Uint8Array>()
      await objects.findMany(ids, ({ id, content }) => void contents.set(id, content.slice()))
      const lost = ids.find(id => !contents.has(id))
      if (lost === undefined) return contents
      throw new ScbError("io", `git object ${lost} is missing`, { hint: "run `git fsck`" })
    },
  }
}

/** A list that git cannot give is no harm here: the line is then read one by one. */
async function foresee(repository: GitRepository, commits: CommitReader, revisions: readonly string[]): Promise<void> {
  await commits.foresee((await listCommits(repository.commonDirectory, revisions)) ?? [])
}

/** Without git, all that is behind `from` is read too. */
async function difference(commits: CommitReader, from: string | null, to: string): Promise<readonly string[]> {
  const known = from === null ? new Set<string>() : await behind(commits, from)
  return [...(await behind(commits, to, known))]
}

async function behind(
  commits: CommitReader,
  start: string,
  known: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const open = [start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (known.has(id) || found.has(id)) continue
    found.add(id)
    open.push(...(await commits.read(id)).parents)
  }
  return found
}
