import { createPrivateKey } from "node:crypto"
import { writeIdentityStore, writeTrustStore } from "../../src/artifact/jks.ts"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { commonName, EXTENDED_KEY_USAGE } from "../../src/artifact/x509.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { craftPkcs12 } from "./craft-stores.ts"
import { certify } from "./pki.ts"
import { buildZip } from "./zip.ts"

const YEAR = 365 * 86_400_000
const PASSWORDS = { keyStore: "aTestPassword0001", trustStore: "aTestPassword0002", pfx: "aTestPassword0003" }

export interface AstraParts {
  /** Instead of the file that is made here. */
  readonly [name: string]: Uint8Array
}

/** Its passwords and key files, for tools that make the stores. */
export interface AstraMaterial {
  readonly passwords: typeof PASSWORDS
  readonly certPem: string
  readonly keyPem: string
  readonly caPem: string
}

export interface AstraBundle {
  readonly material: AstraMaterial
  /** The ZIP, with some files exchanged. */
  pack(parts?: AstraParts): Uint8Array
}

/**
 * A bundle as DataStax Astra made them in 2020: RSA, a leaf of ten years with a common name alone, PKCS#1, PKCS#12 with
 * RC2-40 and one MAC iteration, no chain, deflated entries, no user name.
 */
export async function astraBundle(now: Instant): Promise<AstraBundle> {
  const [caKey, clientKey] = await Promise.all([generateKeyPair("RSA-2048"), generateKeyPair("RSA-2048")])
  const domain = "0a1b2c3d-0000-4000-8000-00000000beef-us-east1.db.example.com"
  const usages = [EXTENDED_KEY_USAGE.clientAuth, EXTENDED_KEY_USAGE.serverAuth]
  const common = { notBefore: later(now, -YEAR), notAfter: later(now, 9 * YEAR), extendedKeyUsage: usages }
  const ca = certify(caKey, {
    ...common,
    subject: commonName("ca.0a1b2c3d.db.example.com"),
    keyUsage: ["digitalSignature", "keyCertSign"],
    ca: {},
  })
  const client = certify(
    clientKey,
    { ...common, subject: commonName("client.0a1b2c3d.db.example.com"), keyUsage: ["digitalSignature"] },
    ca.signer,
  )
  const { privateKey } = clientKey
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" })
  const keyPem = key.export({ type: "pkcs1", format: "pem" }).toString()
  const certPem = encodePem("CERTIFICATE", client.certificate)
  const caPem = encodePem("CERTIFICATE", ca.certificate)
  const config = {
    host: domain,
    port: 29080,
    cql_port: 29042,
    keyspace: "ks",
    localDC: "us-east1",
    caCertLocation: "./ca.crt",
    keyLocation: "./key",
    certLocation: "./cert",
    keyStoreLocation: "./identity.jks",
    keyStorePassword: PASSWORDS.keyStore,
    trustStoreLocation: "./trustStore.jks",
    trustStorePassword: PASSWORDS.trustStore,
    csvLocation: "./data",
    pfxCertPassword: PASSWORDS.pfx,
  }
  const files: Record<string, Uint8Array> = {
    "ca.crt": Buffer.from(caPem),
    key: Buffer.from(keyPem),
    cert: Buffer.from(certPem),
    "identity.jks": writeIdentityStore({
      privateKey,
      chain: [client.certificate],
      alias: "client",
      password: PASSWORDS.keyStore,
      createdAt: now,
      salt: new Uint8Array(20).fill(1),
    }),
    "trustStore.jks": writeTrustStore({
      certificates: [ca.certificate],
      password: PASSWORDS.trustStore,
      createdAt: now,
    }),
    "config.json": Buffer.from(JSON.stringify(config)),
    cqlshrc: Buffer.from(`[connection]\nhostname = ${domain}\nport = 29042\nssl = true\n`),
    "cert.pfx": craftPkcs12({
      keys: [privateKey],
      certificates: [client.certificate, ca.certificate],
      password: PASSWORDS.pfx,
      legacy: true,
    }),
  }
  return {
    material: { passwords: PASSWORDS, certPem, keyPem, caPem },
    pack: (parts = {}) =>
      buildZip(Object.entries({ ...files, ...parts }).map(([name, data]) => ({ name, data, method: 8 }))),
  }
}
