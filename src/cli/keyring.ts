import { availableParallelism } from "node:os"
import type { Assembler } from "../app/build-order.ts"
import type { IssuerFile, Keyring } from "../app/world.ts"
import type { PlatformCatalogue } from "../artifact/platforms.ts"
import { ScbError } from "../domain/errors.ts"
import type { Secrets, Signer } from "../ports.ts"
import { type AssemblySecrets, type IssuerSecrets, openAssembler } from "./assembler.ts"

/** Where the release signing key is found: SCB_SIGNING_KEY, or the file that SCB_SIGNING_KEY_FILE names. */
const SIGNING_KEY = "env:SCB_SIGNING_KEY"

/** Below this many orders, starting threads costs more than it saves. */
const ORDERS_WORTH_THREADS = 24

/** Secret keys from the environment, read when they are first needed and never written anywhere. */
export function environmentKeyring(
  env: Readonly<Record<string, string | undefined>>,
  platforms: PlatformCatalogue,
): Keyring {
  return {
    async signer(): Promise<Signer> {
      const { openPgpSigner } = await import("../adapters/signer-openpgp.ts")
      return openPgpSigner(await signingSecrets(await secretsOf(env)))
    },
    async authority(issuer, now) {
      const { localAuthority } = await import("../adapters/authority-local.ts")
      return localAuthority({ ...(await issuerSecrets(await secretsOf(env), issuer)), now })
    },
    async assembler(issuers, signer, orders, now): Promise<Assembler> {
      const secrets = await secretsOf(env)
      const opened = await Promise.all(issuers.map(issuer => issuerSecrets(secrets, issuer)))
      const here = openAssembler(opened, signer, platforms, now) // where an unfit issuer can still say what it is
      const threads = orders < ORDERS_WORTH_THREADS ? 1 : availableParallelism()
      if (threads === 1) return here
      const { threadedAssembler } = await import("./build-pool.ts")
      const data: AssemblySecrets = { issuers: opened, signer: await signingSecrets(secrets), now }
      return threadedAssembler(data, threads)
    },
  }
}

async function secretsOf(env: Readonly<Record<string, string | undefined>>): Promise<Secrets> {
  const { environmentSecrets } = await import("../adapters/secrets-environment.ts")
  return environmentSecrets(env)
}

async function signingSecrets(secrets: Secrets): Promise<AssemblySecrets["signer"]> {
  const privateKeyArmored = await secrets.read(SIGNING_KEY)
  if (privateKeyArmored === undefined) throw missing("the release signing key", "SCB_SIGNING_KEY")
  const passphrase = await secrets.read(`${SIGNING_KEY}_PASSPHRASE`)
  return { privateKeyArmored, ...(passphrase === undefined ? {} : { passphrase }) }
}

async function issuerSecrets(
  secrets: Secrets,
  { cluster, issuer, certificatePem }: IssuerFile,
): Promise<IssuerSecrets> {
  const keyPem = await secrets.read(issuer.key)
  if (keyPem === undefined) throw missing(`the issuer key of ${cluster}`, issuer.key.replace(/^env:/, ""))
  const passphrase = await secrets.read(passphraseReference(issuer.key))
  return { cluster, certificatePem, keyPem, ...(passphrase === undefined ? {} : { passphrase }) }
}

/** `env:NAME` has its passphrase in NAME_PASSPHRASE; the key in a file, in SCB_CA_KEY_PASSPHRASE. */
function passphraseReference(key: string): string {
  return key.startsWith("env:") ? `${key}_PASSPHRASE` : "env:SCB_CA_KEY_PASSPHRASE"
}

function missing(what: string, variable: string): ScbError {
  return new ScbError("key-missing", `${what} is not here: ${variable} is not set`, {
    hint: `set ${variable} to the key, or ${variable}_FILE to the path of a file outside the repository`,
  })
}
