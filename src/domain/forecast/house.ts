import { instantFromMillis, later } from "../instant.ts"
import { campaignTurns } from "../revocation/campaign-waves.ts"
import { type ForecastEvent, type ForecastEvents, type ForecastRequest, WRITES_PER_RELEASE } from "./event.ts"

const HOUR = 3_600_000

/** What lies ahead of the house as a whole. */
export function* houseEvents(request: ForecastRequest): ForecastEvents {
  yield* endsOfTrust(request)
  yield* freezes(request)
  yield* catalogEvents(request)
  yield* waves(request)
}

/** Certificates of clusters, keys of people and of signers. */
function* endsOfTrust({ repository, facts }: ForecastRequest): ForecastEvents {
  const { clusters, policies } = repository
  for (const { name, issuer, trust } of clusters.values()) {
    const groups = [
      ["issuer-end", [issuer.certificate], "issues for"] as const,
      ["root-end", trust, "is trusted by"] as const,
    ]
    for (const [kind, paths, does] of groups) {
      for (const path of paths) {
        const certificates = facts.certificates.get(path)
        for (const { subject, serial, notAfter } of certificates?.ok === true ? certificates.value : []) {
          yield {
            at: notAfter,
            kind,
            subject: name,
            key: serial,
            words: `${subject}, which ${does} ${name}, expires`,
            writes: 0,
          }
        }
      }
    }
  }
  const keys = [
    ...[...policies.people.principals.values()].map(({ name, openpgp }) => ["key-end", name, openpgp] as const),
    ...policies.distribution.signers.map(signer => ["signer-end", signer.name, signer] as const),
  ]
  for (const [kind, subject, reference] of keys) {
    const key = reference === undefined ? undefined : facts.openPgpKeys.get(reference.file)
    if (reference === undefined || key?.ok !== true || key.value.expiresAt === undefined) continue
    const { fingerprint } = reference
    yield {
      at: key.value.expiresAt,
      kind,
      subject,
      key: fingerprint,
      words: `OpenPGP key of ${subject} expires`,
      writes: 0,
    }
  }
  for (const { name, fingerprint, validUntil } of policies.distribution.signers) {
    if (validUntil === undefined) continue
    const words = `signatures of ${name} no longer count`
    yield { at: validUntil, kind: "signer-end", subject: name, key: `${fingerprint}-policy`, words, writes: 0 }
  }
}

function* freezes({ repository }: ForecastRequest): ForecastEvents {
  for (const { name, from, until, reason } of repository.policies.rollout.freezes) {
    yield { at: from, kind: "freeze-begin", subject: name, key: "", words: `freeze begins: ${reason}`, writes: 0 }
    yield { at: until, kind: "freeze-end", subject: name, key: "", words: "freeze ends", writes: 0 }
  }
}

/** The catalog is written again at half of its life; it has an end for those who can no longer reach a newer one. */
function* catalogEvents({ catalog, repository, until }: ForecastRequest): ForecastEvents {
  if (catalog === undefined) return
  const { catalogLifetime } = repository.policies.distribution
  const { issuedAt, expiresAt } = catalog
  const common = { subject: "catalog", key: String(catalog.version) }
  yield { ...common, at: expiresAt, kind: "catalog-end", words: "clients stop believing today's catalog", writes: 0 }
  const half = Math.max(catalogLifetime / 2, HOUR)
  let number = 0
  for (let at = instantFromMillis((issuedAt + expiresAt) / 2); at < until; at = later(at, half)) {
    number += 1
    yield { subject: "catalog", key: String(number), at, kind: "catalog", words: "catalog is written again", writes: 1 }
  }
}

/** Waves of campaigns that have not begun. */
function* waves({ repository, ledger, from }: ForecastRequest): ForecastEvents {
  const sizes = new Map<string, ForecastEvent>()
  for (const turns of campaignTurns(repository.policies, ledger).values()) {
    for (const { campaign, wave, at } of turns) {
      const { paused, aborted } = campaign.waves ?? {}
      if (at <= from || paused !== undefined || aborted !== undefined) continue
      const key = String(wave + 1)
      const before = sizes.get(`${campaign.name} ${key}`)
      const writes = (before?.writes ?? 0) + WRITES_PER_RELEASE
      const words = `wave ${key}: ${writes / WRITES_PER_RELEASE} to be replaced`
      sizes.set(`${campaign.name} ${key}`, { at, kind: "wave", subject: campaign.name, key, words, writes })
    }
  }
  yield* sizes.values()
}
