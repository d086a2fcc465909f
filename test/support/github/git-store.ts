/** One bare repository: REST and git's own protocol see the same. Refs are loose files, so that reading one costs no process. */
import { execFile } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export interface Signature {
  readonly name: string
  readonly email: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Commit {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Signature
  readonly committer: Signature
  readonly message: string
  /** Armored, of header `gpgsig`. */
  readonly signature?: string
  /** What the signature covers. */
  readonly payload?: string
}

export interface NewCommit {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly author: Signature
  readonly committer?: Signature
  /** Called with what the signature has to cover. */
  readonly sign?: (payload: string) => Promise<string>
}

export interface TreeEntry {
  readonly mode: string
  readonly type: string
  readonly sha: string
  readonly path: string
  readonly size?: number
}

export type RefOutcome = "done" | "exists" | "missing" | "moved" | "conflict"

export interface GitStore {
  readonly directory: string
  git(args: readonly string[], input?: string | Uint8Array, environment?: NodeJS.ProcessEnv): Promise<Buffer>
  /** Commit or tag object of a full name (`refs/heads/main`). */
  ref(name: string): string | undefined
  /** All refs, sorted by name. */
  refs(): ReadonlyMap<string, string>
  createRef(name: string, sha: string): RefOutcome
  /** With `expected`, only from there. */
  updateRef(name: string, sha: string, expected?: string): RefOutcome
  deleteRef(name: string): RefOutcome
  /** `commit`, `tree`, `blob`, `tag` or undefined. */
  typeOf(sha: string): Promise<string | undefined>
  /** Commit id of a sha, branch, tag or full ref. */
  resolve(name: string): Promise<string | undefined>
  commit(sha: string): Promise<Commit>
  writeCommit(commit: NewCommit): Promise<string>
  writeBlob(bytes: string | Uint8Array): Promise<string>
  readBlob(sha: string): Promise<Buffer>
  /** `base` with these paths replaced; null removes one. */
  writeTree(base: string | undefined, files: ReadonlyMap<string, TreeFile | null>): Promise<string>
  tree(sha: string, recursive?: boolean): Promise<readonly TreeEntry[]>
  isAncestor(ancestor: string, descendant: string): Promise<boolean>
  remove(): void
}

export interface TreeFile {
  readonly mode: string
  readonly sha: string
}

const SHA = /^[0-9a-f]{40}$/

export function createGitStore(defaultBranch = "main"): GitStore {
  const directory = join(mkdtempSync(join(tmpdir(), "fake-github-")), "repository.git")
  mkdirSync(join(directory, "refs/heads"), { recursive: true })
  mkdirSync(join(directory, "objects"))
  writeFileSync(join(directory, "HEAD"), `ref: refs/heads/${defaultBranch}\n`)
  // Nothing is ever packed behind our back: refs stay loose.
  writeFileSync(
    join(directory, "config"),
    "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n[http]\n\treceivepack = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n",
  )
  const commits = new Map<string, Commit>()

  const git = (
    args: readonly string[],
    input?: string | Uint8Array,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const child = execFile(
        "git",
        args,
        {
          cwd: directory,
          env: { PATH: process.env["PATH"], HOME: directory, ...QUIET, ...environment },
          encoding: "buffer",
          maxBuffer: 1 << 28,
        },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new Error(`git ${args[0]}: ${stderr.toString() || error.message}`)),
      )
      child.stdin?.on("error", () => {}).end(input)
    })
  const text = async (...args: readonly string[]): Promise<string> => (await git(args)).toString().trimEnd()

  const fileOf = (name: string): string => join(directory, name)
  const ref = (name: string): string | undefined => {
    if (!name.startsWith("refs/") || name.includes("..")) return undefined
    try {
      const content = readFileSync(fileOf(name), "latin1").trim()
      return SHA.test(content) ? content : undefined
    } catch {
      return undefined
    }
  }
  /** git's own protocol: whoever makes `<ref>.lock` may change the ref. */
  const write = (name: string, sha: string, allowed: (now: string | undefined) => RefOutcome): RefOutcome => {
    const file = fileOf(name)
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(`${file}.lock`, `${sha}\n`, { flag: "wx" })
    } catch {
      return "conflict"
    }
    const outcome = allowed(ref(name))
    try {
      if (outcome === "done") renameSync(`${file}.lock`, file)
      else rmSync(`${file}.lock`)
    } catch {
      rmSync(`${file}.lock`, { force: true })
      return "conflict"
    }
    return outcome
  }

  const store: GitStore = {
    directory,
    git,
    ref,
    refs() {
      const found = new Map<string, string>()
      const walk = (path: string): void => {
        for (const entry of readdirSync(fileOf(path), { withFileTypes: true }).sort((a, b) =>
          a.name < b.name ? -1 : 1,
        )) {
          const name = `${path}/${entry.name}`
          if (entry.isDirectory()) walk(name)
          else if (!name.endsWith(".lock")) found.set(name, ref(name) ?? "")
        }
      }
      walk("refs")
      return found
    },
    createRef: (name, sha) => write(name, sha, now => (now === undefined ? "done" : "exists")),
    updateRef: (name, sha, expected) =>
      write(name, sha, now =>
        now === undefined ? "missing" : expected === undefined || now === expected ? "done" : "moved",
      ),
    deleteRef(name) {
      if (ref(name) === undefined) return "missing"
      rmSync(fileOf(name))
      return "done"
    },
    async typeOf(sha) {
      if (!SHA.test(sha)) return undefined
      if (commits.has(sha)) return "commit"
      return text("cat-file", "-t", sha).catch(() => undefined)
    },
    async resolve(name) {
      const known = ref(name) ?? ref(`refs/heads/${name}`) ?? ref(`refs/tags/${name}`) ?? name
      if (commits.has(known)) return known
      if (!/^[0-9a-f]{7,40}$/.test(known)) return undefined
      return text("rev-parse", "--verify", "--quiet", `${known}^{commit}`).catch(() => undefined)
    },
    async commit(sha) {
      const known = commits.get(sha) ?? parseCommit(sha, (await git(["cat-file", "commit", sha])).toString())
      commits.set(sha, known)
      return known
    },
    async writeCommit({ tree, parents, message, author, committer = author, sign }) {
      const payload = [
        `tree ${tree}`,
        ...parents.map(parent => `parent ${parent}`),
        `author ${formatSignature(author)}`,
        `committer ${formatSignature(committer)}`,
      ]
      const unsigned = `${payload.join("\n")}\n\n${message}`
      const signature = (await sign?.(unsigned))?.trimEnd().split("\n").join("\n ")
      const signed = signature === undefined ? payload : [...payload, `gpgsig ${signature}`]
      const object = `${signed.join("\n")}\n\n${message}`
      return (await git(["hash-object", "-t", "commit", "-w", "--stdin"], object)).toString().trimEnd()
    },
    writeBlob: async bytes => (await git(["hash-object", "-w", "--stdin"], bytes)).toString().trimEnd(),
    readBlob: sha => git(["cat-file", "blob", sha]),
    async writeTree(base, files) {
      const index = join(mkdtempSync(join(tmpdir(), "fake-github-index-")), "index")
      const environment = { GIT_INDEX_FILE: index }
      try {
        if (base !== undefined) await git(["read-tree", base], undefined, environment)
        const lines = [...files].map(([path, file]) =>
          file === null ? `0 ${"0".repeat(40)}\t${path}\0` : `${file.mode} ${file.sha}\t${path}\0`,
        )
        await git(["update-index", "-z", "--index-info"], lines.join(""), environment)
        return (await git(["write-tree"], undefined, environment)).toString().trimEnd()
      } finally {
        rmSync(dirname(index), { recursive: true, force: true })
      }
    },
    async tree(sha, recursive = false) {
      const listing = await text("ls-tree", "-z", "-l", ...(recursive ? ["-r", "-t"] : []), sha)
      return listing
        .split("\0")
        .filter(line => line !== "")
        .map(line => {
          const [head = "", path = ""] = line.split("\t")
          const [mode = "", type = "", id = "", size = "-"] = head.split(/ +/)
          return { mode, type, sha: id, path, ...(size === "-" ? {} : { size: Number(size) }) }
        })
    },
    isAncestor: (ancestor, descendant) =>
      git(["merge-base", "--is-ancestor", ancestor, descendant]).then(
        () => true,
        () => false,
      ),
    remove() {
      if (existsSync(directory)) rmSync(dirname(directory), { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return store
}

const QUIET = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_TERMINAL_PROMPT: "0" }

const formatSignature = ({ name, email, at }: Signature): string => `${name} <${email}> ${Math.floor(at / 1000)} +0000`

function parseCommit(sha: string, text: string): Commit {
  const end = text.indexOf("\n\n")
  const headers = text.slice(0, end).replaceAll("\n ", "\0").split("\n")
  const all = (name: string): readonly string[] =>
    headers.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1).replaceAll("\0", "\n"))
  const [signature] = all("gpgsig")
  const unsigned = headers.filter(line => !line.startsWith("gpgsig ")).map(line => line.replaceAll("\0", "\n "))
  return {
    sha,
    tree: all("tree")[0] ?? "",
    parents: all("parent"),
    author: parseSignature(all("author")[0] ?? ""),
    committer: parseSignature(all("committer")[0] ?? ""),
    message: text.slice(end + 2),
    ...(signature === undefined ? {} : { signature, payload: `${unsigned.join("\n")}${text.slice(end)}` }),
  }
}

function parseSignature(text: string): Signature {
  const [, name = "", email = "", seconds = "0"] = /^(.*) <(.*)> (\d+)/.exec(text) ?? []
  return { name, email, at: Number(seconds) * 1000 }
}
