import type { Command } from "commander"
import { renderInspectionJson, renderInspectionText } from "../../render/inspection.ts"
import { formatOption, instantOf, nowOption, type ResultFormat, styleOf, verb } from "../command.ts"
import { readNamedFile } from "../files.ts"
import { mentionFindings } from "../findings.ts"
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
      const [{ inspectBundle }, { checkBundle }] = await Promise.all([
        import("../../artifact/inspect.ts"),
        import("../../artifact/checks/check-bundle.ts"),
      ])
      const { io } = invocation
      const bytes = await readNamedFile(file, io)
      const inspection = inspectBundle(bytes)
      const now = instantOf(options, io)
      if (inspection.entries.length === 0) mentionFindings(checkBundle(bytes, now), invocation)
      io.stdout(
        options.format === "json"
          ? renderInspectionJson(inspection)
          : renderInspectionText(inspection, now, styleOf(io)),
      )
    })
}
