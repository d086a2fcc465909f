import { formatInstant } from "../domain/instant.ts"
import type { FetchSummary } from "./fetch.ts"

/** Markdown for the summary of a job. */
export function renderFetchSummary(fetched: FetchSummary, path: string): string {
  const { bundle, version, channel, manifest, signer, warnings, complete } = fetched
  const rows = [
    ["version", channel === undefined ? version : `${version} (${channel})`],
    ["expires", formatInstant(manifest.expiresAt)],
    ["identity", manifest.certificate.identity],
    ["connects to", manifest.cluster.host],
    ["signed by", signer],
    ["written to", path],
    ...(complete === false ? [["complete", "no: it lacks its owner's private key"]] : []),
  ]
  return [
    `### Secure connect bundle \`${bundle}\``,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name = "", value = ""]) => `| ${name} | \`${value.replaceAll("|", "\\|").replaceAll("`", "'")}\` |`),
    "",
    ...warnings.map(warning => `> ${warning.replaceAll("\n", " ")}\n`),
  ].join("\n")
}
