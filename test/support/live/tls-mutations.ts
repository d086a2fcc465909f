import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { implicit, nul, sequence, text } from "../../../src/artifact/der.ts"
import { commonName, EXTENDED_KEY_USAGE } from "../../../src/artifact/x509.ts"
import { later } from "../../../src/domain/instant.ts"
import type { KeyPair } from "../../../src/domain/issuing.ts"
import { signedWithSha1, trusting } from "../mutations.ts"
import { certify } from "../pki.ts"
import type { LiveMutation } from "./mutation.ts"
import {
  CREDENTIALS,
  type Ground,
  HOST_IDS,
  METADATA_NAME,
  PASSWORDS,
  PROXY_NAME,
  type ServerProfile,
  serverSide,
  type TlsSide,
} from "./setting.ts"

const DAY = 86_400_000
const BOTH = [METADATA_NAME, PROXY_NAME] as const
const SOMEBODY = commonName("server.lab.test")

interface SideChange {
  readonly id: string
  readonly title: string
  readonly side: (ground: Ground) => TlsSide
}

/** What can be wrong with either side of the server. */
const CHANGES: readonly SideChange[] = [...protocolChanges(), ...certificateChanges(), ...clientChanges()]

export const tlsMutations: readonly LiveMutation[] = [
  ...CHANGES.map(
    ({ id, title, side }): LiveMutation => ({
      id: `metadata-tls-${id}`,
      part: "metadata-tls",
      title: `on the metadata port ${title}`,
      change: ground => ({ metadataTls: side(ground) }),
    }),
  ),
  ...CHANGES.map(
    ({ id, title, side }): LiveMutation => ({
      id: `cql-tls-${id}`,
      part: "cql-tls",
      title: `on the CQL port ${title}`,
      // Who shows no certificate has no identity.
      change: ground => ({
        cqlTls: side(ground),
        ...(id === "no-client-certificate" ? { ...PASSWORDS, credentials: CREDENTIALS } : {}),
      }),
    }),
  ),
  ...nameMutations(),
  ...rootMutations(),
]

function protocolChanges(): readonly SideChange[] {
  const versions = (versions: NonNullable<TlsSide["versions"]>) => (ground: Ground) => ({
    ...serverSide(ground, BOTH),
    versions,
  })
  return [
    { id: "1-3-only", title: "TLS 1.3 alone is spoken", side: versions({ minVersion: "TLSv1.3" }) },
    { id: "1-2-only", title: "TLS 1.2 alone is spoken", side: versions({ maxVersion: "TLSv1.2" }) },
    {
      id: "no-default",
      title: "a client without SNI is shown no certificate",
      side: ground => ({ ...serverSide(ground, BOTH), withoutName: "nothing" }),
    },
    {
      id: "other-default",
      title: "a client without SNI is shown another certificate",
      side: ground => ({
        ...serverSide(ground, BOTH),
        withoutName: serverSide(ground, ["other.lab.test"], { subject: SOMEBODY }),
      }),
    },
  ]
}

