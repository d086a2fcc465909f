import { readFile } from "node:fs/promises"
import type { Command } from "commander"
import type { ListsSummary } from "../../render/revocation-lists.ts"
import { renderListsJson, renderListsText, staleListWarning } from "../../render/revocation-lists.ts"
import { errorStyleOf, formatOption, pathOf, type ResultFormat, styleOf, verb } from "../command.ts"
import type { Invocation } from "../invocation.ts"
import { publishedSource, type SourceOptions, sourceOptions } from "../published-source.ts"

interface Options extends SourceOptions {
  readonly out?: string
  readonly delta?: boolean
  readonly format: ResultFormat
}

export function crlVerb(invocation: Invocation): Command {
  const command = verb("crl", "fetch the revocation lists of a cluster's issuers, for gateways and nodes", [
    "scb crl payments-prod --out /etc/scb/payments-prod/crl.pem",
    "scb crl payments-prod | openssl crl -noout -text",
    "scb crl payments-prod --delta",
    "scb crl payments-prod --from /mnt/releases --trust release.asc --out crl.pem",
  ])
    .argument("<cluster>", "a cluster")
    .option("--out <file>", "where they go, in PEM; what is the same stays untouched (default: stdout)")
    .option("--delta", "only what has changed since the lists before (RFC 5280 §5.2.4)")
  for (const option of sourceOptions()) command.addOption(option)
  return command.addOption(formatOption()).action(async (cluster: string, options: Options) => {
    const { io } = invocation
    const { fetchRevocationLists } = await import("../../app/fetch-lists.ts")
    const source = await publishedSource(options, io)
    const lists = await fetchRevocationLists(source, cluster, options.delta === true ? "delta" : "complete")
    const pem = lists.map(each => each.pem).join("")
    const written = options.out === undefined ? undefined : await put(pathOf(options.out, io), pem)
    const summary = { cluster, lists, pem, ...(written === undefined ? {} : { written }) }
    const warning = staleListWarning(summary, source.now)
    if (warning !== undefined) io.stderr(`warning: ${warning}\n`)
    if (options.format === "json") io.stdout(renderListsJson(summary))
    else if (written === undefined) {
      io.stderr(renderListsText(summary, errorStyleOf(io)))
      io.stdout(pem)
    } else io.stdout(renderListsText(summary, styleOf(io)))
  })
}

async function put(path: string, pem: string): Promise<ListsSummary["written"]> {
  const [{ writeFileAtomically }, { encodeUtf8 }] = await Promise.all([
    import("../../adapters/atomic-files.ts"),
    import("../../domain/utf8.ts"),
  ])
  const before = await readFile(path, "utf8").catch(() => undefined)
  if (before === pem) return { path, outcome: "unchanged" }
  await writeFileAtomically(path, encodeUtf8(pem))
  return { path, outcome: "written" }
}
