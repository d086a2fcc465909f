import { type Command, Option } from "commander"
import type { CampaignChange } from "../../app/edits/campaign.ts"
import type { RevokeRequest } from "../../app/edits/revoke.ts"
import { KEY_ALGORITHMS, REVOCATION_REASONS, type RevocationReason } from "../../domain/bundle.ts"
import { parseDuration } from "../../domain/duration.ts"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import { readNamedFile } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"

interface Options extends EditOptions {
  readonly reason?: RevocationReason
  readonly incident?: string
  readonly why?: string
  readonly name?: string
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
  readonly pause?: string
  readonly resume?: string
  readonly abort?: string
}

export function revokeVerb(invocation: Invocation): Command {
  return editVerb("revoke", "take versions back, for ever: one, a bundle, or all that a selector finds", [
    "scb revoke payments-prod/checkout@1.2.0 --reason keyCompromise --incident INC-12",
    "scb revoke payments-prod/checkout --reason cessationOfOperation    # all its versions",
    "scb revoke --issuer ca/clients.crt --issued-before 2026-11-01 --reason keyCompromise --dry-run",
    "scb revoke --bundle 'payments-*/*' --reason superseded --wave-size 50 --wave-every 1h",
    'scb revoke --pause inc-12-2026-11-22 --why "the forge is slow"',
  ])
    .argument("[what]", "<cluster>/<bundle>@<version>, or <cluster>/<bundle>")
    .addOption(new Option("--reason <reason>", "as in RFC 5280 §5.3.1").choices([...REVOCATION_REASONS]))
    .option("--incident <id>", "where the story is written down")
    .option("--why <text>", "in plain words")
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
    .option("--name <name>", "of the campaign that is written (default: incident and date)")
    .option("--wave-size <bundles>", "replace so many at a time")
    .option("--wave-every <duration>", "and wait so long in between, e.g. 1h")
    .option("--pause <campaign>", "begin no further wave of it; needs --why")
    .option("--resume <campaign>", "let its waves go on")
    .option("--abort <campaign>", "never begin another wave of it; needs --why")
    .action(async (what: string | undefined, options: Options) => {
      const change = campaignChange(options)
      if (change !== undefined) {
        const { changeCampaign } = await import("../../app/edits/campaign.ts")
        await runEdit(changeCampaign(change), options, invocation)
        return
      }
      const { revoke } = await import("../../app/edits/revoke.ts")
      await runEdit(revoke(await requestOf(what, options, invocation.io)), options, invocation)
    })
}

function campaignChange({ pause, resume, abort, why }: Options): CampaignChange | undefined {
  const asked = [
    ...(pause === undefined ? [] : [{ name: pause, to: "paused" } as const]),
    ...(resume === undefined ? [] : [{ name: resume, to: "resumed" } as const]),
    ...(abort === undefined ? [] : [{ name: abort, to: "aborted" } as const]),
  ]
  const [one, ...others] = asked
  if (others.length > 0) throw new UsageError("expected one of --pause, --resume and --abort")
  return one === undefined ? undefined : { ...one, ...(why === undefined ? {} : { why }) }
}

async function requestOf(target: string | undefined, options: Options, io: Io): Promise<RevokeRequest> {
  const { reason, incident, name, why } = options
  if (reason === undefined) throw new UsageError("--reason: expected one", { hint: REVOCATION_REASONS.join(", ") })
  const waves = wavesOf(options)
  return {
    revocation: { reason, ...(incident === undefined ? {} : { incident }) },
    select: await selectorOf(options, io),
    ...(target === undefined ? {} : { target }),
    ...(name === undefined ? {} : { name }),
    ...(why === undefined ? {} : { why }),
    ...(waves === undefined ? {} : { waves }),
  }
}

function wavesOf({ waveSize, waveEvery }: Options): RevokeRequest["waves"] {
  if (waveSize === undefined && waveEvery === undefined) return undefined
  const size = Number(waveSize)
  if (!Number.isInteger(size) || size < 1 || waveEvery === undefined || parseDuration(waveEvery) === undefined) {
    throw new UsageError("--wave-size and --wave-every: expected both, e.g. --wave-size 50 --wave-every 1h")
  }
  return { size, every: waveEvery }
}

async function selectorOf(options: Options, io: Io): Promise<RevokeRequest["select"]> {
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
  const { readCertificateFacts } = await import("../../artifact/x509-read.ts")
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
