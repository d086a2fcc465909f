import type { Finding } from "../domain/findings.ts"
import { formatInstant } from "../domain/instant.ts"
import { prettyJson } from "../domain/json.ts"
import type { Manifest } from "../domain/manifest.ts"
import { findingJson } from "./findings-json.ts"
import { paint, type Style, table } from "./style.ts"

/** What there is to say of a fetched bundle; none of it is secret. */
export interface FetchSummary {
  readonly bundle: string
  readonly version: string
  readonly channel?: string
  /** Absent while it is encrypted. */
  readonly complete?: boolean
  readonly manifest: Manifest
  readonly signer: string
  readonly findings?: readonly Finding[]
  readonly warnings: readonly string[]
}

/** `path` is undefined when nothing was written. */
export function renderFetchText(fetched: FetchSummary, path: string | undefined, style: Style): string {
  const { manifest, bundle, version, channel } = fetched
  const what = channel === undefined ? `${bundle} ${version}` : `${bundle} ${version} (${channel})`
  const rows = [
    ["  written to", path ?? "nowhere"],
    ["  identity", manifest.certificate.identity],
    ["  connects to", `${manifest.cluster.host}, metadata port ${manifest.cluster.metadataPort}`],
    ["  expires", formatInstant(manifest.expiresAt)],
    ["  signed by", fetched.signer],
    ...(fetched.complete === undefined ? toDo(manifest, path) : [["  complete", completeness(fetched.complete)]]),
  ]
  return `${paint("green", "verified", style)} ${what}\n${table(rows)}`
}

function completeness(complete: boolean): string {
  return complete ? "yes" : "no: fetch it again with --key, where its private key is"
}

/** What the reader's own gpg has yet to show. */
function toDo({ plaintext }: Manifest, path: string | undefined): readonly (readonly string[])[] {
  return [
    ["  encrypted", `gpg --output ${plaintext.name} --decrypt ${path ?? `${plaintext.name}.gpg`}`],
    ["", "gpg must name the signer above; sha256sum must say of the ZIP:"],
    ["", plaintext.sha256],
  ]
}

export function renderFetchJson(fetched: FetchSummary, path: string | undefined): string {
  const { bundle, version, channel, complete, manifest, signer, warnings } = fetched
  return prettyJson({
    kind: "Fetch",
    bundle,
    version,
    channel,
    complete,
    encrypted: complete === undefined,
    path,
    identity: manifest.certificate.identity,
    host: manifest.cluster.host,
    expiresAt: formatInstant(manifest.expiresAt),
    serial: manifest.certificate.serial,
    sha256: manifest.plaintext.sha256,
    signer,
    warnings,
    findings: (fetched.findings ?? []).map(findingJson),
  })
}
