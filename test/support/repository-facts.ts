/** Facts that make the small repository of repository-files.ts sound, to be spoiled in one place at a time. */
import { type Instant, later, parseInstant } from "../../src/domain/instant.ts"
import type {
  CertificateFacts,
  FileFacts,
  OpenPgpKeyFacts,
  RepositoryFacts,
  RequestFacts,
} from "../../src/domain/repository.ts"
import { FINGERPRINTS } from "./repository-files.ts"

export const NOW = instant("2026-11-22T10:00:00Z")
const DAY = 86_400_000

export function instant(text: string): Instant {
  const parsed = parseInstant(text)
  if (parsed === undefined) throw new Error(`no instant: ${text}`)
  return parsed
}

export function certificateFacts(changes: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: "CN=Root",
    issuer: "CN=Root",
    serial: "01",
    notBefore: later(NOW, -DAY),
    notAfter: later(NOW, 3650 * DAY),
    isCa: true,
    selfSigned: true,
    keyAlgorithm: "P-256",
    keyBits: 256,
    sha256: "0".repeat(64),
    spkiSha256: "0".repeat(64),
    ...changes,
  }
}

export function keyFacts(fingerprint: string, changes: Partial<OpenPgpKeyFacts> = {}): OpenPgpKeyFacts {
  return {
    fingerprint,
    userIds: [],
    isPrivate: false,
    createdAt: later(NOW, -DAY),
    revoked: false,
    canEncrypt: true,
    canSign: true,
    algorithm: "eddsaLegacy",
    ...changes,
  }
}

export function requestFacts(changes: Partial<RequestFacts> = {}): RequestFacts {
  return { keyAlgorithm: "P-256", keyBits: 256, spkiSha256: "1".repeat(64), provesPossession: true, ...changes }
}

export const ROOT = "bundles/prod/ca/root.crt"
export const ISSUER = "bundles/prod/ca/clients.crt"
export const ALICE = "policies/keys/alice.asc"
export const BOB = "policies/keys/bob.asc"
export const SIGNER = "policies/keys/release.asc"
export const REQUEST = "bundles/prod/reports.csr"

export interface FactChanges {
  readonly root?: Partial<CertificateFacts>
  readonly issuer?: Partial<CertificateFacts>
  readonly alice?: Partial<OpenPgpKeyFacts>
  readonly bob?: Partial<OpenPgpKeyFacts>
  readonly signer?: Partial<OpenPgpKeyFacts>
  readonly request?: Partial<RequestFacts>
  /** Paths that do not exist. */
  readonly missing?: readonly string[]
  /** Paths that cannot be read as what they should be. */
  readonly unreadable?: readonly string[]
}

export function factsWith(changes: FactChanges = {}): RepositoryFacts {
  const files = <T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, FileFacts<T>> =>
    new Map(
      entries
        .filter(([path]) => changes.missing?.includes(path) !== true)
        .map(([path, value]) => [
          path,
          changes.unreadable?.includes(path) === true
            ? { ok: false, problem: "it is something else" }
            : { ok: true, value },
        ]),
    )
  return {
    certificates: files([
      [ROOT, [certificateFacts(changes.root)]],
      [ISSUER, [certificateFacts({ subject: "CN=Clients", selfSigned: false, ...changes.issuer })]],
    ]),
    openPgpKeys: files([
      [ALICE, keyFacts(FINGERPRINTS.alice, changes.alice)],
      [BOB, keyFacts(FINGERPRINTS.bob, changes.bob)],
      [SIGNER, keyFacts(FINGERPRINTS.signer, { canEncrypt: false, ...changes.signer })],
    ]),
    requests: files([[REQUEST, requestFacts(changes.request)]]),
  }
}
