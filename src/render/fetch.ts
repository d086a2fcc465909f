import type { Finding } from "../domain/findings.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Manifest } from "../domain/manifest.ts"
import type { RolloutShare } from "../domain/rollout/cohort.ts"
import { findingJson } from "./findings-json.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"

/** What there is to say of a fetched bundle; none of it is secret. */
export interface FetchSummary {
  readonly bundle: string
  readonly version: string
  readonly channel?: string
  readonly rollout?: RolloutShare
  /** Absent while it is encrypted. */
  readonly complete?: boolean
  readonly manifest: Manifest
  readonly signer: string
  readonly findings?: readonly Finding[]
  readonly warnings: readonly string[]
}

/** What was written, and where. */
export interface Delivery {
  readonly form: "file" | "secret" | "base64"
  /** Absent: stdout. */
  readonly path?: string
}

/** `delivery` is undefined when nothing was written. */
export function renderFetchText(fetched: FetchSummary, delivery: Delivery | undefined, style: Style): string {
  const { manifest, bundle, version, channel } = fetched
  const what = channel === undefined ? `${bundle} ${version}` : `${bundle} ${version} (${channel})`
  const rows = [
    ["  written to", delivery === undefined ? "nowhere" : `${delivery.path ?? "stdout"}${FORMS[delivery.form]}`],
    ["  identity", manifest.certificate.identity],
    ["  connects to", `${manifest.cluster.host}, metadata port ${manifest.cluster.metadataPort}`],
    ["  expires", formatInstant(manifest.expiresAt)],
    ["  signed by", fetched.signer],
    ...(fetched.rollout === undefined ? [] : [["  rollout", shareText(fetched.rollout)]]),
    ...(fetched.complete === undefined ? toDo(manifest, delivery) : [["  complete", completeness(fetched.complete)]]),
  ]
  return `${paint("green", "verified", style)} ${what}\n${table(rows)}`
}

/** e.g. `1.1.0 for 10 percent: not for alice, who stands at 42.7`. */
function shareText({ version, percent, consumer, isAhead }: RolloutShare): string {
  const whom =
    consumer === undefined ? "you, who are not known" : `${consumer.id}, who stands at ${consumer.place.toFixed(1)}`
  return `${version} for ${percent} percent: ${isAhead ? "" : "not "}for ${whom}`
}

const FORMS: Readonly<Record<Delivery["form"], string>> = {
  file: "",
  secret: ", as a Kubernetes Secret",
  base64: ", in base64",
}

function completeness(complete: boolean): string {
  return complete ? "yes" : "no: scb complete adds the private key, where that is"
}

/** What the reader's own gpg has yet to show. */
function toDo(manifest: Manifest, delivery: Delivery | undefined): readonly (readonly string[])[] {
  const { plaintext, payload, keySource } = manifest
  const file = delivery?.form === "file" ? (delivery.path ?? payload.name) : payload.name
  return [
    ["  encrypted", `gpg --output ${plaintext.name} --decrypt ${file}`],
    ["", "gpg must name the signer above; sha256sum must say of the ZIP:"],
    ["", plaintext.sha256],
    ...(keySource === "csr" ? [["  then", `scb complete ${plaintext.name} --key FILE`]] : []),
  ]
}

export function renderFetchJson(fetched: FetchSummary, delivery: Delivery | undefined): string {
  const { bundle, version, channel, rollout, complete, manifest, signer, warnings } = fetched
  return resultJson("Fetch", {
    bundle,
    version,
    channel,
    rollout: rollout && { ...rollout },
    complete,
    encrypted: complete === undefined,
    output: delivery?.form,
    path: delivery?.path,
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
