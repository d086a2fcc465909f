import { type Command, Option } from "commander"
import type { ReleaseRequest } from "../../app/edits/release.ts"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import type { Invocation } from "../invocation.ts"

interface Options extends EditOptions {
  readonly bump?: NonNullable<ReleaseRequest["bump"]>
  readonly reason?: string
}

export function releaseVerb(invocation: Invocation): Command {
  return editVerb("release", "ask for a new version, or say how much of a change the next one is", [
    'scb release payments-prod/checkout --reason "laptop lost"       # a new certificate, now',
    "scb release payments-prod/checkout --bump major                 # whatever comes next",
    "scb release payments-prod/checkout --bump none",
  ])
    .argument("<bundle>", "<cluster>/<bundle>")
    .addOption(
      new Option("--bump <class>", "the least class of the next version; none takes it back").choices([
        "major",
        "minor",
        "patch",
        "none",
      ]),
    )
    .option("--reason <text>", "why there is to be a new version though nothing else has changed")
    .action(async (bundle: string, options: Options) => {
      const { release } = await import("../../app/edits/release.ts")
      const { bump, reason } = options
      const more = { ...(bump === undefined ? {} : { bump }), ...(reason === undefined ? {} : { reason }) }
      await runEdit(release({ bundle, ...more }), options, invocation)
    })
}
