import { readRequest } from "../artifact/csr.ts"
import { sha256 } from "../artifact/digest.ts"
import { readOpenPgpKey } from "../artifact/openpgp-facts.ts"
import { readCertificateFacts } from "../artifact/x509-read.ts"
import { clusterFiles } from "../domain/cluster.ts"
import { ScbError } from "../domain/errors.ts"
import { type Finding, hasErrors, sortFindings } from "../domain/findings.ts"
import type { Instant } from "../domain/instant.ts"
import { NO_NOTES, type Notes, noted } from "../domain/notes.ts"
import type { FileFacts, Repository, RepositoryFacts } from "../domain/repository.ts"
import { checkRepository } from "../domain/rules/check-repository.ts"
import type { FindingCode } from "../domain/rules/finding-rules.ts"
import { decodeUtf8, encodeUtf8 } from "../domain/utf8.ts"
import type { Tree } from "../ports.ts"
import { parseRepository } from "../schema/repository.ts"
import { InvalidRepository } from "./invalid-repository.ts"
import type { World } from "./world.ts"

export interface ReadRepository {
  readonly tree: Tree
  /** Absent when so much is unreadable that nothing further can be said. */
  readonly repository?: Repository
  readonly facts: RepositoryFacts
  readonly findings: readonly Finding[]
}

/** A repository without findings of severity error: what plans are made from. */
export interface SoundRepository extends ReadRepository {
  readonly repository: Repository
}

/** Reads and judges a whole tree; everything that its authors can mend comes back at once. */
export async function readRepository(
  tree: Tree,
  platforms: ReadonlySet<string>,
  now: Instant,
  notes: Notes = NO_NOTES,
): Promise<ReadRepository> {
  const { repository, findings } = parseRepository(tree, notes)
  if (repository === undefined) return { tree, facts: NO_FACTS, findings: sortFindings(findings) }
  const facts = await readFacts(repository, tree, now, notes)
  const files = unsearched(tree, notes)
  const semantic = checkRepository(repository, facts, { files, platforms, now })
  noteSearched(tree, files, semantic, notes)
  return { tree, repository, facts, findings: sortFindings([...findings, ...semantic]) }
}

/** The same for verbs that cannot go on without a sound repository. Throws `invalid-repository`, which carries the findings. */
export async function readSoundRepository(
  tree: Tree,
  { platforms, now }: Pick<World, "platforms" | "now">,
  notes: Notes = NO_NOTES,
): Promise<SoundRepository> {
  const read = await readRepository(tree, new Set(platforms.keys()), now, notes)
  const { repository, findings } = read
  if (repository === undefined || hasErrors(findings.filter(({ code }) => !OF_TIME.includes(code)))) {
    throw new InvalidRepository(findings)
  }
  return { ...read, repository }
}

/**
 * Errors that come by waiting: the end of an issuer, of a recipient's key. They keep those whom they concern from being
 * released, when that is tried; all others are to be renewed in time.
 */
const OF_TIME: readonly FindingCode[] = ["R18", "R43"]

/** One digest over all policy files: two releases with the same one were made under the same house rules. */
export function policyDigest(tree: Tree): string {
  const lines = [...tree.keys()]
    .filter(path => path.startsWith("policies/") && path.endsWith(".yaml"))
    .sort()
    .map(path => `${sha256(fileOf(tree, path))}  ${path}\n`)
  return sha256(encodeUtf8(lines.join("")))
}

/** The bytes of a file that the checks have seen. */
export function fileOf(tree: Tree, path: string): Uint8Array {
  const bytes = tree.get(path)
  if (bytes === undefined) throw new Error(`${path} passed the checks without being there`)
  return bytes
}

export function textOf(tree: Tree, path: string): string {
  return decodeUtf8(fileOf(tree, path))
}

const NO_FACTS: RepositoryFacts = { certificates: new Map(), openPgpKeys: new Map(), requests: new Map() }

/** Files that may hold the text of a private key. */
function unsearched(tree: Tree, notes: Notes): ReadonlyMap<string, Uint8Array> {
  const paths = [...tree.keys()].filter(path => notes.get("plain", tree.ids?.get(path) ?? "") === undefined)
  return new Map(paths.map(path => [path, fileOf(tree, path)]))
}

function noteSearched(
  { ids }: Tree,
  files: ReadonlyMap<string, Uint8Array>,
  findings: readonly Finding[],
  notes: Notes,
): void {
  const planted = new Set(findings.filter(({ code }) => code === "R07").map(({ subject }) => subject))
  for (const path of files.keys()) {
    const id = ids?.get(path)
    if (id !== undefined && !planted.has(path)) notes.set("plain", id, path.startsWith("bundles/"))
  }
}

async function readFacts(repository: Repository, tree: Tree, now: Instant, notes: Notes): Promise<RepositoryFacts> {
  const { people, distribution } = repository.policies
  const clusters = [...repository.clusters.values()]
  const bundles = [...repository.bundles.values()]
  const principals = [...people.principals.values()]
  const keys = [
    ...principals.flatMap(principal => principal.openpgp?.file ?? []),
    ...distribution.signers.map(signer => signer.file),
  ]
  return {
    certificates: await factsOf(tree, clusters.flatMap(clusterFiles), (bytes, id) =>
      noted(notes, "certificates", id, () => readCertificateFacts(bytes())),
    ),
    openPgpKeys: await factsOf(tree, keys, bytes => readOpenPgpKey(bytes(), now)),
    requests: await factsOf(
      tree,
      bundles.flatMap(bundle => (bundle.key.kind === "csr" ? [bundle.key.request] : [])),
      (bytes, id) => noted(notes, "request", id, () => readRequestFacts(bytes())),
    ),
  }
}

async function factsOf<T>(
  tree: Tree,
  paths: readonly string[],
  read: (bytes: () => Uint8Array, id: string | undefined) => FileFacts<T> | Promise<FileFacts<T>>,
): Promise<ReadonlyMap<string, FileFacts<T>>> {
  const facts = new Map<string, FileFacts<T>>()
  for (const path of new Set(paths)) {
    if (tree.has(path)) facts.set(path, await read(() => fileOf(tree, path), tree.ids?.get(path)))
  }
  return facts
}

function readRequestFacts(
  bytes: Uint8Array,
): RepositoryFacts["requests"] extends ReadonlyMap<string, infer F> ? F : never {
  try {
    return { ok: true, value: readRequest(bytes).facts }
  } catch (error) {
    if (error instanceof ScbError) return { ok: false, problem: error.message }
    throw error
  }
}
