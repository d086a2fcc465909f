import { createHash } from "node:crypto"
import { ScbError } from "../domain/errors.ts"
import { type Instant, instantFromMillis } from "../domain/instant.ts"
import type { SourceCommit } from "../ports.ts"

/** Git's own forms, as far as a ledger needs them (gitformat-pack(5), git-hash-object(1)). */

export interface GitObject {
  readonly type: "blob" | "tree" | "commit" | "tag"
  readonly content: Uint8Array
  /** SHA-1 over header and content, lower-case hex. */
  readonly id: string
}

export interface TreeEntry {
  /** Octal as in the object: `100644`, `40000`, `120000` (symbolic link), `160000` (submodule), … */
  readonly mode: string
  /** With U+FFFD for bytes that are not UTF-8. */
  readonly name: string
  readonly id: string
}

export interface Author {
  readonly name: string
  readonly email: string
}

export interface CommitFacts {
  readonly tree: string
  readonly parent: string | null
  /** The commit without its signature: what the signature covers. */
  readonly payload: string
  readonly signature?: string
}

export function gitObject(type: GitObject["type"], content: Uint8Array): GitObject {
  const id = createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex")
  return { type, content, id }
}

export function textObject(type: GitObject["type"], text: string): GitObject {
  return gitObject(type, new TextEncoder().encode(text))
}

/** Throws `ledger-corrupt` for bytes that are not UTF-8. */
export function textOf(content: Uint8Array, subject: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content)
  } catch (cause) {
    throw new ScbError("ledger-corrupt", `${subject} is not UTF-8 text`, { cause })
  }
}

/** In git's order: by bytes, a folder as if its name ended in a slash. */
export function treeObject(entries: readonly TreeEntry[]): GitObject {
  const key = (entry: TreeEntry): Buffer => Buffer.from(entry.mode === "40000" ? `${entry.name}/` : entry.name)
  const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)))
  const parts = sorted.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")])
  return gitObject("tree", Buffer.concat(parts))
}

export function parseTree(content: Uint8Array): readonly TreeEntry[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(" ", at)
    const end = bytes.indexOf(0, space)
    if (space < 0 || end < 0 || end + 21 > bytes.length) throw new ScbError("ledger-corrupt", "a git tree is cut off")
    const name = bytes.toString("utf8", space + 1, end)
    entries.push({ mode: bytes.toString("latin1", at, space), name, id: bytes.toString("hex", end + 1, end + 21) })
    at = end + 21
  }
  return entries
}

/** All that is below some trees, each under its folder; folders themselves are left out. Reads a level at a time. */
export async function listTrees(
  readTrees: (ids: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>,
  trees: readonly { readonly id: string; readonly folder: string }[],
): Promise<readonly (TreeEntry & { readonly path: string })[]> {
  if (trees.length === 0) return []
  const contents = await readTrees([...new Set(trees.map(tree => tree.id))])
  const found = trees.flatMap(({ id, folder }) =>
    parseTree(contents.get(id) ?? new Uint8Array()).map(entry => ({ ...entry, path: `${folder}${entry.name}` })),
  )
  const folders = found.filter(entry => entry.mode === "40000").map(({ id, path }) => ({ id, folder: `${path}/` }))
  return [...found.filter(entry => entry.mode !== "40000"), ...(await listTrees(readTrees, folders))]
}

/** The text of an unsigned commit. Equal arguments, equal bytes. */
export function commitPayload(
  tree: string,
  parent: string | null,
  author: Author,
  message: string,
  at: Instant,
): string {
  const person = `${author.name} <${author.email}> ${at / 1000} +0000`
  const parents = parent === null ? "" : `parent ${parent}\n`
  return `tree ${tree}\n${parents}author ${person}\ncommitter ${person}\n\n${message.trimEnd()}\n`
}

/** Throws an Error for a name that would end the line or the address early. */
export function checkAuthor(author: Author): Author {
  for (const text of [author.name, author.email]) {
    if (text === "" || /[<>\n\0]/.test(text)) throw new Error(`no commit author can be named ${JSON.stringify(text)}`)
  }
  return author
}

/** Puts a signature where git looks for it: the `gpgsig` header, continued lines indented by one space. */
export function signedCommit(payload: string, armoredSignature: string): GitObject {
  const lines = armoredSignature.replaceAll("\r\n", "\n").trimEnd().replaceAll("\n", "\n ")
  const end = payload.indexOf("\n\n")
  return textObject("commit", `${payload.slice(0, end)}\ngpgsig ${lines}${payload.slice(end)}`)
}

/** The inverse of {@link signedCommit}. Throws `ledger-corrupt` for a merge, two signatures or what is no commit. */
export function parseCommit(id: string, content: Uint8Array): CommitFacts {
  const text = textOf(content, `ledger commit ${id}`)
  const end = text.indexOf("\n\n")
  const headers = text.slice(0, end).split(/\n(?! )/)
  const values = (name: string): readonly string[] =>
    headers.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1))
  const [[tree], [parent = null, ...others], [signature, ...moreSignatures]] = [
    values("tree"),
    values("parent"),
    values("gpgsig"),
  ]
  if (end < 0 || tree === undefined) throw new ScbError("ledger-corrupt", `ledger commit ${id} is malformed`)
  if (others.length > 0) throw new ScbError("ledger-corrupt", `ledger commit ${id} is a merge, expected one parent`)
  if (moreSignatures.length > 0) throw new ScbError("ledger-corrupt", `ledger commit ${id} has several signatures`)
  const payload = `${headers.filter(line => !line.startsWith("gpgsig ")).join("\n")}${text.slice(end)}`
  if (signature === undefined) return { tree, parent, payload }
  return { tree, parent, payload, signature: `${signature.replaceAll("\n ", "\n")}\n` }
}

/** Any commit, merges too, byte by byte: what its signature covers need not be UTF-8 (git-commit-tree(1)). Throws `io` for what is no commit. */
export function parseSourceCommit(id: string, content: Uint8Array): SourceCommit {
  const text = Buffer.from(content).toString("latin1")
  const end = text.indexOf("\n\n")
  const headers = text.slice(0, end < 0 ? text.length : end).split(/\n(?! )/)
  const values = (name: string): readonly string[] =>
    headers.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1))
  const [tree] = values("tree")
  const [, seconds] = / (\d+) [+-]\d{4}$/.exec(values("committer")[0] ?? "") ?? []
  if (tree === undefined || seconds === undefined) throw new ScbError("io", `git object ${id} is no whole commit`)
  const signatures = values("gpgsig")
  const covered = `${headers.filter(line => !SIGNATURE_HEADER.test(line)).join("\n")}${end < 0 ? "" : text.slice(end)}`
  return {
    id,
    tree,
    parents: values("parent"),
    committedAt: instantFromMillis(Number(seconds) * 1000),
    message: Buffer.from(end < 0 ? "" : text.slice(end + 2), "latin1").toString("utf8"),
    payload: new Uint8Array(Buffer.from(covered, "latin1")),
    ...(signatures.length === 1 ? { signature: `${signatures[0]?.replaceAll("\n ", "\n")}\n` } : {}),
  }
}

const SIGNATURE_HEADER = /^gpgsig(?:-sha256)? /
