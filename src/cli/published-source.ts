import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { Option } from "commander"
import type { VisitedSource } from "../app/fetch.ts"
import type { TrustAnchor } from "../app/trust.ts"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Releases, Tree } from "../ports.ts"
import { instantOf, nowOption, pathOf, repositoryOption } from "./command.ts"
import { readNamedText } from "./files.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"
import { openWorld } from "./world.ts"

/** Options of verbs that read what is published, as a customer does. */
export interface SourceOptions {
  readonly repo: string
  readonly from?: string
  readonly trust?: readonly string[]
  readonly state?: string
  readonly now?: string
}

export function sourceOptions(): readonly Option[] {
  return [
    repositoryOption(),
    new Option("--from <dir>", "where releases are (default: what the repository's distribution policy says)"),
    new Option(
      "--trust <file...>",
      "OpenPGP public keys of release signers (default: the policy's signers); needed with --from",
    ),
    new Option("--state <file>", "memory of catalogs seen, against replay (default: in XDG_STATE_HOME)"),
    nowOption(),
  ]
}

/** What is published somewhere, whom one believes there, and what one has seen of it before. */
export async function publishedSource(options: SourceOptions, io: Io): Promise<VisitedSource> {
  const now = instantOf(options, io)
  const { clientStateFile } = await import("../adapters/client-state-file.ts")
  return {
    ...(await whereFrom(options, now, io)),
    state: clientStateFile(options.state === undefined ? defaultStatePath(io) : pathOf(options.state, io)),
    now,
  }
}

interface Source {
  readonly source: string
  readonly releases: Releases
  readonly anchors: readonly TrustAnchor[]
}

/** A place and the keys that one trusts there: told on the command line, or read from the repository's policy. */
async function whereFrom(options: SourceOptions, now: Instant, io: Io): Promise<Source> {
  if (options.from === undefined) return policySource(options, io)
  if (options.trust === undefined) {
    throw new UsageError("--from needs --trust: a signature proves nothing without a key that you know")
  }
  const { directoryReleases } = await import("../adapters/releases-directory.ts")
  const folder = pathOf(options.from, io)
  return { source: folder, releases: directoryReleases(folder), anchors: await readAnchors(options.trust, now, io) }
}

async function policySource(options: SourceOptions, io: Io): Promise<Source> {
  const [{ readSoundRepository }, { trustAnchors }] = await Promise.all([
    import("../app/read-repository.ts"),
    import("../app/plan.ts"),
  ])
  const world = await openWorld({ ...options, format: "text" }, io)
  const { tree } = await world.workspace.readCommit(undefined, () => true).catch(elsewhere)
  const sound = await readSoundRepository(policiesOf(tree), world)
  const target = sound.repository.policies.distribution.releases
  const anchors = options.trust === undefined ? trustAnchors(sound) : await readAnchors(options.trust, world.now, io)
  const source =
    target.kind === "directory" ? resolve(pathOf(options.repo, io), target.path) : `github:${target.repositoryId}`
  return { source, releases: world.releases(target), anchors }
}

/** Those that every repository has, with the keys that they name: of ten thousand bundles none is read for one. */
const POLICIES = /^policies\/(?:(?:people|cryptography|drivers|distribution|renewal)\.yaml|.*(?<!\.yaml))$/

function policiesOf(tree: Tree): Tree {
  const paths = [...tree.keys()].filter(path => POLICIES.test(path))
  return new Map(paths.map(path => [path, tree.get(path) ?? new Uint8Array()]))
}

/** Whoever fetches seldom stands in the repository. */
function elsewhere(error: unknown): never {
  if (!(error instanceof ScbError) || error.code !== "not-a-repository") throw error
  throw new ScbError(error.code, error.message, {
    hint: "name the repository with --repo, or the releases with --from and their signers' keys with --trust",
    cause: error,
  })
}

async function readAnchors(files: readonly string[], now: Instant, io: Io): Promise<readonly TrustAnchor[]> {
  const { readOpenPgpKey } = await import("../artifact/openpgp-facts.ts")
  return Promise.all(
    files.map(async file => {
      const publicKeyArmored = await readNamedText(file, io)
      const facts = await readOpenPgpKey(encodeUtf8(publicKeyArmored), now)
      if (!facts.ok) throw new ScbError("key-unreadable", `${file} cannot be used: ${facts.problem}`)
      return { fingerprint: facts.value.fingerprint, publicKeyArmored }
    }),
  )
}

/** XDG Base Directory Specification: what a program remembers from run to run. */
function defaultStatePath(io: Io): string {
  return join(io.env["XDG_STATE_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".local", "state"), "scb", "catalogs.json")
}
