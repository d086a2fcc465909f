import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { signedCommit } from "../../../src/adapters/git-objects.ts"
import { loadPlatforms } from "../../../src/adapters/platform-catalogue.ts"
import { directoryReleases } from "../../../src/adapters/releases-directory.ts"
import { openPgpSigner } from "../../../src/adapters/signer-openpgp.ts"
import { buildCatalog } from "../../../src/app/catalog.ts"
import { demoRepository } from "../../../src/app/init.ts"
import { readSoundRepository } from "../../../src/app/read-repository.ts"
import { sha256 } from "../../../src/artifact/digest.ts"
import { GENERATOR } from "../../../src/domain/generator.ts"
import { formatInstant, type Instant, later } from "../../../src/domain/instant.ts"
import { canonicalJson } from "../../../src/domain/json.ts"
import type { BundleName } from "../../../src/domain/names.ts"
import type { BundleHistory, LedgerState, ReleaseInput, ReleaseRecord } from "../../../src/domain/release.ts"
import { releaseInput } from "../../../src/domain/release-input.ts"
import { encodeUtf8 } from "../../../src/domain/utf8.ts"
import type { Signer } from "../../../src/ports.ts"
import { formatLedger } from "../../../src/schema/ledger.ts"

/** A large repository with its ledger and its published catalog, in which nothing is due at {@link now}. */
export interface Estate {
  readonly repository: string
  readonly bundles: number
  readonly now: Instant
  /** Of the ledger's files. */
  readonly ledgerBytes: number
}

export const VERSIONS = 10
const BUNDLES_PER_CLUSTER = 100
const DAY = 86_400_000
const RENEWED_EVERY = 20 * DAY
const LIFETIME = 30 * DAY

/**
 * `bundles` bundles with ten versions each. Each second cluster is the production of the one before it. Without the
 * cryptography of the versions: a ledger holds digests, which a plan believes. Made once, then kept in `directory`.
 */
export async function makeEstate(directory: string, bundles: number, now: Instant): Promise<Estate> {
  const place = join(directory, `estate-${bundles}-${formatInstant(now).slice(0, 10)}`)
  const repository = join(place, "repository")
  if (!existsSync(place)) {
    const making = `${place}.making`
    rmSync(making, { recursive: true, force: true })
    mkdirSync(join(making, "repository"), { recursive: true })
    await writeEstate(join(making, "repository"), bundles, now)
    renameSync(making, place)
  }
  const sizes = git(repository, "ls-tree", "-r", "--format=%(objectsize)", "ledger").split("\n")
  return { repository, bundles, now, ledgerBytes: sizes.reduce((sum, size) => sum + Number(size), 0) }
}

/** Writes what `change` makes of one bundle's text, and commits it. */
export function commitEdit(repository: string, path: string, content: string): void {
  const parent = git(repository, "rev-parse", "main")
  const stream = [`commit refs/heads/main`, committer(Math.floor(Date.now() / 1000)), data("edit"), `from ${parent}`]
  execFileSync("git", ["fast-import", "--quiet"], {
    cwd: repository,
    input: [...stream, `M 100644 inline ${path}`, data(content), ""].join("\n"),
  })
  git(repository, "checkout", "--quiet", "--force", "main", "--", path)
}

export function git(repository: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8", maxBuffer: 1 << 30 }).trimEnd()
}