function certificateChanges(): readonly SideChange[] {
  const leaf = (profile: (ground: Ground) => ServerProfile) => (ground: Ground) =>
    serverSide(ground, BOTH, profile(ground))
  const named = (...names: readonly string[]) => leaf(() => ({ alternativeNames: names.map(dns) }))
  const chained = (chain: (ground: Ground, leaf: Uint8Array, issuer: Uint8Array) => readonly Uint8Array[]) => {
    return (ground: Ground): TlsSide => {
      const side = serverSide(ground, BOTH)
      const [first = nul(), second = nul()] = side.chain
      return { ...side, chain: chain(ground, first, second) }
    }
  }
  /** The issuer's name and key in another certificate. */
  const issued = (profile: (ground: Ground) => ServerProfile) =>
    chained((ground, first) => {
      const { now, pki } = ground.good
      const { certificate } = certify(
        pki.issuer,
        {
          subject: commonName("Test Issuing CA"),
          notBefore: later(now, -30 * DAY),
          notAfter: later(now, 300 * DAY),
          keyUsage: ["keyCertSign"],
          ca: {},
          ...profile(ground),
        },
        pki.root.signer,
      )
      return [first, certificate]
    })
  return [
    { id: "leaf-only", title: "the intermediate certificate is missing", side: chained((_, first) => [first]) },
    {
      id: "with-root",
      title: "the root is sent with the chain",
      side: chained(({ good }, first, second) => [first, second, good.pki.root.certificate]),
    },
    {
      id: "chain-out-of-order",
      title: "the root comes before the intermediate certificate",
      side: chained(({ good }, first, second) => [first, good.pki.root.certificate, second]),
    },
    {
      id: "issuer-expired",
      title: "the intermediate certificate has expired",
      side: issued(({ good }) => ({ notAfter: later(good.now, -DAY) })),
    },
    {
      id: "issuer-no-ca",
      title: "the intermediate certificate is not one of a CA",
      side: chained((ground, first) => [
        first,
        certify(
          ground.good.pki.issuer,
          {
            subject: commonName("Test Issuing CA"),
            notBefore: later(ground.good.now, -DAY),
            notAfter: later(ground.good.now, DAY),
            keyUsage: ["digitalSignature"],
          },
          ground.good.pki.root.signer,
        ).certificate,
      ]),
    },
    {
      id: "common-name-only",
      title: "the certificate has its name as CN alone",
      side: ground => certificateOf(ground, { extraExtensions: [], subject: commonName(METADATA_NAME) }, []),
    },
    {
      id: "other-common-name",
      title: "the CN is another name, the SAN right",
      side: leaf(() => ({ subject: SOMEBODY })),
    },
    { id: "other-san", title: "the CN is right, the SAN another name", side: named("other.lab.test") },
    {
      id: "other-name",
      title: "the certificate is of another name",
      side: leaf(() => ({ subject: SOMEBODY, alternativeNames: [dns("other.lab.test")] })),
    },
    {
      id: "wildcard",
      title: "the names are wildcards",
      side: leaf(() => ({ subject: SOMEBODY, alternativeNames: [dns("*.example.com"), dns("*.lab.test")] })),
    },
    {
      id: "capitals",
      title: "the names are in capitals",
      side: leaf(() => ({ subject: SOMEBODY, alternativeNames: BOTH.map(name => dns(name.toUpperCase())) })),
    },
    {
      id: "expired",
      title: "the certificate has expired",
      side: leaf(({ good }) => ({ notBefore: later(good.now, -30 * DAY), notAfter: later(good.now, -DAY) })),
    },
    {
      id: "from-the-future",
      title: "the certificate begins tomorrow",
      side: leaf(({ good }) => ({ notBefore: later(good.now, DAY) })),
    },
    {
      id: "stranger",
      title: "the certificate is of a CA that is not in the bundle",
      side: ground => serverSide(ground, BOTH, {}, ground.good.stranger.root),
    },
    {
      id: "self-signed",
      title: "the certificate is signed by itself",
      side: ground => {
        const { good } = ground
        const { certificate } = certify(good.pki.server, {
          subject: commonName(METADATA_NAME),
          notBefore: later(good.now, -DAY),
          notAfter: later(good.now, 90 * DAY),
          keyUsage: ["digitalSignature"],
          extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
          alternativeNames: BOTH.map(dns),
        })
        return { ...serverSide(ground, BOTH), chain: [certificate] }
      },
    },
    {
      id: "for-clients",
      title: "the certificate is for clients only (EKU)",
      side: leaf(() => ({ extendedKeyUsage: [EXTENDED_KEY_USAGE.clientAuth] })),
    },
    {
      id: "for-anything",
      title: "the certificate is for any purpose (EKU)",
      side: leaf(() => ({ extendedKeyUsage: ["2.5.29.37.0"] })),
    },
    {
      id: "no-purpose",
      title: "the certificate says no purpose (EKU)",
      side: ground => certificateOf(ground, {}, BOTH, false),
    },
    { id: "may-not-sign", title: "the key may not sign (KU)", side: leaf(() => ({ keyUsage: ["keyAgreement"] })) },
    {
      id: "a-ca",
      title: "the certificate is one of a CA",
      side: leaf(() => ({ ca: {}, keyUsage: ["digitalSignature", "keyCertSign"] })),
    },
    {
      id: "critical-extension",
      title: "the certificate has an unknown critical extension",
      side: leaf(() => ({ extraExtensions: [{ oid: "1.3.6.1.4.1.55555.1", critical: true, value: nul() }] })),
    },
    {
      id: "sha-1",
      title: "the certificate is signed with SHA-1",
      side: ground => {
        const side = serverSide(ground, BOTH)
        const { issuer } = ground.good.pki
        return {
          ...side,
          chain: [signedWithSha1(side.chain[0], issuer), issuer.certificate],
          versions: { ciphers: "DEFAULT@SECLEVEL=0" },
        }
      },
    },
    {
      id: "rsa-2048",
      title: "the key is RSA of 2048 bits",
      side: ground => withKey(ground, generateKeyPairSync("rsa", { modulusLength: 2048 })),
    },
    {
      id: "rsa-1024",
      title: "the key is RSA of 1024 bits",
      side: ground => ({
        ...withKey(ground, generateKeyPairSync("rsa", { modulusLength: 1024 })),
        versions: { ciphers: "DEFAULT@SECLEVEL=0" },
      }),
    },
    {
      id: "p-521",
      title: "the key is of P-521",
      side: ground => withKey(ground, generateKeyPairSync("ec", { namedCurve: "P-521" })),
    },
    { id: "ed25519", title: "the key is of Ed25519", side: ground => withKey(ground, generateKeyPairSync("ed25519")) },
  ]
}

