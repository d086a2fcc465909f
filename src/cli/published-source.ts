import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { Option } from "commander"
import type { PlaceOptions } from "../adapters/published-place.ts"
import type { VisitedSource } from "../app/fetch.ts"
import type { PublishedPlace } from "../app/sources.ts"
import type { TrustAnchor } from "../app/trust.ts"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import type { ReleaseTarget } from "../domain/policies.ts"
import { formatSourceAddress, GITHUB, parseSourceAddress, type SourceAddress } from "../domain/source-address.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Tree } from "../ports.ts"
import { instantOf, nowOption, pathOf, repositoryOption } from "./command.ts"
import { readNamedText } from "./files.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"
import { openWorld } from "./world.ts"

/** Options of verbs that read what is published, as a customer does. */
export interface SourceOptions {
  readonly repo: string
  readonly from?: readonly string[]
  readonly trust?: readonly string[]
  readonly state?: string
  readonly now?: string
}

export function sourceOptions(): readonly Option[] {
  return [
    repositoryOption(),
    new Option(
      "--from <place>",
      "a directory, https://…, github:owner/name or github:https://server/owner/name; give several, any good one suffices (default: what the repository's distribution policy says)",
    ).argParser((place: string, before: readonly string[] = []) => [...before, place]),
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
  const { places, anchors } = await whereFrom(options, now, io)
  const [first, ...mirrors] = places
  if (first === undefined) throw new Error("releases are somewhere")
  return {
    ...first,
    mirrors,
    anchors,
    state: clientStateFile(options.state === undefined ? defaultStatePath(io) : pathOf(options.state, io)),
    now,
    warn: warning => io.stderr(`warning: ${warning}\n`),
  }
}

interface Source {
  readonly places: readonly PublishedPlace[]
  readonly anchors: readonly TrustAnchor[]
}

/** Places and the keys that one trusts there: told on the command line, or read from the repository's policy. */
async function whereFrom(options: SourceOptions, now: Instant, io: Io): Promise<Source> {
  if (options.from === undefined) return policySource(options, io)
  if (options.trust === undefined) {
    throw new UsageError("--from needs --trust: a signature proves nothing without a key that you know")
  }
  const addresses = options.from.map(place => addressOf(place, io.workingDirectory))
  return {
    places: await Promise.all(addresses.map(address => placeAt(address, io))),
    anchors: await readAnchors(options.trust, now, io),
  }
}

/** Throws a usage error. */
function addressOf(place: string, folder: string): SourceAddress {
  const address = parseSourceAddress(place)
  if (address === undefined) {
    throw new UsageError(
      "expected a directory, https://…, github:owner/name or github:https://server/owner/name, without a password",
    )
  }
  return address.kind === "directory" ? { ...address, path: resolve(folder, address.path) } : address
}

async function placeAt(address: SourceAddress, io: Io, more: Partial<PlaceOptions> = {}): Promise<PublishedPlace> {
  const { openPlace } = await import("../adapters/published-place.ts")
  const { env, workingDirectory } = io
  return {
    source: formatSourceAddress(address),
    releases: await openPlace(address, { env, workingDirectory, ...more }),
  }
}

async function policySource(options: SourceOptions, io: Io): Promise<Source> {
  const [{ readSoundRepository }, { trustAnchors }] = await Promise.all([
    import("../app/read-repository.ts"),
    import("../app/plan.ts"),
  ])
  const world = await openWorld(
    { repo: options.repo, format: "text", ...(options.now === undefined ? {} : { now: options.now }) },
    io,
  )
  const { tree } = await world.workspace.readCommit(undefined, () => true).catch(elsewhere)
  const sound = await readSoundRepository(policiesOf(tree), world)
  const { releases, mirrors } = sound.repository.policies.distribution
  const anchors = options.trust === undefined ? trustAnchors(sound) : await readAnchors(options.trust, world.now, io)
  const folder = pathOf(options.repo, io)
  const places = [targetPlace(releases, folder, io), ...mirrors.map(mirror => placeAt(addressOf(mirror, folder), io))]
  return { places: await Promise.all(places), anchors }
}

/** Remembered by its number: a repository that moves stays the same. */
async function targetPlace(target: ReleaseTarget, folder: string, io: Io): Promise<PublishedPlace> {
  switch (target.kind) {
    case "directory":
      return placeAt({ kind: "directory", path: resolve(folder, target.path) }, io)
    case "github": {
      const { repository, repositoryId, server = GITHUB, catalogBranch } = target
      const place = await placeAt({ kind: "github", repository, server }, io, { repositoryId, catalogBranch })
      return { ...place, source: `github:${repositoryId}` }
    }
  }
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