async function writeEstate(repository: string, bundles: number, now: Instant): Promise<void> {
  const made = later(now, -VERSIONS * RENEWED_EVERY - DAY)
  const demo = await demoRepository({
    name: "repository",
    keysFolder: "/nowhere",
    firstPort: 29_080,
    random: length => crypto.getRandomValues(new Uint8Array(length)),
    now: made,
  })
  const passphrase = /SCB_CA_KEY_PASSPHRASE='(.+)'/.exec(demo.keys.get("env.sh") ?? "")?.[1] ?? ""
  const signer = await openPgpSigner({ privateKeyArmored: demo.keys.get("release.key.asc") ?? "", passphrase })
  const places = Array.from({ length: bundles }, (_, index) => placeOf(index))
  const files = intent(demo.files, places)
  const state = await history(files, places, now)
  git(repository, "init", "--quiet", "--initial-branch=main")
  await importFiles(repository, "main", files, now)
  git(repository, "reset", "--quiet", "--hard", "main")
  await writeLedger(repository, state, signer, now)
  const catalog = await buildCatalog(state, now, 7 * DAY, signer)
  const releases = join(dirname(repository), "repository-releases")
  mkdirSync(releases)
  await directoryReleases(releases).publishCatalog(catalog)
}

interface Place {
  readonly cluster: string
  readonly bundle: string
  readonly environment: "development" | "production"
}

function placeOf(index: number): Place {
  const pair = Math.floor(index / (2 * BUNDLES_PER_CLUSTER))
  const environment = Math.floor(index / BUNDLES_PER_CLUSTER) % 2 === 0 ? "development" : "production"
  const cluster = `estate-${pair}-${environment === "production" ? "prod" : "dev"}`
  return { cluster, environment, bundle: `app-${pair}-${index % BUNDLES_PER_CLUSTER}` }
}

/** The demonstration's files, its clusters and bundles many times over. */
function intent(demo: ReadonlyMap<string, string>, places: readonly Place[]): ReadonlyMap<string, string> {
  const files = new Map([...demo].filter(([path]) => !path.startsWith("bundles/")))
  const stem = (environment: Place["environment"]): string => (environment === "production" ? "shop-prod" : "shop-dev")
  for (const { cluster, environment, bundle } of places) {
    const from = stem(environment)
    for (const file of ["cluster.yaml", "ca/issuer.crt", "ca/server-root.crt"]) {
      const text = demo.get(`bundles/${from}/${file}`) ?? ""
      files.set(`bundles/${cluster}/${file}`, text.replaceAll(from, cluster))
    }
    const text = demo.get(`bundles/${from}/checkout.yaml`) ?? ""
    files.set(
      `bundles/${cluster}/${bundle}.yaml`,
      text
        .replaceAll(from, cluster)
        .replaceAll("RSA-2048", "P-256")
        .replaceAll("checkout_rw", "app_rw")
        .replace(/\bcheckout\b(?!-ci)/g, bundle),
    )
  }
  return files
}

/** Every bundle renewed nine times, the last time within the last day. */
async function history(
  files: ReadonlyMap<string, string>,
  places: readonly Place[],
  now: Instant,
): Promise<LedgerState> {
  const inputs = await inputTemplates(files, places, now)
  const histories = places.map((place, index) => {
    const input = inputs(place)
    const name: BundleName = `${place.cluster}/${place.bundle}`
    return [name, historyOf(name, input, index, later(now, -(index % 24) * (DAY / 24)))] as const
  })
  return { sequence: VERSIONS * 3, epoch: 0, invalidations: [], bundles: new Map(histories) }
}

/** What releases are made from, read once for each environment: the rest of it is names. */
async function inputTemplates(
  files: ReadonlyMap<string, string>,
  places: readonly Place[],
  now: Instant,
): Promise<(place: Place) => ReleaseInput> {
  const templates = new Map<string, string>()
  for (const environment of new Set(places.map(place => place.environment))) {
    const place = places.find(each => each.environment === environment)
    if (place === undefined) continue
    const own = [...files].filter(
      ([path]) =>
        path.startsWith("policies/") ||
        path.startsWith(`bundles/${place.cluster}/c`) ||
        path === `bundles/${place.cluster}/${place.bundle}.yaml`,
    )
    const tree = new Map(own.map(([path, text]) => [path, encodeUtf8(text)]))
    const { repository, facts } = await readSoundRepository(tree, { platforms: await loadPlatforms(), now })
    const [bundle] = repository.bundles.values()
    if (bundle === undefined) throw new Error("the template has no bundle")
    const text = JSON.stringify(releaseInput(repository, facts, bundle))
    templates.set(environment, text.replaceAll(place.cluster, "{cluster}").replaceAll(place.bundle, "{bundle}"))
  }
  return ({ cluster, bundle, environment }) =>
    JSON.parse((templates.get(environment) ?? "").replaceAll("{cluster}", cluster).replaceAll("{bundle}", bundle))
}

