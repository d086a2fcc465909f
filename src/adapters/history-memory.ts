import { encodeUtf8 } from "../domain/utf8.ts"
import type { History, SourceCommit } from "../ports.ts"
import { firstParentsOf, requireCommit, reviewProblem } from "./history-rules.ts"

export interface MemoryCommit extends SourceCommit {
  /** Texts by path of the whole repository. */
  readonly files: ReadonlyMap<string, string>
}

/** A history whose newest commit is the last of the list. */
export function memoryHistory(commits: readonly MemoryCommit[]): History {
  const byId = new Map(commits.map(commit => [commit.id, commit]))
  const read = async (id: string): Promise<MemoryCommit> => requireCommit(byId.get(id), id)

  function behind(id: string, seen = new Set<string>()): ReadonlySet<string> {
    const commit = byId.get(id)
    if (commit === undefined || seen.has(id)) return seen
    seen.add(id)
    for (const parent of commit.parents) behind(parent, seen)
    return seen
  }

  async function changes(from: string | null, to: string): Promise<readonly string[]> {
    const before = from === null ? new Map<string, string>() : (await read(from)).files
    const after = (await read(to)).files
    const paths = new Set([...before.keys(), ...after.keys()])
    return [...paths].filter(path => before.get(path) !== after.get(path)).sort()
  }

  return {
    find: read,
    firstParents: (from, to) => firstParentsOf(read, from, to),

    async broughtIn(from, to) {
      await read(to)
      const known = from === null ? new Set<string>() : behind(from)
      return [...behind(to)].filter(id => !known.has(id)).map(id => requireCommit(byId.get(id), id))
    },

    changedPaths: changes,

    async unreviewable(from, to) {
      const { files } = await read(to)
      return (await changes(from, to)).flatMap(path => {
        const content = files.get(path)
        if (content === undefined) return []
        const problem = reviewProblem({ path, mode: "100644", content: encodeUtf8(content), collidesWith: undefined })
        return problem === undefined ? [] : [{ path, problem }]
      })
    },
  }
}
