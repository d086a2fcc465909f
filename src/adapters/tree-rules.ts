import { lazyMap } from "../domain/lazy-map.ts"
import type { Tree, TreeProblem } from "../ports.ts"

/** Larger files are a problem and not read: YAML, certificates and keys are a few KiB. */
export const MAXIMUM_FILE_BYTES = 1024 * 1024

/** A path with its bytes, or with the reason why they are not read. */
export type IntentFile =
  | {
      readonly path: string
      /** Git's name of the content. */
      readonly id?: string
      /** Absent when they are read later. */
      readonly bytes?: Uint8Array
      readonly problem: undefined
    }
  | { readonly path: string; readonly id?: string; readonly bytes?: Uint8Array; readonly problem: string }

/** Folders that hold intent; nothing else of a repository is read. */
export const INTENT_FOLDERS = ["policies", "bundles"]

export function isIntentFolder(name: string): boolean {
  return INTENT_FOLDERS.includes(name)
}

/** Sorted by path; adds the problems that can only be seen of all paths together. `later` reads a content by its id. */
export function intentTree(read: readonly IntentFile[], later?: (id: string) => Uint8Array): Tree {
  const sorted = [...read].sort((a, b) => (a.path < b.path ? -1 : 1))
  const sound = new Map(sorted.filter(({ problem }) => problem === undefined).map(file => [file.path, file]))
  const ids = new Map([...sound.values()].flatMap(({ path, id }) => (id === undefined ? [] : [[path, id] as const])))
  const bytesOf = (path: string): Uint8Array => {
    const bytes = sound.get(path)?.bytes ?? later?.(ids.get(path) ?? "")
    if (bytes === undefined) throw new Error(`${path} has neither bytes nor an id`)
    return bytes
  }
  const files = lazyMap(sound.keys(), bytesOf, 0)
  const isWhole = [...sound.values()].every(({ bytes }) => bytes !== undefined)
  const tree: Tree = Object.assign(isWhole ? new Map(files) : files, ids.size === 0 ? {} : { ids })
  const own = sorted.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ path, problem }]))
  const problems = [...own, ...caseCollisions(sorted.map(({ path }) => path))]
  return problems.length === 0 ? tree : Object.assign(tree, { problems })
}

/** Why no file may have this path, or undefined. */
export function nameProblem(path: string): string | undefined {
  if (path.includes("\uFFFD")) return "its name is not UTF-8"
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return "its name holds a control character or a backslash"
  if (path !== path.normalize("NFC")) return "its name is not in Unicode normal form C: some systems give it another"
  // git-fsck(1): hasDot, hasDotdot, hasDotgit, emptyName
  if (path.split("/").some(name => /^(?:\.{0,2}|\.git)$/i.test(name))) return "no checkout can hold such a name"
  return undefined
}

/** Why what git keeps under this mode is no plain file, or undefined. Some read `040000` as a folder, others do not. */
export function modeProblem(mode: string): string | undefined {
  if (mode === "120000") return "it is a symbolic link"
  if (mode === "160000") return "it is a git repository of its own (a submodule)"
  return /^100(?:644|664|755)$/.test(mode) ? undefined : `it has the mode ${mode}, expected 100644 or 100755`
}

export const TOO_LARGE = `it is larger than ${MAXIMUM_FILE_BYTES / 1024} KiB`

export function sizeProblem(bytes: number): string | undefined {
  return bytes > MAXIMUM_FILE_BYTES ? TOO_LARGE : undefined
}

/** Paths that are one file where case does not count (Windows, macOS): there a checkout shows either of them. */
function caseCollisions(paths: readonly string[]): readonly TreeProblem[] {
  const first = new Map<string, string>()
  return paths.flatMap(path => {
    const other = first.get(path.toLowerCase())
    if (other === undefined) first.set(path.toLowerCase(), path)
    return other === undefined ? [] : [{ path, problem: `its name differs from ${other} only in case` }]
  })
}
