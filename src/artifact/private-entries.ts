import type { Instant } from "../domain/instant.ts"
import { writeIdentityStore } from "./jks.ts"
import type { PRIVATE_ENTRIES } from "./layout.ts"
import type { StorePasswords } from "./passwords.ts"
import { encodePem } from "./pem.ts"
import { writePkcs12 } from "./pkcs12.ts"
import type { KeyDerivation } from "./pkcs12-kdf.ts"

export interface NamedBytes {
  readonly name: string
  readonly data: Uint8Array
}

/** Alias in the Java store and friendly name in the PKCS#12, as in genuine bundles. Java lower-cases aliases. */
const ALIAS = "client"
/** Length of the salt of a JKS key entry. */
const SALT_BYTES = 20

/** The three entries that hold the private key, each in the form that its drivers read. */
export function privateEntries(identity: {
  /** DER PKCS#8. */
  readonly privateKey: Uint8Array
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  readonly passwords: StorePasswords
  readonly createdAt: Instant
  readonly random: (length: number) => Uint8Array
  readonly derivation?: KeyDerivation | undefined
}): readonly (NamedBytes & { readonly name: (typeof PRIVATE_ENTRIES)[number] })[] {
  const { privateKey, chain, passwords, createdAt, random, derivation } = identity
  const pfx = { privateKey, chain, friendlyName: ALIAS, password: passwords.pfx, randomBytes: random, derivation }
  return [
    { name: "key", data: new Uint8Array(Buffer.from(encodePem("PRIVATE KEY", privateKey))) },
    { name: "cert.pfx", data: writePkcs12(pfx) },
    {
      name: "identity.jks",
      data: writeIdentityStore({
        privateKey,
        chain,
        alias: ALIAS,
        password: passwords.keyStore,
        createdAt,
        salt: random(SALT_BYTES),
      }),
    },
  ]
}
