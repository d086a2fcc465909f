import type { BundleTarget, ProxyAddress } from "../domain/live/live-facts.ts"
import type { ProbeIdentity } from "../domain/live/probes.ts"
import { checkArchive } from "./checks/archive.ts"
import { readCertificateFile } from "./checks/certificate-file.ts"
import { type ConfigFacts, checkConfig } from "./checks/config.ts"
import { checkKeyStore } from "./checks/java-stores.ts"
import { checkPfx } from "./checks/pfx.ts"
import { checkPrivateKey } from "./checks/private-key.ts"
import { JAVA, PEM, union } from "./checks/readers.ts"
import { isPair, type StoredIdentity } from "./checks/stored-identity.ts"
import type { RootEntry } from "./layout.ts"
import { encodePem } from "./pem.ts"

/** Where a bundle leads and with what, ours or anybody's, sound or not. Never throws. */
export function readTarget(bytes: Uint8Array): BundleTarget {
  const { contents } = checkArchive(bytes)
  const config = contents.get("config.json")
  const facts = config === undefined ? undefined : checkConfig(config).facts
  const trusted = contents.get("ca.crt")
  const anchors = trusted === undefined ? [] : readCertificateFile(trusted)
  return {
    host: facts?.host,
    port: facts?.lenientPort,
    cqlPort: facts?.cqlPort,
    login: facts?.login,
    shell: readShellTarget(contents.get("cqlshrc")),
    ...readIdentity(contents, facts),
    anchors: typeof anchors === "string" ? [] : anchors.map(each => each.der),
  }
}

/** Of `cert` and `key`, and where they are no pair, of the first store that holds one. */
function readIdentity(
  contents: ReadonlyMap<RootEntry, Uint8Array>,
  facts: ConfigFacts | undefined,
): Pick<BundleTarget, "identity" | "presenters"> {
  const [cert, keyFile, jks, pfx] = (["cert", "key", "identity.jks", "cert.pfx"] as const).map(name =>
    contents.get(name),
  )
  const chain = cert === undefined ? [] : readCertificateFile(cert)
  const key = keyFile === undefined ? undefined : checkPrivateKey(keyFile).key
  const [leaf] = chain
  const inKeyStore = jks === undefined ? undefined : checkKeyStore(jks, facts?.keyStorePassword, key).identity
  const inPfx = pfx === undefined ? undefined : checkPfx(pfx, facts?.pfxCertPassword, key).identity
  const inFiles =
    typeof chain !== "string" && typeof leaf === "object" && key !== undefined && isPair(key, leaf)
      ? { key, chain: [leaf, ...chain.slice(1)] as const }
      : undefined
  const identity = inFiles ?? inKeyStore ?? inPfx
  if (identity === undefined) return { identity, presenters: [] }
  const holders = [
    ...(isSame(identity, inFiles) ? PEM : []),
    ...(isSame(identity, inKeyStore) ? JAVA : []),
    ...(isSame(identity, inPfx) ? (["csharp"] as const) : []),
  ]
  return { identity: identityOf(identity), presenters: union(holders) }
}

/** The same certificates, the root aside, which some files have and others have not. */
function isSame(these: StoredIdentity, those: StoredIdentity | undefined): boolean {
  const sent = ({ chain }: StoredIdentity): string =>
    chain
      .filter(({ facts }) => !facts.selfSigned)
      .map(({ facts }) => facts.sha256)
      .join()
  return those !== undefined && sent(these) === sent(those)
}

function identityOf({ key, chain }: StoredIdentity): ProbeIdentity {
  return {
    certificatePem: chain.map(({ der }) => encodePem("CERTIFICATE", der)).join(""),
    keyPem: encodePem("PRIVATE KEY", key.pkcs8),
  }
}

/** `hostname` and `port` of the section `[connection]`. */
function readShellTarget(cqlshrc: Uint8Array | undefined): ProxyAddress | undefined {
  const text = Buffer.from(cqlshrc ?? []).toString("utf8")
  const [, section = ""] = /^\[connection\]\s*$([^[]*)/m.exec(text) ?? []
  const [, host] = /^\s*hostname\s*[=:]\s*(\S+)\s*$/m.exec(section) ?? []
  const [, port] = /^\s*port\s*[=:]\s*(\d{1,5})\s*$/m.exec(section) ?? []
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  return { host, port: Number(port) }
}
