import { type Finding, finding } from "../../domain/findings.ts"
import type { PrivateKey } from "../keys.ts"
import type { KeyDerivation } from "../pkcs12-kdf.ts"
import { RC2_40, readPkcs12 } from "../pkcs12-read.ts"
import { attempt } from "./attempt.ts"
import { READERS } from "./readers.ts"
import { readIdentity, type StoredIdentity } from "./stored-identity.ts"

export interface CheckedPfx {
  readonly findings: readonly Finding[]
  readonly identity: StoredIdentity | undefined
}

const ENTRY = "cert.pfx"

/** C5, P1 and P2; `known` is the key of the PEM files. Without a password, which then has a finding of its own, nothing can be said. */
export function checkPfx(
  bytes: Uint8Array,
  password: string | undefined,
  known: PrivateKey | undefined,
  derivation?: KeyDerivation,
): CheckedPfx {
  if (password === undefined) return { findings: [], identity: undefined }
  const store = attempt(() => readPkcs12(bytes, password, derivation))
  if (!store.ok) {
    return store.code === "key-wrong-passphrase"
      ? broken("C5", "pfxCertPassword does not open cert.pfx: expected its password")
      : broken("P1", `cert.pfx cannot be read: expected PKCS#12, ${store.problem}`)
  }
  const { keys, certificates, encryptions } = store.value
  const identity = readIdentity(keys, certificates, known)
  if (typeof identity === "string") {
    return broken("P1", `cert.pfx holds ${identity}: expected one key, its certificate and the chain`)
  }
  return { findings: encryptions.includes(RC2_40) ? weakEncryption() : [], identity }
}

function weakEncryption(): readonly Finding[] {
  return [finding("P2", ENTRY, "cert.pfx is encrypted with RC2-40: expected 3DES or AES", { breaks: READERS[ENTRY] })]
}

function broken(row: "C5" | "P1", message: string): CheckedPfx {
  return { findings: [finding(row, ENTRY, message, { breaks: READERS[ENTRY] })], identity: undefined }
}
