import type { Command } from "commander"
import { formatOption, instantOf, nowOption, verb } from "../command.ts"
import { driversOption, parseDrivers } from "../drivers.ts"
import { readNamedFile } from "../files.ts"
import { FINDING_FORMATS, type FindingFormat, printFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"

interface Options {
  readonly format: FindingFormat
  readonly drivers?: string
  readonly now?: string
}

export function verifyVerb(invocation: Invocation): Command {
  return verb("verify", "check a bundle, ours or anybody's, against every rule that a driver depends on", [
    "scb verify secure-connect-checkout-payments-prod.zip",
    "scb verify bundle.zip --drivers java,csharp    # only what would break these",
    "scb verify bundle.zip --format sarif",
  ])
    .argument("<file>", "the bundle: a ZIP")
    .addOption(driversOption("only findings that break one of"))
    .addOption(formatOption(FINDING_FORMATS))
    .addOption(nowOption())
    .action(async (file: string, options: Options) => {
      const [{ checkBundle }, { loadPlatforms }] = await Promise.all([
        import("../../artifact/checks/check-bundle.ts"),
        import("../../adapters/platform-catalogue.ts"),
      ])
      const clients = parseDrivers(options.drivers, loadPlatforms()).map(({ client }) => client)
      const bytes = await readNamedFile(file, invocation.io)
      const findings = checkBundle(bytes, instantOf(options, invocation.io), { clients })
      printFindings(findings, options.format, invocation)
    })
}
