import { createSecureContext, type SecureContextOptions, type TlsOptions } from "node:tls"
import { encodePem } from "../../../src/artifact/pem.ts"
import { type CertificateProfile, commonName, EXTENDED_KEY_USAGE } from "../../../src/artifact/x509.ts"
import { later } from "../../../src/domain/instant.ts"
import type { KeyPair } from "../../../src/domain/issuing.ts"
import { IDENTITY } from "../bundle.ts"
import type { ClusterAccess } from "../cassandra.ts"
import type { CqlAuthentication, CqlNodeIdentity, CqlStartupFault } from "../cql-node.ts"
import type { GoodBundle } from "../mutations.ts"
import { type Certified, certify } from "../pki.ts"
import { goodAnswer } from "./metadata-answer.ts"
import type { Answering } from "./metadata-server.ts"
import type { Routing } from "./sni-router.ts"

/** `config.json` and `sni_proxy_address` name two hosts, so that every driver shows which of them it verifies. */
export const METADATA_NAME = "cass.example.com"
export const PROXY_NAME = "cql.lab.test"
export const HOST_IDS: readonly string[] = [
  "aaaaaaaa-0000-4000-8000-000000000001",
  "aaaaaaaa-0000-4000-8000-000000000002",
]
const DAY = 86_400_000

/** One side of the server: what it shows and what it asks for. */
export interface TlsSide {
  /** Leaf first. */
  readonly chain: readonly Uint8Array[]
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array
  /** DER; whose client certificates it takes. None: it asks for no certificate. */
  readonly clientCa: readonly Uint8Array[] | undefined
  readonly versions?: Pick<SecureContextOptions, "minVersion" | "maxVersion" | "ciphers" | "sigalgs">
  /** What a client without SNI sees: nothing, or another certificate. */
  readonly withoutName?: "nothing" | Pick<TlsSide, "chain" | "privateKey">
}

/** Everything between a bundle and its data. */
export interface Setting {
  /** In config.json. */
  readonly host: string
  /** `sni_proxy_address` in the answer; `{port}` stands for the router's. */
  readonly proxy: string
  readonly bundle: (good: GoodBundle) => Uint8Array
  readonly metadataTls: TlsSide
  /** Instead of the metadata service: nobody listens, or somebody who does not speak TLS. */
  readonly metadataPort?: "closed" | "plain" | "silent"
  readonly answering: (contact: Contact) => Answering
  readonly cqlTls: TlsSide
  readonly cqlPort?: "closed" | "plain" | "silent"
  readonly routing: Routing
  readonly nodes: readonly NodeSetting[]
  /** Nodes that run already, instead of `nodes`. */
  readonly outside?: Pick<ClusterAccess, "nodes" | "datacenter">
  readonly authentication: CqlAuthentication
  readonly credentials?: { readonly username: string; readonly password: string }
}

/** What the metadata service tells by nature. */
export interface Contact {
  readonly hostIds: readonly string[]
  readonly proxy: string
  readonly datacenter: string
}

export interface NodeSetting extends CqlNodeIdentity {
  readonly isDown?: boolean
  readonly atStartup?: CqlStartupFault
}

/** What all settings are made of. */
export interface Ground {
  /** Its config.json names {@link METADATA_NAME}. */
  readonly good: GoodBundle
}

/** A login that stands in no certificate. */
export const PASSWORDS: Pick<Setting, "authentication"> = {
  authentication: { kind: "password", passwords: { checkout: "test-only" } },
}
export const CREDENTIALS = { username: "checkout", password: "test-only" } as const

/** Nothing is wrong. */
export function goodSetting(ground: Ground): Setting {
  const side = serverSide(ground, [METADATA_NAME, PROXY_NAME])
  return {
    host: METADATA_NAME,
    proxy: `${PROXY_NAME}:{port}`,
    bundle: ({ zip }) => zip,
    metadataTls: side,
    answering: goodAnswer,
    cqlTls: side,
    routing: name => routeTo(name) ?? (name === undefined || name === PROXY_NAME ? 0 : "unrecognized"),
    nodes: HOST_IDS.map((hostId, index) => ({ hostId, rpcAddress: `10.0.0.${index + 1}` })),
    authentication: { kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw" } },
  }
}

/** The node of a host id. */
export function routeTo(serverName: string | undefined): number | undefined {
  const index = HOST_IDS.indexOf(serverName ?? "")
  return index < 0 ? undefined : index
}

export type ServerProfile = Partial<Omit<CertificateProfile, "publicKey">>

/** A good side with these names in its certificate, but for `profile`; signed by the issuer whom bundles trust, or by `signer`. */
export function serverSide(
  { good }: Ground,
  names: readonly string[],
  profile: ServerProfile = {},
  signer: Certified = good.pki.issuer,
  key: KeyPair = good.pki.server,
): TlsSide {
  const { now, pki } = good
  const { issuer, root } = pki
  const leaf = certify(
    key,
    {
      subject: commonName(names[0] ?? "nobody"),
      notBefore: later(now, -DAY),
      notAfter: later(now, 90 * DAY),
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
      alternativeNames: names.map(value => ({ kind: "dns", value })),
      ...profile,
    },
    signer.signer,
  )
  return {
    chain: [leaf.certificate, ...(signer === issuer ? [issuer.certificate] : [])],
    privateKey: key.privateKey,
    // Without the issuer: OpenSSL would complete the server's own chain with it.
    clientCa: [root.certificate],
  }
}

export function tlsOptions({ clientCa, withoutName, ...side }: TlsSide): TlsOptions {
  const common: SecureContextOptions = {
    minVersion: "TLSv1.2",
    ...side.versions,
    ...(clientCa === undefined ? {} : { ca: clientCa.map(der => encodePem("CERTIFICATE", der)) }),
  }
  const shown = { ...common, ...identity(side) }
  const asked = { requestCert: clientCa !== undefined, rejectUnauthorized: clientCa !== undefined }
  if (withoutName === undefined) return { ...shown, ...asked }
  const named = createSecureContext(shown)
  return {
    ...common,
    ...asked,
    ...(withoutName === "nothing" ? {} : identity(withoutName)),
    SNICallback: (_name, done) => done(null, named),
  }
}

function identity({ chain, privateKey }: Pick<TlsSide, "chain" | "privateKey">): SecureContextOptions {
  return {
    cert: chain.map(der => encodePem("CERTIFICATE", der)).join(""),
    key: encodePem("PRIVATE KEY", privateKey),
  }
}
