import { encodeUtf8 } from "../domain/utf8.ts"
import type { Intent } from "../ports.ts"
import { branchExists } from "./intent-rules.ts"
import type { MemoryWorkspace } from "./workspace-memory.ts"

/** Writes to a workspace in memory, and makes commits that its `readCommit` finds by branch. */
export function memoryIntent(workspace: MemoryWorkspace): Intent {
  const branches = new Map<string, { readonly id: string; readonly parent: string }>()
  return {
    async write(files) {
      for (const [path, text] of files) workspace.files.set(path, encodeUtf8(text))
    },

    async commit({ parent, files, branch }) {
      const { tree } = await workspace.readCommit(parent)
      const grown = new Map([...tree, ...[...files].map(([path, text]) => [path, encodeUtf8(text)] as const)])
      const there = branches.get(branch)
      const id = workspace.commitAside(grown, branch)
      if (there === undefined) {
        branches.set(branch, { id, parent })
        return { id, outcome: "committed" }
      }
      if (there.id !== id || there.parent !== parent) throw branchExists(branch)
      return { id, outcome: "already" }
    },
  }
}
