import type { Revocation } from "../../domain/bundle.ts"
import { formatInstant } from "../../domain/instant.ts"
import type { BundleName } from "../../domain/names.ts"
import { deathOf } from "../../domain/plan/standing.ts"
import { type BlastTarget, blastRadius } from "../../domain/revocation/blast-radius.ts"
import { durationFrom } from "../../schema/durations.ts"
import { setValue } from "../../schema/yaml-edit.ts"
import { campaignFile, type WrittenWaves, writeCampaign } from "./campaign.ts"
import { type Edit, type EditScene, type Proposal, Refusal } from "./proposal.ts"
import { domainSelector, type SelectorRequest } from "./selector-request.ts"
import { parseTarget, proposal, releaseOf, subjectOf } from "./subject.ts"

export interface RevokeRequest {
  readonly revocation: Revocation
  /** A version, or a bundle with all its versions that are good for anything; absent: what is selected. */
  readonly target?: string
  readonly select: SelectorRequest
  /** Of the campaign; absent: made from incident and date. */
  readonly name?: string
  /** In plain words. */
  readonly why?: string
  readonly waves?: WrittenWaves
}

/** Takes versions back, for ever. */
export function revoke(request: RevokeRequest): Edit {
  const isSelective = Object.keys(request.select).length > 0
  return scene => {
    if (request.target !== undefined && isSelective) {
      throw new Refusal("expected a version or bundle, or what to select, got both")
    }
    if (request.target !== undefined) return revokeTarget(request.target, request, scene)
    if (isSelective) return revokeSelected(request, scene)
    throw new Refusal("expected what to revoke: <cluster>/<bundle>@<version>, <cluster>/<bundle>, or a selector")
  }
}

/** A line for each version, in the bundle's own file. */
function revokeTarget(target: string, { revocation, why }: RevokeRequest, scene: EditScene): Proposal {
  const { bundle, version } = parseTarget(target)
  const subject = subjectOf(scene, bundle)
  const radius = radiusOf(blastTarget(bundle, version), scene)
  if (version !== undefined) releaseOf(subject, version)
  const alive = radius.bundles.flatMap(each => each.versions).filter(({ standing }) => deathOf(standing) === undefined)
  const versions = version === undefined ? alive.map(each => each.version) : [version]
  const edited = versions
    .filter(each => subject.bundle.versions.get(each)?.revoked === undefined)
    .reduce((text, each) => setValue(text, ["versions", each, "revoked"], { ...revocation }), subject.text)
  const what = `${bundle} ${versions.join(", ")}`.trim()
  const proposed = proposal(subject, edited, `revoke ${what}: ${revocation.reason}`, why ?? revocation.incident)
  return { ...proposed, reduces: true, radius }
}

function blastTarget(bundle: BundleName, version: string | undefined): BlastTarget {
  return version === undefined
    ? { kind: "selector", select: { bundles: [bundle] } }
    : { kind: "version", bundle, version }
}

/** One file, whatever it selects. */
function revokeSelected({ revocation, select, name, why, waves }: RevokeRequest, scene: EditScene): Proposal {
  const own = name ?? campaignName(revocation, scene)
  const known = scene.repository.policies.campaigns.get(own)
  const waved = waves === undefined ? {} : { waves: { ...waves, every: durationFrom(waves.every) } }
  const target: BlastTarget = { kind: "selector", select: domainSelector(select), campaign: { name: own, ...waved } }
  const radius = radiusOf(target, scene)
  if (radius.bundles.length === 0 && known === undefined) {
    throw new Refusal("what is selected is no version that could still be revoked", "scb status lists the versions")
  }
  const text = writeCampaign({
    name: own,
    select,
    revoke: revocation,
    reason: why ?? [revocation.reason, revocation.incident].filter(part => part !== undefined).join(", "),
    ...(waves === undefined ? {} : { waves }),
  })
  return {
    title: `revoke by campaign ${own}: ${revocation.reason}`,
    ...(why === undefined ? {} : { reason: why }),
    files: campaignFile(scene, own, text),
    reduces: true,
    radius,
  }
}

function radiusOf(target: BlastTarget, { repository, ledger, moment }: EditScene) {
  return blastRadius(target, repository, ledger, moment)
}

/** e.g. `inc-12-2026-11-22`. */
function campaignName({ incident }: Revocation, { moment }: EditScene): string {
  const story = (incident ?? "revocation")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
  return `${story.slice(0, 50).replace(/-$/, "") || "revocation"}-${formatInstant(moment.now).slice(0, 10)}`
}
