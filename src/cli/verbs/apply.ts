import type { Command } from "commander"
import { renderApplyJson, renderApplyText } from "../../render/apply.ts"
import { healthOption, type RepositoryOptions, repositoryVerb, requireArrived, styleOf } from "../command.ts"
import { mentionFailures } from "../failure.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly dryRun?: boolean
}

export function applyVerb(invocation: Invocation): Command {
  return repositoryVerb("apply", "plan, build, publish and verify in one go; run again, it does nothing", [
    "SCB_CA_KEY_FILE=~/keys/clients-ca.key SCB_SIGNING_KEY_FILE=~/keys/release.key.asc scb apply",
    "scb apply --dry-run               # the same as scb plan",
    "scb apply --format json",
  ])
    .addOption(healthOption())
    .option("--dry-run", "stop after the plan")
    .addHelpText("after", KEYS)
    .action(async (options: Options) => {
      const { io } = invocation
      const world = await openWorld(options, io)
      if (options.dryRun !== true) requireArrived(world.now, io)
      const outcome = options.dryRun === true ? await planOnly(world) : await applyAll(world)
      mentionFindings(outcome.findings, invocation)
      mentionFailures(outcome.failed, invocation)
      io.stdout(options.format === "json" ? renderApplyJson(outcome) : renderApplyText(outcome, styleOf(io)))
    })
}

/** The environment that `build` and `apply` read. */
export const KEYS = `
Environment:
  SCB_SIGNING_KEY              armored OpenPGP secret key that signs releases, catalog and ledger
  <what issuer.key names>      PEM key of the issuer, e.g. SCB_CA_KEY for \`key: env:SCB_CA_KEY\`
  Each may instead be given as NAME_FILE=path; a passphrase goes into NAME_PASSPHRASE (or NAME_PASSPHRASE_FILE).`

async function applyAll(world: Awaited<ReturnType<typeof openWorld>>) {
  const { applyChange } = await import("../../app/apply.ts")
  return applyChange(world)
}

async function planOnly(world: Awaited<ReturnType<typeof openWorld>>) {
  const { planChange } = await import("../../app/plan.ts")
  const { plan, findings } = await planChange(world)
  return { plan, findings, verified: [], refused: [], failed: [] }
}
