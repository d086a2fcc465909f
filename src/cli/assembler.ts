import { localAuthority } from "../adapters/authority-local.ts"
import { nodeEntropy } from "../adapters/entropy-node.ts"
import { assembleRelease } from "../app/assemble-release.ts"
import type { Assembler } from "../app/build-order.ts"
import type { PlatformCatalogue } from "../artifact/platforms.ts"
import type { Instant } from "../domain/instant.ts"
import type { Authority, Entropy, Signer } from "../ports.ts"

export interface IssuerSecrets {
  readonly cluster: string
  readonly certificatePem: string
  readonly keyPem: string
  readonly passphrase?: string
}

/** What a thread needs to carry out build orders. It crosses from thread to thread in memory and is never serialised to disk. */
export interface AssemblySecrets {
  readonly issuers: readonly IssuerSecrets[]
  readonly signer: { readonly privateKeyArmored: string; readonly passphrase?: string }
  readonly now: Instant
}

/** RSA keys are made on four threads of libuv's pool: that many orders keep it busy. */
const ORDERS_UNDER_WAY = 4

/** Carries out build orders in this thread. Throws `key-mismatch`, `issuer-unusable` before the first order where an issuer is unfit. */
export function openAssembler(
  issuers: readonly IssuerSecrets[],
  signer: Signer,
  platforms: PlatformCatalogue,
  now: Instant,
  entropy: Entropy = nodeEntropy(),
): Assembler {
  const authorities = new Map(issuers.map(issuer => [issuer.cluster, localAuthority({ ...issuer, now })]))
  return {
    concurrency: ORDERS_UNDER_WAY,
    assemble: order => {
      const authority = authorityOf(authorities, order.input.cluster.name)
      return assembleRelease(order, { authority, signer, entropy, platforms, millis: () => performance.now() })
    },
    close: async () => {},
  }
}

function authorityOf(authorities: ReadonlyMap<string, Authority>, cluster: string): Authority {
  const authority = authorities.get(cluster)
  if (authority === undefined) throw new Error(`no issuer was opened for ${cluster}`)
  return authority
}
