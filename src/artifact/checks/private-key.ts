import { type Finding, finding } from "../../domain/findings.ts"
import { type PrivateKey, readPrivateKey } from "../keys.ts"
import { decodePem, type PemBlock } from "../pem.ts"
import { attempt } from "./attempt.ts"
import { READERS } from "./readers.ts"

export interface CheckedKey {
  readonly findings: readonly Finding[]
  readonly key: PrivateKey | undefined
}

const READABLE = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]

/** K3. */
export function checkPrivateKey(bytes: Uint8Array): CheckedKey {
  const text = Buffer.from(bytes).toString("latin1")
  const pem = attempt(() => decodePem(text))
  if (!pem.ok) return unusable("malformed PEM")
  // Of several keys every driver takes the first.
  const block = pem.value.find(each => each.label.endsWith("PRIVATE KEY"))
  if (block === undefined) return unusable(bytes[0] === 0x30 ? "DER" : "no private key in PEM")
  if (isEncrypted(block)) return unusable("an encrypted private key")
  if (!READABLE.includes(block.label)) return unusable(JSON.stringify(block.label.slice(0, 40)))
  const key = attempt(() => readPrivateKey(text))
  return key.ok ? { findings: [], key: key.value } : unusable("a private key that cannot be read")
}

function isEncrypted(block: PemBlock): boolean {
  return block.label === "ENCRYPTED PRIVATE KEY" || block.headers["DEK-Info"] !== undefined
}

function unusable(got: string): CheckedKey {
  const message = `key holds ${got}: expected an unencrypted private key in PEM`
  return { findings: [finding("K3", "key", message, { breaks: READERS.key })], key: undefined }
}
