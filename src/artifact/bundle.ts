import { plaintextName } from "../domain/manifest.ts"
import { parseBundleName } from "../domain/names.ts"
import type { FileDigest } from "../domain/release.ts"
import { type BundleFacts, formatMetadata } from "./bundle-metadata.ts"
import { formatReadme } from "./bundle-readme.ts"
import { formatConfigJson } from "./config-json.ts"
import { formatCqlshrc } from "./cqlshrc.ts"
import { fileDigest, sha256 } from "./digest.ts"
import { writeTrustStore } from "./jks.ts"
import { entryMode, METADATA_ENTRY, README_ENTRY, ROOT_ENTRIES } from "./layout.ts"
import { randomPasswords } from "./passwords.ts"
import { encodePem } from "./pem.ts"
import type { KeyDerivation } from "./pkcs12-kdf.ts"
import { type Example, type ExampleValues, type PlatformCatalogue, renderExample } from "./platforms.ts"
import { type NamedBytes, privateEntries } from "./private-entries.ts"
import { writeZip } from "./zip-write.ts"

/** Everything that decides the bytes of a bundle. */
export interface BundleContents extends BundleFacts {
  /** Names in `platforms`; their examples come in this order. */
  readonly drivers: readonly string[]
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  /** DER, root first: C# trusts the first alone. */
  readonly trust: readonly Uint8Array[]
  /** DER PKCS#8. Absent for `csr` bundles, which are published without the entries that hold it. */
  readonly privateKey?: Uint8Array
  readonly platforms: PlatformCatalogue
  readonly random: (length: number) => Uint8Array
  /** For a check right after: the keys of the stores are known to it. */
  readonly derivation?: KeyDerivation | undefined
}

export interface AssembledBundle {
  readonly zip: Uint8Array
  /** Every entry, in the order of the ZIP. */
  readonly files: readonly FileDigest[]
}

/** The ZIP that drivers read. Same contents and same random bytes, same ZIP. */
export function assembleBundle(contents: BundleContents): AssembledBundle {
  const entries = bundleEntries(contents)
  const zip = writeZip(
    entries.map(({ name, data }) => ({ name, data, mode: entryMode(name) })),
    contents.createdAt,
  )
  return { zip, files: entries.map(({ name, data }) => fileDigest(name, data)) }
}

function bundleEntries(contents: BundleContents): readonly NamedBytes[] {
  const { chain, trust, privateKey, createdAt, random, derivation } = contents
  const config = { ...contents.cluster, ...keyspaceOf(contents) }
  const passwords = randomPasswords(random)
  const roots: readonly NamedBytes[] = [
    textEntry("config.json", formatConfigJson(config, passwords)),
    textEntry("ca.crt", certificatesPem(trust)),
    textEntry("cert", certificatesPem(chain)),
    ...(privateKey === undefined
      ? []
      : privateEntries({ privateKey, chain, passwords, createdAt, random, derivation })),
    {
      name: "trustStore.jks",
      data: writeTrustStore({ certificates: trust, password: passwords.trustStore, createdAt }),
    },
    textEntry("cqlshrc", formatCqlshrc(config)),
  ]
  const values = exampleValues(contents)
  const examples = contents.drivers.map(name => exampleFor(name, contents.platforms, values))
  const evidence = Object.fromEntries(examples.map(({ platform }) => [platform.name, platform.evidence]))
  const samples = exampleEntries(examples)
  const names = [...roots.map(({ name }) => name), README_ENTRY, METADATA_ENTRY, ...samples.map(({ name }) => name)]
  return [
    ...roots,
    textEntry(README_ENTRY, formatReadme(contents, values.bundleFile, examples)),
    textEntry(METADATA_ENTRY, formatMetadata(contents, trust.map(sha256), names, evidence)),
    ...samples,
  ]
}

function exampleValues(contents: BundleContents): ExampleValues {
  const { fullName, cluster } = contents
  const parts = parseBundleName(fullName)
  if (parts === undefined) throw new Error(`${fullName} is no name of a bundle`)
  return {
    bundle: fullName,
    name: parts.bundle,
    bundleFile: plaintextName(parts.cluster, parts.bundle),
    host: cluster.host,
    metadataPort: cluster.metadataPort,
    cqlPort: cluster.cqlPort,
    authentication: cluster.authentication,
    ...keyspaceOf(contents),
  }
}

function exampleFor(name: string, platforms: PlatformCatalogue, values: ExampleValues): Example {
  const platform = platforms.get(name)
  if (platform === undefined) throw new Error(`driver ${name} passed the checks without a platform`)
  return renderExample(platform, values)
}

/** C# looks for its entries by base name in all folders: no example may be called like one of them. */
function exampleEntries(examples: readonly Example[]): readonly NamedBytes[] {
  return examples.flatMap(({ files }) =>
    [...files].map(([name, text]) => {
      const base = name.slice(name.lastIndexOf("/") + 1).toLowerCase()
      if (ROOT_ENTRIES.some(entry => entry.toLowerCase() === base)) throw new Error(`${name} hides an entry from C#`)
      return textEntry(name, text)
    }),
  )
}

function keyspaceOf({ keyspace }: BundleContents): { readonly keyspace?: string } {
  return keyspace === undefined ? {} : { keyspace }
}

function certificatesPem(certificates: readonly Uint8Array[]): string {
  return certificates.map(der => encodePem("CERTIFICATE", der)).join("")
}

function textEntry(name: string, text: string): NamedBytes {
  return { name, data: new Uint8Array(Buffer.from(text, "utf8")) }
}
