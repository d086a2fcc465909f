import { KEY_ALGORITHMS } from "../domain/bundle.ts"
import { ScbError } from "../domain/errors.ts"
import { LAYOUT, type ReleaseInput } from "../domain/release.ts"
import { sha256 } from "./digest.ts"
import { METADATA_ENTRY } from "./layout.ts"
import { decodeCertificates } from "./pem.ts"
import { readCertificate } from "./x509-read.ts"
import { readZip } from "./zip-read.ts"

/**
 * What a bundle of ours was made from, as far as the ZIP itself tells: recipients and lifetime are for the manifest, and
 * empty here. Throws `bundle-invalid`, and `key-unreadable` for certificates that are none.
 */
export function inputOfBundle(zip: Uint8Array): ReleaseInput {
  const { entries, problems } = readZip(zip)
  if (problems.length > 0) throw invalid("it is no ZIP that all readers see alike")
  const textOf = (name: string): string => {
    const data = entries.find(entry => entry.name === name)?.data
    if (data === undefined) throw invalid(`${name} is missing`)
    return Buffer.from(data).toString("utf8")
  }
  const metadata = parseRecord(textOf(METADATA_ENTRY))
  if (metadata["kind"] !== "BundleMetadata") throw invalid(`${METADATA_ENTRY} is none of ours`)
  const cluster = recordOf(metadata["cluster"])
  const [leaf, ...issuers] = decodeCertificates(textOf("cert"))
  if (leaf === undefined) throw invalid("cert holds no certificate")
  const { facts, authorityKeyId = "" } = readCertificate(leaf)
  const keyAlgorithm = KEY_ALGORITHMS.find(each => each === facts.keyAlgorithm)
  if (keyAlgorithm === undefined) throw invalid("its key is of a kind that we do not issue")
  const compatibility = textsOf(metadata["compatibility"])
  const keyspace = metadata["keyspace"]
  return {
    layout: LAYOUT,
    cluster: {
      name: text(cluster["name"]),
      environment: text(cluster["environment"]),
      region: text(cluster["region"]),
      host: text(cluster["host"]),
      metadataPort: Number(cluster["metadataPort"]),
      cqlPort: Number(cluster["cqlPort"]),
      datacenter: text(cluster["datacenter"]),
      authentication: cluster["authentication"] === "password" ? "password" : "mutual-tls",
      trust: decodeCertificates(textOf("ca.crt")).map(sha256),
      // the issuer itself is not in the bundle when it is the root
      issuer: [`${facts.issuer} ${authorityKeyId}`, ...issuers.map(sha256)],
    },
    bundle: {
      name: text(metadata["bundle"]).split("/")[1] ?? "",
      application: text(metadata["application"]),
      owner: text(metadata["owner"]),
      identity: text(metadata["identity"]),
      role: text(metadata["role"]),
      ...(typeof keyspace === "string" ? { keyspace } : {}),
      compatibility,
      drivers: Object.keys(compatibility),
      key:
        metadata["keySource"] === "csr"
          ? { source: "csr", algorithm: keyAlgorithm, spkiSha256: facts.spkiSha256 }
          : { source: "generated", algorithm: keyAlgorithm },
      lifetime: "",
      recipients: [],
    },
  }
}

function parseRecord(json: string): Readonly<Record<string, unknown>> {
  try {
    return recordOf(JSON.parse(json))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw invalid(`${METADATA_ENTRY} is no JSON`)
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordOf(value)).map(([name, each]) => [name, text(each)]))
}

function text(value: unknown): string {
  return typeof value === "string" ? value : ""
}

function invalid(why: string): ScbError {
  return new ScbError("bundle-invalid", `what the bundle was made from cannot be told: ${why}`, {
    hint: "scb inspect shows what is in it",
  })
}
