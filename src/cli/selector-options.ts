import { type Command, Option } from "commander"
import type { WrittenWaves } from "../app/edits/campaign.ts"
import type { SelectorRequest } from "../app/edits/selector-request.ts"
import { KEY_ALGORITHMS } from "../domain/bundle.ts"
import { parseDuration } from "../domain/duration.ts"
import { readNamedFile } from "./files.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

/** Options of verbs about many versions; commander fills them in. */
export interface SelectorOptions {
  readonly waveSize?: string
  readonly waveEvery?: string
  readonly cluster?: readonly string[]
  readonly bundle?: readonly string[]
  readonly environment?: readonly string[]
  readonly owner?: readonly string[]
  readonly versions?: string
  readonly issuer?: readonly string[]
  readonly issuedFrom?: string
  readonly issuedBefore?: string
  readonly serial?: readonly string[]
  readonly key?: readonly string[]
  readonly algorithm?: readonly (typeof KEY_ALGORITHMS)[number][]
  readonly driver?: readonly string[]
}

export function withSelectorOptions(command: Command): Command {
  return command
    .option("--cluster <name...>", "select: of these clusters")
    .option("--bundle <glob...>", "select: of these bundles, e.g. 'payments-*/checkout'")
    .option("--environment <name...>", "select: of these environments")
    .option("--owner <group...>", "select: of these owners")
    .option("--versions <range>", "select: versions of this range, e.g. '<1.4.0'")
    .option("--issuer <certificate...>", "select: issued by these (PEM file or SHA-256)")
    .option("--issued-from <instant>", "select: published at or after")
    .option("--issued-before <instant>", "select: published before")
    .option("--serial <hex...>", "select: with these certificate serials")
    .option("--key <key...>", "select: with these keys (PEM file of a certificate, or SHA-256 of the public key)")
    .addOption(new Option("--algorithm <name...>", "select: with keys of these kinds").choices([...KEY_ALGORITHMS]))
    .option("--driver <platform...>", "select: made for these platforms")
    .option("--wave-size <bundles>", "replace so many at a time")
    .option("--wave-every <duration>", "and wait so long in between, e.g. 1h")
}

export function wavesOf({ waveSize, waveEvery }: SelectorOptions): WrittenWaves | undefined {
  if (waveSize === undefined && waveEvery === undefined) return undefined
  if (waveSize === undefined || waveEvery === undefined) {
    throw new UsageError("--wave-size and --wave-every: expected both, e.g. --wave-size 50 --wave-every 1h")
  }
  const size = Number(waveSize)
  if (!Number.isInteger(size) || size < 1) {
    throw new UsageError(`--wave-size: expected a number of bundles, got ${JSON.stringify(waveSize)}`)
  }
  if (parseDuration(waveEvery) === undefined) {
    throw new UsageError(`--wave-every: expected a length of time such as 1h, got ${JSON.stringify(waveEvery)}`)
  }
  return { size, every: waveEvery }
}

export async function selectorOf(options: SelectorOptions, io: Io): Promise<SelectorRequest> {
  const { cluster, bundle, environment, owner, versions, issuedFrom, issuedBefore, serial, algorithm, driver } = options
  const issuers = await fingerprints(options.issuer, "sha256", io)
  const keys = await fingerprints(options.key, "spkiSha256", io)
  return {
    ...(cluster && { clusters: cluster }),
    ...(bundle && { bundles: bundle }),
    ...(environment && { environments: environment }),
    ...(owner && { owners: owner }),
    ...(versions !== undefined && { versions }),
    ...(issuers && { issuers }),
    ...(issuedFrom !== undefined && { issuedFrom }),
    ...(issuedBefore !== undefined && { issuedBefore }),
    ...(serial && { serials: serial.map(each => each.toLowerCase().replaceAll(":", "")) }),
    ...(keys && { keys }),
    ...(algorithm && { algorithms: algorithm }),
    ...(driver && { drivers: driver }),
  }
}

/** A SHA-256 as it is; of a file, that of its first certificate. */
async function fingerprints(
  named: readonly string[] | undefined,
  of: "sha256" | "spkiSha256",
  io: Io,
): Promise<readonly string[] | undefined> {
  if (named === undefined) return undefined
  const { readCertificateFacts } = await import("../artifact/x509-read.ts")
  return Promise.all(
    named.map(async each => {
      if (/^[0-9a-f]{64}$/i.test(each)) return each.toLowerCase()
      const facts = readCertificateFacts(await readNamedFile(each, io))
      const [certificate] = facts.ok ? facts.value : []
      if (certificate !== undefined) return certificate[of]
      throw new UsageError(`${each}: expected a PEM certificate or a SHA-256`)
    }),
  )
}
