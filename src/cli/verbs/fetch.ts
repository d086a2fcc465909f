import { type Command, Option } from "commander"
import type { FetchedBundle, FetchRequest, ReleaseRequest, SealedBundle } from "../../app/fetch.ts"
import type { ChannelName } from "../../domain/bundle.ts"
import { ScbError } from "../../domain/errors.ts"
import { bundleName, parseBundleName } from "../../domain/names.ts"
import { isVersion } from "../../domain/versions/versions.ts"
import type { Secrets } from "../../ports.ts"
import { renderFetchJson, renderFetchText } from "../../render/fetch.ts"
import { errorStyleOf, formatOption, type ResultFormat, styleOf, verb } from "../command.ts"
import { type DeliveryOptions, deliver, deliveryOptions, planDelivery } from "../delivery.ts"
import { readNamedText } from "../files.ts"
import { mentionFindings } from "../findings.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"
import { readOwnerKey } from "../owner-key.ts"
import { publishedSource, type SourceOptions, sourceOptions } from "../published-source.ts"

interface Options extends SourceOptions, Omit<DeliveryOptions, "format"> {
  readonly channel?: ChannelName
  readonly version?: string
  readonly consumer?: string
  readonly format: ResultFormat
  readonly identity?: string
  readonly key?: string
  readonly encrypted?: boolean
}

export function fetchVerb(invocation: Invocation): Command {
  const command = verb("fetch", "fetch a published bundle, verify all of it, and decrypt it", [
    "SCB_IDENTITY_KEY_FILE=me.key.asc scb fetch payments-prod/checkout",
    "scb fetch payments-prod/checkout --version 1.2.0 --identity me.key.asc --out /run/secrets/scb.zip",
    "scb fetch payments-prod/checkout --from /mnt/releases --trust release.asc --identity me.key.asc",
    "scb fetch payments-prod/reporting --key mine.pem      # completes a bundle whose owner kept the key",
    "scb fetch payments-prod/checkout --encrypted          # your key is in gpg-agent or on a card",
    "scb fetch payments-prod/checkout --channel candidate --consumer checkout-7f9c",
    "scb fetch payments-prod/checkout --output secret --namespace shop | kubectl apply --server-side -f -",
    "scb fetch payments-prod/checkout --output base64 | gh secret set SCB_BUNDLE_BASE64",
  ])
    .argument("<cluster/bundle>", "full name of the bundle")
    .addOption(new Option("--channel <channel>", "the version that a channel points at").conflicts("version"))
    .option("--version <version>", "one version (default: the stable channel)")
    .addOption(
      new Option(
        "--consumer <id>",
        "who asks, where a channel gives a new version to some first (default: your OpenPGP key's fingerprint)",
      ).conflicts("version"),
    )
  for (const option of sourceOptions()) command.addOption(option)
  command
    .option("--identity <file>", "your OpenPGP secret key (default: SCB_IDENTITY_KEY or SCB_IDENTITY_KEY_FILE)")
    .option("--key <file>", "your private key for a csr bundle, PEM (default: SCB_PRIVATE_KEY or SCB_PRIVATE_KEY_FILE)")
    .addOption(
      new Option("--encrypted", "verify all that can be without your key, and write the .gpg file for gpg").conflicts([
        "identity",
        "key",
      ]),
    )
  for (const option of deliveryOptions()) command.addOption(option)
  return command
    .addOption(formatOption())
    .addHelpText("after", "\nPassphrases: SCB_IDENTITY_KEY_PASSPHRASE and SCB_PRIVATE_KEY_PASSPHRASE, or …_FILE")
    .action(async (name: string, options: Options) => {
      const { io } = invocation
      const goesTo = planDelivery(options, io)
      const fetched = await (options.encrypted === true
        ? fetchToSeal(name, options, io)
        : fetchToOpen(name, options, io))
      const delivery = goesTo(fetched.fileName)
      await deliver(fetched, delivery, options, io)
      if ("findings" in fetched) mentionFindings(fetched.findings, invocation)
      for (const warning of fetched.warnings) io.stderr(`warning: ${warning}\n`)
      if (options.key !== undefined && fetched.manifest.keySource === "generated")
        io.stderr("warning: the bundle has a key of its own: --key is not used\n")
      const delivered = options.dryRun === true ? undefined : delivery
      if (delivery.path === undefined) io.stderr(renderFetchText(fetched, delivered, errorStyleOf(io)))
      else if (options.format === "json") io.stdout(renderFetchJson(fetched, delivered))
      else io.stdout(renderFetchText(fetched, delivered, styleOf(io)))
    })
}

async function fetchToOpen(name: string, options: Options, io: Io): Promise<FetchedBundle> {
  const [{ fetchBundle }, { environmentSecrets }] = await Promise.all([
    import("../../app/fetch.ts"),
    import("../../adapters/secrets-environment.ts"),
  ])
  const request = await releaseRequest(name, options, io)
  const secrets = environmentSecrets(io.env)
  const ownerKey = await readOwnerKey(options.key, secrets, io)
  return fetchBundle({
    ...request,
    identity: await identityKey(options, secrets, io),
    ...(ownerKey === undefined ? {} : { ownerKey }),
  })
}

async function fetchToSeal(name: string, options: Options, io: Io): Promise<SealedBundle> {
  const { fetchSealed } = await import("../../app/fetch.ts")
  return fetchSealed(await releaseRequest(name, options, io))
}

async function releaseRequest(name: string, options: Options, io: Io): Promise<ReleaseRequest> {
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

function selectorOf({ version, channel = "stable", consumer }: Options): ReleaseRequest["selector"] {
  if (version !== undefined) return { version }
  return { channel, ...(consumer === undefined ? {} : { consumer }) }
}

async function identityKey(options: Options, secrets: Secrets, io: Io): Promise<FetchRequest["identity"]> {
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
