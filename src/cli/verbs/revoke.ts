import { type Command, Option } from "commander"
import type { CampaignChange } from "../../app/edits/campaign.ts"
import type { RevokeRequest } from "../../app/edits/revoke.ts"
import { REVOCATION_REASONS, type RevocationReason } from "../../domain/bundle.ts"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"
import { type SelectorOptions, selectorOf, wavesOf, withSelectorOptions } from "../selector-options.ts"

interface Options extends EditOptions, SelectorOptions {
  readonly reason?: RevocationReason
  readonly incident?: string
  readonly why?: string
  readonly name?: string
  readonly pause?: string
  readonly resume?: string
  readonly abort?: string
}

export function revokeVerb(invocation: Invocation): Command {
  const verb = editVerb("revoke", "take versions back, for ever: one, a bundle, or all that a selector finds", [
    "scb revoke payments-prod/checkout@1.2.0 --reason keyCompromise --incident INC-12",
    "scb revoke payments-prod/checkout --reason cessationOfOperation    # all its versions",
    "scb revoke --issuer ca/clients.crt --issued-before 2026-11-01 --reason keyCompromise --dry-run",
    "scb revoke --bundle 'payments-*/*' --reason superseded --wave-size 50 --wave-every 1h",
    'scb revoke --pause inc-12-2026-11-22 --why "the forge is slow"',
  ])
  return withSelectorOptions(verb)
    .argument("[what]", "<cluster>/<bundle>@<version>, or <cluster>/<bundle>")
    .addOption(new Option("--reason <reason>", "as in RFC 5280 §5.3.1").choices([...REVOCATION_REASONS]))
    .option("--incident <id>", "where the story is written down")
    .option("--why <text>", "in plain words")
    .option("--name <name>", "of the campaign that is written (default: incident and date)")
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
