import { readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import * as core from "@actions/core"
import { makeDirectory, writeFileAtomically } from "../adapters/atomic-files.ts"
import { clientStateFile } from "../adapters/client-state-file.ts"
import { openPlace } from "../adapters/published-place.ts"
import { type FetchedBundle, type FetchRequest, fetchBundle } from "../app/fetch.ts"
import type { TrustAnchor } from "../app/trust.ts"
import { readOpenPgpKey } from "../artifact/openpgp-facts.ts"
import { readZip } from "../artifact/zip-read.ts"
import { ScbError } from "../domain/errors.ts"
import { formatInstant, type Instant, instantFromMillis } from "../domain/instant.ts"
import { bundleName, parseBundleName } from "../domain/names.ts"
import { formatSourceAddress, parseSourceAddress } from "../domain/source-address.ts"
import { decodeUtf8, encodeUtf8 } from "../domain/utf8.ts"
import { isVersion } from "../domain/versions/versions.ts"
import { renderFetchSummary } from "../render/fetch-summary.ts"
import { secretForms, secretsInConfig } from "./secret-forms.ts"

/** What the workflow has written wrongly. */
class InputError extends Error {}

const SECRET_INPUTS = ["identity-key", "identity-passphrase", "private-key", "private-key-passphrase", "token"]

/** Fetches one bundle, verifies all of it and writes it down. Nothing is read before what is secret is masked. */
async function run(): Promise<void> {
  for (const name of SECRET_INPUTS) mask(input(name))
  const now = instantFromMillis(Date.now())
  const request = await requestOf(now)
  const fetched = await fetchBundle(request)
  for (const secret of secretsIn(fetched)) mask(secret)

  const path = resolve(input("output") ?? join(folder(), fetched.fileName))
  await makeDirectory(join(path, ".."))
  await writeFileAtomically(path, fetched.zip, 0o600)
  for (const warning of fetched.warnings) core.warning(warning, { title: "scb" })
  for (const { code, message } of fetched.findings) core.warning(`${code}: ${message}`, { title: "scb" })
  core.setOutput("path", path)
  core.setOutput("version", fetched.version)
  core.setOutput("expires", formatInstant(fetched.manifest.expiresAt))
  if (process.env["GITHUB_STEP_SUMMARY"]) await core.summary.addRaw(renderFetchSummary(fetched, path)).write()
  core.info(`verified ${fetched.bundle} ${fetched.version}, written to ${path}`)
}

function input(name: string): string | undefined {
  const value = core.getInput(name)
  return value === "" ? undefined : value
}

function required(name: string): string {
  const value = input(name)
  if (value === undefined) throw new InputError(`input ${name} is missing`)
  return value
}

/** One a line. */
function lines(text: string): readonly string[] {
  return text
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "")
}

async function requestOf(now: Instant): Promise<FetchRequest> {
  const [first, ...mirrors] = await places()
  if (first === undefined) throw new InputError("input source is missing")
  const [identityKey, passphrase, ownerKey, ownerPassphrase] = SECRET_INPUTS.map(input)
  if (identityKey === undefined) throw new InputError("input identity-key is missing")
  return {
    ...first,
    mirrors,
    bundle: bundleOf(required("bundle")),
    selector: selector(),
    anchors: await anchors(now),
    state: clientStateFile(input("state") ?? join(folder(), "catalogs.json")),
    identity: { privateKeyArmored: identityKey, ...(passphrase !== undefined && { passphrase }) },
    ...(ownerKey !== undefined && {
      ownerKey: { pem: ownerKey, ...(ownerPassphrase !== undefined && { passphrase: ownerPassphrase }) },
    }),
    now,
  }
}

async function places() {
  const token = input("token")
  const env = { ...process.env, ...(token !== undefined && { SCB_GITHUB_TOKEN: token }) }
  return Promise.all(
    lines(required("source")).map(async text => {
      const address = parseSourceAddress(text)
      if (address === undefined)
        throw new InputError("input source: expected github:owner/name, https://… or a directory, without a password")
      const releases = await openPlace(address, { env, workingDirectory: process.cwd() })
      return { source: formatSourceAddress(address), releases }
    }),
  )
}

function bundleOf(text: string): FetchRequest["bundle"] {
  const names = parseBundleName(text)
  if (names === undefined) throw new InputError(`input bundle: expected <cluster>/<bundle>, got ${text}`)
  return bundleName(names.cluster, names.bundle)
}

function selector(): FetchRequest["selector"] {
  const [version, channel, consumer] = ["version", "channel", "consumer"].map(input)
  if (version !== undefined && channel !== undefined)
    throw new InputError("inputs version and channel exclude each other")
  if (version === undefined) return { channel: channel ?? "stable", ...(consumer !== undefined && { consumer }) }
  if (isVersion(version)) return { version }
  throw new InputError(`input version: expected a version such as 1.2.0, got ${version}`)
}

/** Armored keys as they are, or paths of files with one. */
async function anchors(now: Instant): Promise<readonly TrustAnchor[]> {
  const trust = required("trust")
  const blocks = trust.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g)
  const keys = blocks ?? (await Promise.all(lines(trust).map(readKeyFile)))
  return Promise.all(
    keys.map(async publicKeyArmored => {
      const facts = await readOpenPgpKey(encodeUtf8(publicKeyArmored), now)
      if (!facts.ok) throw new ScbError("key-unreadable", `a key of input trust cannot be used: ${facts.problem}`)
      return { fingerprint: facts.value.fingerprint, publicKeyArmored }
    }),
  )
}

/** Says nothing of what is there in place of a path: it may be a key that was put into the wrong input. */
async function readKeyFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => {
    throw new ScbError(
      "not-found",
      "input trust holds neither armored public keys nor paths of files that can be read",
      {
        hint: "check the repository out that holds them, or give the keys themselves",
      },
    )
  })
}

/** Of this job, emptied when it ends. */
function folder(): string {
  return join(process.env["RUNNER_TEMP"] ?? process.cwd(), "scb")
}

function mask(secret: string | undefined): void {
  for (const form of secretForms(secret)) core.setSecret(form)
}

function secretsIn({ zip }: FetchedBundle): readonly string[] {
  const config = readZip(zip).entries.find(({ name }) => name === "config.json")?.data
  return secretsInConfig(decodeUtf8(config))
}

function report(error: unknown): void {
  process.exitCode = 1
  if (error instanceof ScbError) {
    core.error([error.message, ...(error.hint === undefined ? [] : [error.hint])].join("\n"), {
      title: `scb: ${error.code}`,
    })
  } else if (error instanceof InputError) core.error(error.message, { title: "scb: inputs" })
  else core.error(error instanceof Error ? error.message : String(error), { title: "scb: a bug" })
}

await run().catch(report)
