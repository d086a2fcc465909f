import { type Command, Option } from "commander"
import { CLIENTS, type Client } from "../../domain/clients.ts"
import { formatOption, instantOf, nowOption, verb } from "../command.ts"
import { readNamedFile } from "../files.ts"
import { FINDING_FORMATS, type FindingFormat, printFindings } from "../findings.ts"
import { type Invocation, UsageError } from "../invocation.ts"

interface Options {
  readonly format: FindingFormat
  readonly clients?: string
  readonly now?: string
}

export function verifyVerb(invocation: Invocation): Command {
  return verb("verify", "check a bundle, ours or anybody's, against every rule that a driver depends on", [
    "scb verify secure-connect-checkout-payments-prod.zip",
    "scb verify bundle.zip --clients java,csharp    # only what would break these",
    "scb verify bundle.zip --format sarif",
  ])
    .argument("<file>", "the bundle: a ZIP")
    .addOption(new Option("--clients <list>", `only findings that break one of: ${CLIENTS.join(", ")}`))
    .addOption(formatOption(FINDING_FORMATS))
    .addOption(nowOption())
    .action(async (file: string, options: Options) => {
      const { checkBundle } = await import("../../artifact/checks/check-bundle.ts")
      const clients = options.clients === undefined ? undefined : parseClients(options.clients)
      const bytes = await readNamedFile(file, invocation.io)
      const now = instantOf(options, invocation.io)
      printFindings(checkBundle(bytes, now, clients === undefined ? {} : { clients }), options.format, invocation)
    })
}

function parseClients(list: string): readonly Client[] {
  const names = list.split(",").map(name => name.trim())
  const unknown = names.filter(name => !(CLIENTS as readonly string[]).includes(name))
  if (unknown.length > 0)
    throw new UsageError(`--clients: expected names out of ${CLIENTS.join(", ")}; got ${unknown.join(", ")}`)
  return names as readonly Client[]
}
