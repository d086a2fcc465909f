import type { BundleInspection, InspectedCertificate, InspectedStore } from "../domain/inspection.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

const DAY = 86_400_000

/** What a person wants to know first comes first: what it is, where it leads, until when. */
export function renderInspectionText(inspection: BundleInspection, now: Instant, style: Style): string {
  const sections: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ["bundle", bundleRows(inspection)],
    ["connects to", configRows(inspection)],
    ["client certificate", certificateRows(inspection, now)],
    ["key material", materialRows(inspection)],
    ["entries", inspection.entries.map(({ name, size }) => [name, `${size} bytes`])],
    ["problems", inspection.problems.map(problem => [problem])],
  ]
  return sections
    .filter(([, rows]) => rows.length > 0)
    .map(
      ([title, rows]) => `${paint("bold", title, style)}\n${table(rows.map(row => [`  ${row[0]}`, ...row.slice(1)]))}`,
    )
    .join("\n")
}

export function renderInspectionJson(inspection: BundleInspection): string {
  const certificate = (each: InspectedCertificate): Json => ({
    ...each,
    notBefore: formatInstant(each.notBefore),
    notAfter: formatInstant(each.notAfter),
  })
  const { certificate: leaf, chain, trusted, entries, ...rest } = inspection
  return resultJson("Inspection", {
    ...(JSON.parse(JSON.stringify(rest)) as { readonly [key: string]: Json }),
    ...(leaf === undefined ? {} : { certificate: certificate(leaf) }),
    chain: chain.map(certificate),
    trusted: trusted.map(certificate),
    entries: entries.map(entry => ({ ...entry, modifiedAt: formatInstant(entry.modifiedAt) })),
  })
}

function bundleRows({ metadata, size, sha256 }: BundleInspection): readonly (readonly string[])[] {
  return present([
    ["name", metadata?.bundle],
    ["version", metadata?.version],
    ["environment", metadata?.environment],
    ["application", metadata?.application],
    ["owner", metadata?.owner],
    ["made at", metadata?.createdAt],
    ["key source", metadata?.keySource],
    ["size", `${size} bytes`],
    ["SHA-256", sha256],
  ])
}

function configRows({ config }: BundleInspection): readonly (readonly string[])[] {
  if (config === undefined) return []
  const passwords = config.passwords.map(({ name, length }) => `${name} (${length} characters)`).join(", ")
  return present([
    ["host", config.host],
    ["metadata port", config.port?.toString()],
    ["CQL port", config.cqlPort?.toString()],
    ["data centre", config.datacenter],
    ["keyspace", config.keyspace],
    ["passwords", passwords || "none"],
    ["login in file", config.hasLogin ? "yes: user name or password" : undefined],
  ])
}

function certificateRows(inspection: BundleInspection, now: Instant): readonly (readonly string[])[] {
  const { certificate, identity, chain, trusted } = inspection
  if (certificate === undefined) return []
  return present([
    ["identity", identity ?? "none: no SPIFFE ID"],
    ["subject", certificate.subject],
    ["issuer", certificate.issuer],
    [
      "valid",
      `${formatInstant(certificate.notBefore)} to ${formatInstant(certificate.notAfter)} (${remaining(certificate, now)})`,
    ],
    ["serial", certificate.serial],
    ["key", certificate.keyAlgorithm === "other" ? `${certificate.keyBits} bits` : certificate.keyAlgorithm],
    ["signed with", certificate.signatureHash],
    ["key usage", [...certificate.keyUsage, ...certificate.extendedKeyUsage].join(", ") || "any"],
    ["SHA-256", certificate.sha256],
    ["chain", counted(chain.length, "further certificate")],
    ["trusts", trusted.map(root => root.subject).join("; ") || "nothing"],
  ])
}

function remaining({ notAfter }: InspectedCertificate, now: Instant): string {
  return now >= notAfter ? "expired" : `${Math.floor((notAfter - now) / DAY)} days left`
}

function materialRows({ key, keyStore, trustStore, pfx }: BundleInspection): readonly (readonly string[])[] {
  return present([
    ["key", key && `${key.encoding}, ${key.algorithm}`],
    ["identity.jks", keyStore && storeText(keyStore)],
    ["trustStore.jks", trustStore && storeText(trustStore)],
    ["cert.pfx", pfx && `${contents(pfx)}, ${[...new Set(pfx.encryptions)].join(", ")}`],
  ])
}

function storeText(store: InspectedStore): string {
  const names = store.aliases.length === 0 ? "" : `: ${store.aliases.join(", ")}`
  return `${store.format}, ${contents(store)}${names}`
}

function contents({ keys, certificates }: { readonly keys: number; readonly certificates: number }): string {
  return `${counted(keys, "key")}, ${counted(certificates, "certificate")}`
}

function present(rows: readonly (readonly [string, string | undefined])[]): readonly (readonly string[])[] {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}