function historyOf(bundle: BundleName, input: ReleaseInput, index: number, renewedAt: Instant): BundleHistory {
  const inputDigest = sha256(encodeUtf8(canonicalJson({ ...input })))
  const releases = Array.from({ length: VERSIONS }, (_, version): ReleaseRecord => {
    const publishedAt = later(renewedAt, (version + 1 - VERSIONS) * RENEWED_EVERY)
    const mark = sha256(encodeUtf8(`${bundle} ${version}`))
    const digest = (name: string) => ({ name, size: 1000 + index, sha256: sha256(encodeUtf8(`${mark} ${name}`)) })
    return {
      version: `1.0.${version}`,
      ...(version === 0 ? {} : { predecessor: `1.0.${version - 1}` }),
      publishedAt,
      change: version === 0 ? "major" : "renewal",
      reason: version === 0 ? "first-release" : "renewal-due",
      cause: version === 0 ? "first release" : "two thirds of its life are over",
      commit: mark.slice(0, 40),
      policyDigest: mark,
      inputDigest,
      input,
      certificate: {
        serial: mark.slice(0, 32),
        subject: `CN=${input.bundle.role}`,
        identity: input.bundle.identity,
        keyAlgorithm: "P-256",
        notBefore: later(publishedAt, -300_000),
        notAfter: later(publishedAt, LIFETIME),
        sha256: mark,
        spkiSha256: sha256(encodeUtf8(mark)),
      },
      manifest: digest("manifest.json"),
      payload: digest(`${bundle.replace("/", "-")}.zip.gpg`),
      skeletonSha256: inputDigest,
      generator: GENERATOR,
    }
  })
  const moves = releases.flatMap(({ version, publishedAt, cause }) =>
    ["candidate", "stable"].map(channel => ({
      channel,
      version,
      at: publishedAt,
      reason: version === "1.0.0" ? ("first" as const) : ("renewal" as const),
      cause,
    })),
  )
  return { bundle, releases, marks: [], moves, attempts: [] }
}

async function writeLedger(repository: string, state: LedgerState, signer: Signer, now: Instant): Promise<void> {
  await importFiles(repository, "unsigned", formatLedger(state), now)
  const payload = `${git(repository, "cat-file", "commit", "unsigned")}\n`
  const signature = await signer.sign(encodeUtf8(payload), now)
  const { content } = signedCommit(payload, signature)
  const id = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], { cwd: repository, input: content })
  git(repository, "update-ref", "refs/heads/ledger", id.toString().trim())
  git(repository, "branch", "--quiet", "-D", "unsigned")
}

/** git-fast-import(1): one process and one pack, however many files. */
async function importFiles(
  repository: string,
  branch: string,
  files: ReadonlyMap<string, string>,
  now: Instant,
): Promise<void> {
  const child = spawn("git", ["fast-import", "--quiet"], { cwd: repository, stdio: ["pipe", "inherit", "inherit"] })
  const done = new Promise<void>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", code => (code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`))))
  })
  const put = async (text: string): Promise<void> => {
    if (!child.stdin.write(text)) await new Promise(resolve => child.stdin.once("drain", resolve))
  }
  await put(`commit refs/heads/${branch}\n${committer(now / 1000)}\n${data(branch)}\n`)
  for (const [path, text] of files) await put(`M 100644 inline ${path}\n${data(text)}\n`)
  child.stdin.end("\n")
  await done
}

function committer(seconds: number): string {
  return `committer scb <scb@localhost> ${seconds} +0000`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}
