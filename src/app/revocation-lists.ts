import { type ReadRevocationList, readRevocationList } from "../artifact/crl.ts"
import { sha256 } from "../artifact/digest.ts"
import { decodeCertificates } from "../artifact/pem.ts"
import { readCertificate } from "../artifact/x509-read.ts"
import type { CatalogRevocationList } from "../domain/catalog.ts"
import type { Cluster } from "../domain/cluster.ts"
import { ScbError } from "../domain/errors.ts"
import { type Finding, finding } from "../domain/findings.ts"
import { formatInstant, later } from "../domain/instant.ts"
import type { LedgerState } from "../domain/release.ts"
import {
  type IssuedBy,
  listNumber,
  nextLists,
  type RevocationList,
  revokedByIssuer,
} from "../domain/revocation/revocation-list.ts"
import { revocationListPath } from "../ports.ts"
import type { PlannedChange } from "./plan.ts"
import { textOf } from "./read-repository.ts"
import { LIMITS } from "./trust.ts"
import { unlessImpossible } from "./unless-impossible.ts"
import type { World } from "./world.ts"

/** The lists of one catalog: what its index says of them by issuer, and their bytes by digest. */
export interface SignedLists {
  readonly index: Readonly<Record<string, CatalogRevocationList>>
  readonly files: ReadonlyMap<string, Uint8Array>
}

export const NO_LISTS: SignedLists = { index: {}, files: new Map() }

interface ListedIssuer {
  readonly entry: CatalogRevocationList
  readonly files: readonly Uint8Array[]
}

/**
 * A list for each issuer of the ledger, signed by it. Where that cannot be done the one before stays in force until it
 * ends, with a finding: the catalog itself, by which all our clients go, waits for nobody's key.
 */
export async function signRevocationLists(
  world: World,
  change: PlannedChange,
  next: LedgerState,
): Promise<SignedLists & { readonly findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const index: Record<string, CatalogRevocationList> = {}
  const files = new Map<string, Uint8Array>()
  for (const issued of revokedByIssuer(next)) {
    const previous = await readPrevious(change, issued.issuerSha256)
    if (issued.endsAt <= (previous?.complete.thisUpdate ?? change.plan.now)) continue
    const signed = await unlessImpossible(signLists(world, change, next, issued, previous))
    const listed = signed instanceof ScbError ? kept(change, previous) : signed
    if (signed instanceof ScbError) findings.push(notRenewed(change, issued, signed, listed))
    if (listed === undefined) continue
    index[issued.issuerSha256] = listed.entry
    for (const bytes of listed.files) files.set(sha256(bytes), bytes)
  }
  return { index, files, findings }
}

async function signLists(
  { keyring }: World,
  change: PlannedChange,
  next: LedgerState,
  issued: IssuedBy,
  previous: PreviousLists | undefined,
): Promise<ListedIssuer> {
  const { plan, source } = change
  const { cryptography, distribution } = source.repository.policies
  const { name, issuer } = clusterOf(change, issued)
  const certificatePem = textOf(source.tree, issuer.certificate)
  const authority = await keyring.authority({ cluster: name, issuer, certificatePem }, plan.now)
  const dates = {
    thisUpdate: later(plan.now, -cryptography.backdate),
    nextUpdate: later(plan.now, distribution.catalogLifetime),
    number: listNumber(next.sequence, plan.now),
  }
  const lists = nextLists(issued, dates, previous?.complete)
  const sign = async (list: RevocationList): Promise<Uint8Array> =>
    requireSigned(await authority.signRevocationList(list), list, certificatePem)
  const complete = await sign(lists.complete)
  const delta = lists.delta === undefined ? undefined : await sign(lists.delta)
  return {
    entry: {
      clusters: issued.clusters,
      ...dates,
      complete: digestOf(complete),
      ...(delta === undefined ? {} : { delta: digestOf(delta) }),
    },
    files: delta === undefined ? [complete] : [complete, delta],
  }
}

/** A cluster whose issuer is still this one. Throws `key-missing`. */
function clusterOf({ source }: PlannedChange, { issuerSha256, clusters }: IssuedBy): Cluster {
  const cluster = [...source.repository.clusters.values()].find(({ issuer }) => {
    const chain = source.facts.certificates.get(issuer.certificate)
    return chain?.ok === true && chain.value[0]?.sha256 === issuerSha256
  })
  if (cluster !== undefined) return cluster
  throw new ScbError("key-missing", `the issuer ${issuerSha256.slice(0, 16)} of ${clusters.join(", ")} issues no more`)
}

/** Whoever signs may be far away: what comes back must be what was asked for, by the issuer that was asked. */
function requireSigned(der: Uint8Array, list: RevocationList, certificatePem: string): Uint8Array {
  const [issuer] = decodeCertificates(certificatePem).map(readCertificate)
  const read = readRevocationList(der)
  const serials = (each: RevocationList): string => each.revoked.map(({ serial }) => serial).join()
  const isOurs = read.number === list.number && read.base === list.base && serials(read) === serials(list)
  if (issuer !== undefined && isOurs && read.isSignedBy(issuer)) return der
  throw new ScbError(
    "issuer-unusable",
    `issuer ${issuer?.facts.subject}: expected the list that was asked for, got another`,
  )
}

interface PreviousLists {
  readonly entry: CatalogRevocationList
  readonly complete: ReadRevocationList
  readonly files: readonly Uint8Array[]
}

/** What is published now; undefined where there is none, or it cannot be read. */
async function readPrevious(
  { published, releases }: PlannedChange,
  issuerSha256: string,
): Promise<PreviousLists | undefined> {
  const entry = published?.revocationLists[issuerSha256]
  if (entry === undefined) return undefined
  const read = async ({ sha256: digest }: { readonly sha256: string }): Promise<Uint8Array | undefined> => {
    const bytes = await releases.readCatalogFile(revocationListPath(digest), LIMITS.revocationList)
    return bytes !== undefined && sha256(bytes) === digest ? bytes : undefined
  }
  const complete = await read(entry.complete)
  const delta = entry.delta && (await read(entry.delta))
  if (complete === undefined) return undefined
  const list = await unlessImpossible(Promise.resolve(complete).then(readRevocationList))
  if (list instanceof ScbError) return undefined
  const { delta: _lost, ...rest } = entry
  return {
    entry: delta === undefined ? rest : entry,
    complete: list,
    files: delta === undefined ? [complete] : [complete, delta],
  }
}

function kept({ plan }: PlannedChange, previous: PreviousLists | undefined): ListedIssuer | undefined {
  return previous !== undefined && previous.entry.nextUpdate > plan.now ? previous : undefined
}

function notRenewed(
  { source }: PlannedChange,
  { clusters }: IssuedBy,
  why: ScbError,
  listed: ListedIssuer | undefined,
): Finding {
  const name = clusters.join(", ")
  const now =
    listed === undefined ? "there is none" : `the one before ends at ${formatInstant(listed.entry.nextUpdate)}`
  const [cluster] = clusters.flatMap(each => source.repository.clusters.get(each) ?? [])
  return finding("S48", name, `the revocation list of ${name} is not renewed, ${now}: ${why.message}`, {
    ...(cluster === undefined ? {} : { at: source.repository.locate(cluster.file, ["issuer"]) }),
    ...(why.hint === undefined ? {} : { hint: why.hint }),
  })
}

function digestOf(bytes: Uint8Array): CatalogRevocationList["complete"] {
  return { size: bytes.length, sha256: sha256(bytes) }
}
