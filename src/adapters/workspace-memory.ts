import { createHash } from "node:crypto"
import { ScbError } from "../domain/errors.ts"
import type { Tree, Workspace } from "../ports.ts"
import { gitObject } from "./git-objects.ts"
import { intentTree, isIntentFolder, nameProblem, sizeProblem } from "./tree-rules.ts"

export interface MemoryWorkspace extends Workspace {
  /** The working tree; change it as an author does. */
  readonly files: Map<string, Uint8Array>
  /** Makes HEAD of the working tree as it is, and returns its id. */
  commit(): string
  /** Keeps a tree for `readCommit` under its id, and under `branch` if that is new; HEAD stays where it is. */
  commitAside(tree: ReadonlyMap<string, Uint8Array>, branch: string): string
}

/** A workspace whose HEAD holds `tree`, under `commit` or an id made from the content. */
export function memoryWorkspace(tree: ReadonlyMap<string, Uint8Array>, commit?: string): MemoryWorkspace {
  const files = new Map(tree)
  const commits = new Map<string, ReadonlyMap<string, Uint8Array>>()
  const aside = new Map<string, { readonly id: string; readonly tree: ReadonlyMap<string, Uint8Array> }>()

  function commitAs(id: string): string {
    commits.delete(id)
    commits.set(id, new Map(files))
    return id
  }

  commitAs(commit ?? idOf(files))
  const head = (): string => [...commits.keys()].at(-1) ?? ""

  return {
    files,
    commit: () => commitAs(idOf(files)),
    commitAside(made, branch) {
      const kept = { id: idOf(made), tree: new Map(made) }
      for (const name of [kept.id, branch]) if (!aside.has(name)) aside.set(name, kept)
      return kept.id
    },

    readWorkingTree: async () => readable(files),

    async readCommit(ref = "HEAD") {
      const id = ref === "HEAD" ? head() : (aside.get(ref)?.id ?? ref)
      const found = commits.get(id) ?? aside.get(ref)?.tree
      if (found === undefined) throw new ScbError("not-found", `the workspace has no commit ${ref}`)
      return { commit: id, tree: readable(found) }
    },

    async uncommittedChanges() {
      const committed = commits.get(head()) ?? new Map<string, Uint8Array>()
      const paths = new Set([...files.keys(), ...committed.keys()].filter(isIntent))
      return [...paths].filter(path => !isEqual(files.get(path), committed.get(path))).sort()
    },
  }
}

function readable(files: ReadonlyMap<string, Uint8Array>): Tree {
  const intent = [...files].filter(([path]) => isIntent(path))
  return intentTree(
    intent.map(([path, bytes]) => {
      const { id } = gitObject("blob", bytes)
      return { path, id, bytes, problem: nameProblem(path) ?? sizeProblem(bytes.length) }
    }),
  )
}

function isIntent(path: string): boolean {
  const slash = path.indexOf("/")
  return slash > 0 && isIntentFolder(path.slice(0, slash))
}

function idOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha1")
  for (const path of [...files.keys()].sort()) hash.update(`${path}\0`).update(files.get(path) ?? "")
  return hash.digest("hex")
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}
