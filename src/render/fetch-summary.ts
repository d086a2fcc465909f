import { formatInstant } from "../domain/instant.ts"
import type { FetchSummary } from "./fetch.ts"
import { bullets, code, prose, rows } from "./markdown.ts"

/** Markdown for the summary of a job. */
export function renderFetchSummary(fetched: FetchSummary, path: string): string {
  const { bundle, version, channel, manifest, signer, warnings, complete } = fetched
  const cells = [
    ["version", channel === undefined ? version : `${version} (${channel})`],
    ["expires", formatInstant(manifest.expiresAt)],
    ["identity", manifest.certificate.identity],
    ["connects to", manifest.cluster.host],
    ["signed by", signer],
    ["written to", path],
    ...(complete === false ? [["complete", "no: it lacks its owner's private key"]] : []),
  ].map(([name = "", value = ""]) => [name, code(value)])
  return [
    `### Verified ${code(bundle)}`,
    rows(["", ""], cells, "facts"),
    bullets(warnings.map(prose), "warnings"),
  ].join("\n\n")
}
