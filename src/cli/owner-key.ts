import type { Secrets } from "../ports.ts"
import { readNamedText } from "./files.ts"
import type { Io } from "./io.ts"

/** The private key of a csr bundle, PEM, and the passphrase it may need. */
export interface OwnerKey {
  readonly pem: string
  readonly passphrase?: string
}

/** From the file that `--key` names, else SCB_PRIVATE_KEY; undefined if there is neither. */
export async function readOwnerKey(file: string | undefined, secrets: Secrets, io: Io): Promise<OwnerKey | undefined> {
  const pem = file === undefined ? await secrets.read("env:SCB_PRIVATE_KEY") : await readNamedText(file, io)
  if (pem === undefined) return undefined
  const passphrase = await secrets.read("env:SCB_PRIVATE_KEY_PASSPHRASE")
  return { pem, ...(passphrase === undefined ? {} : { passphrase }) }
}
