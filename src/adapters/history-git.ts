import type { History } from "../ports.ts"

/** `main` of a repository on disk. */
export function gitHistory(directory: string): History {
  const unread = (): never => {
    throw new Error(`the history of ${directory} is not read yet`)
  }
  return { firstParents: async () => unread(), changedPaths: async () => unread() }
}