function clientChanges(): readonly SideChange[] {
  return [
    {
      id: "no-client-certificate",
      title: "no client certificate is asked for",
      side: ground => ({ ...serverSide(ground, BOTH), clientCa: undefined }),
    },
    {
      id: "other-client-ca",
      title: "client certificates of another CA are wanted",
      side: ground => ({ ...serverSide(ground, BOTH), clientCa: [ground.good.stranger.root.certificate] }),
    },
  ]
}

/** Two names, and who checks which. */
function nameMutations(): readonly LiveMutation[] {
  const cqlNames = (id: string, title: string, ...names: readonly string[]): LiveMutation => ({
    id: `cql-tls-${id}`,
    part: "cql-tls",
    title: `on the CQL port ${title}`,
    change: ground => ({ cqlTls: serverSide(ground, names, { subject: SOMEBODY }) }),
  })
  return [
    cqlNames("config-host-only", "the certificate names the host of config.json alone", METADATA_NAME),
    cqlNames("proxy-host-only", "the certificate names the proxy alone", PROXY_NAME),
    cqlNames("host-ids-only", "the certificate names the host ids alone", ...HOST_IDS),
    cqlNames("host-ids-too", "the certificate names the host ids too", ...BOTH, ...HOST_IDS),
    {
      id: "cql-tls-uri-name",
      part: "cql-tls",
      title: "on the CQL port the certificate names its hosts by URIs",
      change: ground => ({
        cqlTls: serverSide(ground, BOTH, {
          subject: SOMEBODY,
          alternativeNames: BOTH.map(name => ({ kind: "uri", value: `https://${name}/` })),
        }),
      }),
    },
    {
      id: "metadata-tls-deep-wildcard",
      part: "metadata-tls",
      title: "on the metadata port a wildcard stands for two labels",
      change: ground => ({
        host: "deep.cass.example.com",
        metadataTls: serverSide(ground, ["*.example.com"], { subject: SOMEBODY }),
      }),
    },
    {
      id: "cql-tls-deep-wildcard",
      part: "cql-tls",
      title: "on the CQL port a wildcard stands for two labels",
      change: ground => ({
        proxy: "deep.cql.lab.test:{port}",
        cqlTls: serverSide(ground, ["*.lab.test", METADATA_NAME], { subject: SOMEBODY }),
      }),
    },
  ]
}

/** Two roots: what a change of CA looks like. */
function rootMutations(): readonly LiveMutation[] {
  const trusted = (title: string, id: string, strangerFirst: boolean): LiveMutation => ({
    id,
    part: "bundle",
    title,
    change: () => ({
      bundle: good => {
        const roots = [good.pki.root.certificate, good.stranger.root.certificate]
        return trusting(good, strangerFirst ? roots.reverse() : roots)
      },
    }),
  })
  return [
    trusted("the bundle trusts a second root", "second-root", false),
    trusted("the bundle trusts another root first", "second-root-first", true),
    {
      id: "cql-tls-second-root",
      part: "cql-tls",
      title: "on the CQL port the certificate is of the second root of the bundle",
      change: ground => ({
        cqlTls: serverSide(ground, BOTH, {}, ground.good.stranger.root),
        bundle: good => trusting(good, [good.pki.root.certificate, good.stranger.root.certificate]),
      }),
    },
  ]
}

function dns(value: string): { readonly kind: "dns"; readonly value: string } {
  return { kind: "dns", value }
}

/** `address`: bytes of an iPAddress SAN (RFC 5280 §4.2.1.6). */
export function withAddress(ground: Ground, names: readonly string[], address: readonly number[]): TlsSide {
  const value = sequence(
    ...names.map(name => text(implicit(2), name)),
    Uint8Array.of(implicit(7), address.length, ...address),
  )
  return certificateOf(ground, { extraExtensions: [{ oid: "2.5.29.17", critical: false, value }] }, [])
}

/** Extensions that are left out, where {@link serverSide} has them always. */
function certificateOf(ground: Ground, profile: ServerProfile, names: readonly string[], hasPurpose = true): TlsSide {
  const { now, pki } = ground.good
  const { certificate } = certify(
    pki.server,
    {
      subject: commonName(METADATA_NAME),
      notBefore: later(now, -DAY),
      notAfter: later(now, 90 * DAY),
      keyUsage: ["digitalSignature"],
      ...(hasPurpose ? { extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth] } : {}),
      ...(names.length === 0 ? {} : { alternativeNames: names.map(dns) }),
      ...profile,
    },
    pki.issuer.signer,
  )
  return { ...serverSide(ground, BOTH), chain: [certificate, pki.issuer.certificate] }
}

function withKey(
  ground: Ground,
  { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  profile: ServerProfile = {},
): TlsSide {
  const key: KeyPair = {
    privateKey: new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
    publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  }
  return serverSide(ground, BOTH, profile, ground.good.pki.issuer, key)
}
