import type { Command } from "commander"
import { renderInspectionJson, renderInspectionText } from "../../render/inspection.ts"
import { formatOption, instantOf, nowOption, type ResultFormat, styleOf, verb } from "../command.ts"
import { readNamedFile } from "../files.ts"
import type { Invocation } from "../invocation.ts"

interface Options {
  readonly format: ResultFormat
  readonly now?: string
}

export function inspectVerb(invocation: Invocation): Command {
  return verb("inspect", "show what a bundle holds, without its secrets", [
    "scb inspect secure-connect-checkout-payments-prod.zip",
    "scb inspect astra-bundle.zip --format json | jq .certificate.notAfter",
  ])
    .argument("<file>", "the bundle: a ZIP")
    .addOption(formatOption())
    .addOption(nowOption())
    .action(async (file: string, options: Options) => {
      const { inspectBundle } = await import("../../artifact/inspect.ts")
      const { io } = invocation
      const inspection = inspectBundle(await readNamedFile(file, io))
      const now = instantOf(options, io)
      io.stdout(
        options.format === "json"
          ? renderInspectionJson(inspection)
          : renderInspectionText(inspection, now, styleOf(io)),
      )
    })
}
