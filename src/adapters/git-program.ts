import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { devNull } from "node:os"
import { type GitObject, gitObject } from "./git-objects.ts"
import { lazily } from "./lazily.ts"

/** The `git` of this system reads a pack of ten thousand objects in the time in which isomorphic-git reads fifty. */

/**
 * Reads many objects in one process, in their order, and gives each to `take`; what is not there is left out. False
 * where there is no usable git: then nothing, or not everything, has been given.
 */
export async function catFiles(
  gitDirectory: string,
  ids: readonly string[],
  take: (id: string, object: GitObject) => void,
): Promise<boolean> {
  const child = spawn("git", catFile(gitDirectory), { env: ENVIRONMENT, stdio: ["pipe", "pipe", "ignore"] })
  const ended = once(child, "close").catch(() => [1])
  child.stdin.on("error", () => {})
  child.stdin.end(ids.map(id => `${id}\n`).join(""))
  const reader = new BatchReader(take)
  for await (const chunk of child.stdout) reader.read(chunk)
  const [status] = await ended
  return status === 0
}

/** The same while everything else waits; for what turns out to be needed and was not foreseen. */
export function catFilesNow(
  gitDirectory: string,
  ids: readonly string[],
  take: (id: string, object: GitObject) => void,
): boolean {
  const { stdout, status } = spawnSync("git", catFile(gitDirectory), {
    env: ENVIRONMENT,
    input: ids.map(id => `${id}\n`).join(""),
    maxBuffer: 1 << 30,
    stdio: ["pipe", "pipe", "ignore"],
  })
  if (status === 0) new BatchReader(take).read(stdout)
  return status === 0
}

/**
 * Files of HEAD in some folders that may differ on disk, by what git's index knows of their times and sizes: all that
 * do, and perhaps others. Undefined where git cannot tell.
 */
export async function maybeChanged(
  gitDirectory: string,
  workTree: string,
  folders: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const place = ["--git-dir", gitDirectory, "--work-tree", workTree, "-c", "core.fsmonitor=false"]
  const list = await output([...place, "diff-index", "--name-only", "-z", "HEAD", "--", ...folders], workTree)
  return list && new Set(list.toString("utf8").split("\0"))
}

/** Ids of the commits that git-rev-list(1) makes of some revisions, newest first. Undefined where git cannot tell. */
export async function listCommits(
  gitDirectory: string,
  revisions: readonly string[],
): Promise<readonly string[] | undefined> {
  if (!(await hasGit())) return undefined
  const list = await output(["--git-dir", gitDirectory, "rev-list", ...revisions, "--"], gitDirectory)
  return list?.toString("latin1").split("\n").slice(0, -1)
}

/** Undefined when it fails, or is not there. */
async function output(args: readonly string[], workingDirectory: string): Promise<Buffer | undefined> {
  const child = spawn("git", args, { cwd: workingDirectory, env: ENVIRONMENT, stdio: ["ignore", "pipe", "ignore"] })
  const ended = once(child, "close").catch(() => [1])
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk)
  const [status] = await ended
  return status === 0 ? Buffer.concat(chunks) : undefined
}

function catFile(gitDirectory: string): readonly string[] {
  return ["--git-dir", gitDirectory, "cat-file", "--batch", "--buffer"]
}

/** Whether there is one; asked once. */
export const hasGit = lazily(async () => {
  const child = spawn("git", ["--version"], { env: ENVIRONMENT, stdio: "ignore" })
  const [status] = await once(child, "close").catch(() => [1])
  return status === 0
})

/** What the caller's environment says of other repositories is not about this one. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")))
}

/** Nothing is replaced, grafted or fetched; where a shallow clone was cut off, something is missing and nothing begins. */
const ENVIRONMENT = {
  ...gitEnvironment(),
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: devNull,
  GIT_SHALLOW_FILE: "",
  GIT_NO_LAZY_FETCH: "1",
  GIT_OPTIONAL_LOCKS: "0",
}

/** `<id> SP <type> SP <size> LF <content> LF`, again and again; `<id> SP missing LF` for what is not there (git-cat-file(1)). */
class BatchReader {
  readonly #take: (id: string, object: GitObject) => void
  #chunks: Buffer[] = []
  #length = 0
  #wanted = 1

  constructor(take: (id: string, object: GitObject) => void) {
    this.#take = take
  }

  read(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#wanted) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const rest = bytes.subarray(this.#readWhole(bytes))
    this.#chunks = [rest]
    this.#length = rest.length
  }

  /** Returns where the first object begins that is not wholly there. */
  #readWhole(bytes: Buffer): number {
    for (let at = 0; ; ) {
      const end = bytes.indexOf(10, at)
      const [id = "", type, size] = bytes.toString("latin1", at, Math.max(at, end)).split(" ")
      const next = type === "missing" ? end + 1 : end + Number(size) + 2
      this.#wanted = end < 0 ? bytes.length - at + 1 : next - at
      if (end < 0 || next > bytes.length) return at
      if (type === "blob" || type === "tree" || type === "commit" || type === "tag") {
        this.#take(id, gitObject(type, bytes.subarray(end + 1, next - 1)))
      }
      at = next
    }
  }
}
