import { Option } from "commander"
import type { FetchedBundle, FetchRequest, ReleaseRequest, SealedBundle } from "../app/fetch.ts"
import type { ChannelName } from "../domain/bundle.ts"
import { ScbError } from "../domain/errors.ts"
import { bundleName, parseBundleName } from "../domain/names.ts"
import { isVersion } from "../domain/versions/versions.ts"
import type { Secrets } from "../ports.ts"
import { readNamedText } from "./files.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"
import { readOwnerKey } from "./owner-key.ts"
import { publishedSource, type SourceOptions, sourceOptions } from "./published-source.ts"

/** Options of verbs that fetch one bundle. */
export interface ReleaseOptions extends SourceOptions {
  readonly channel?: ChannelName
  readonly version?: string
  readonly consumer?: string
  readonly identity?: string
  readonly key?: string
  readonly encrypted?: boolean
}

export const PASSPHRASES = "\nPassphrases: SCB_IDENTITY_KEY_PASSPHRASE and SCB_PRIVATE_KEY_PASSPHRASE, or …_FILE"

export function releaseOptions(): readonly Option[] {
  return [
    new Option("--channel <channel>", "the version that a channel points at").conflicts("version"),
    new Option("--version <version>", "one version (default: the stable channel)"),
    new Option(
      "--consumer <id>",
      "who asks, where a channel gives a new version to some first (default: your OpenPGP key's fingerprint)",
    ).conflicts("version"),
    ...sourceOptions(),
    new Option("--identity <file>", "your OpenPGP secret key (default: SCB_IDENTITY_KEY or SCB_IDENTITY_KEY_FILE)"),
    new Option(
      "--key <file>",
      "your private key for a csr bundle, PEM (default: SCB_PRIVATE_KEY or SCB_PRIVATE_KEY_FILE)",
    ),
    new Option("--encrypted", "verify all that can be without your key, and write the .gpg file for gpg").conflicts([
      "identity",
      "key",
    ]),
  ]
}

/** Throws a usage error for what no bundle or version can be named. */
export async function releaseRequest(name: string, options: ReleaseOptions, io: Io): Promise<ReleaseRequest> {
  const names = parseBundleName(name)
  if (names === undefined) throw new UsageError(`expected <cluster>/<bundle>, got ${JSON.stringify(name)}`)
  if (options.version !== undefined && !isVersion(options.version)) {
    throw new UsageError(`--version: expected a version such as 1.2.0, got ${JSON.stringify(options.version)}`)
  }
  return {
    ...(await publishedSource(options, io)),
    bundle: bundleName(names.cluster, names.bundle),
    selector: selectorOf(options),
  }
}

function selectorOf({ version, channel = "stable", consumer }: ReleaseOptions): ReleaseRequest["selector"] {
  if (version !== undefined) return { version }
  return { channel, ...(consumer === undefined ? {} : { consumer }) }
}

/** The keys that open what is fetched, read once; none when it is to stay encrypted. Throws `key-missing`. */
export async function fetchKeys(
  options: ReleaseOptions,
  io: Io,
): Promise<Pick<FetchRequest, "identity" | "ownerKey"> | undefined> {
  if (options.encrypted === true) return undefined
  const { environmentSecrets } = await import("../adapters/secrets-environment.ts")
  const secrets = environmentSecrets(io.env)
  const ownerKey = await readOwnerKey(options.key, secrets, io)
  return { identity: await identityKey(options, secrets, io), ...(ownerKey === undefined ? {} : { ownerKey }) }
}

/** Opened by the keys, or still encrypted. */
export async function fetchWith(
  keys: Pick<FetchRequest, "identity" | "ownerKey"> | undefined,
  request: ReleaseRequest,
): Promise<FetchedBundle | SealedBundle> {
  const { fetchBundle, fetchSealed } = await import("../app/fetch.ts")
  return keys === undefined ? fetchSealed(request) : fetchBundle({ ...request, ...keys })
}

async function identityKey(options: ReleaseOptions, secrets: Secrets, io: Io): Promise<FetchRequest["identity"]> {
  const privateKeyArmored =
    options.identity === undefined
      ? await secrets.read("env:SCB_IDENTITY_KEY")
      : await readNamedText(options.identity, io)
  if (privateKeyArmored === undefined) {
    throw new ScbError(
      "key-missing",
      "no OpenPGP key to open the bundle with: neither --identity nor SCB_IDENTITY_KEY is given",
      {
        hint: "export it with gpg --armor --export-secret-keys; or fetch with --encrypted, and let gpg open the file",
      },
    )
  }
  const passphrase = await secrets.read("env:SCB_IDENTITY_KEY_PASSPHRASE")
  return { privateKeyArmored, ...(passphrase === undefined ? {} : { passphrase }) }
}
