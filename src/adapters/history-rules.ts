import { ScbError } from "../domain/errors.ts"
import type { MainCommit } from "../ports.ts"

/** Throws `not-found`. */
export function requireCommit<T>(commit: T | undefined, name: string): T {
  if (commit !== undefined) return commit
  throw new ScbError("not-found", `there is no commit ${name} here`, {
    hint: "fetch it; a shallow clone needs `git fetch --unshallow` (actions/checkout: fetch-depth: 0)",
  })
}

/** See `History.firstParents`: the line is followed by `read`, newest first, until it is at `from`. */
export async function firstParentsOf<T extends MainCommit>(
  read: (id: string) => Promise<T>,
  from: string | null,
  to: string,
): Promise<readonly T[]> {
  const line: T[] = []
  for (let id: string | undefined = to; id !== from; ) {
    if (id === undefined) throw rewritten(from, to)
    const commit: T = await read(id)
    line.push(commit)
    if (from === null) break
    id = commit.parents[0]
  }
  return line.reverse()
}

function rewritten(from: string | null, to: string): ScbError {
  const [known, now] = [from, to].map(id => id?.slice(0, 12))
  return new ScbError(
    "history-rewritten",
    `${now} does not lead back to ${known}, up to which changes were authorised`,
    {
      hint: "somebody has replaced history: find out who, and put the branch back to where it came from",
    },
  )
}
