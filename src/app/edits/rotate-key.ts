import { formatInstant } from "../../domain/instant.ts"
import { type BlastRadius, blastRadius } from "../../domain/revocation/blast-radius.ts"
import { durationFrom } from "../../schema/durations.ts"
import { campaignFile, type WrittenWaves, writeCampaign } from "./campaign.ts"
import { type Edit, type EditScene, type Proposal, Refusal } from "./proposal.ts"
import { release } from "./release.ts"
import { domainSelector, type SelectorRequest } from "./selector-request.ts"
import { subjectOf } from "./subject.ts"

export interface KeyRotation {
  /** Absent: what is selected. */
  readonly bundle?: string
  readonly select: SelectorRequest
  readonly reason: string
  /** Of the campaign; absent: made from the date. */
  readonly name?: string
  /** Absent: one environment begins, and the others follow in waves of that size, an hour apart. */
  readonly waves?: WrittenWaves
}

/** New keys and certificates and nothing else; what is in use goes on working until it expires. */
export function rotateKey(request: KeyRotation): Edit {
  const { bundle, select, reason } = request
  const isSelective = Object.keys(select).length > 0
  return scene => {
    if ((bundle !== undefined) === isSelective) throw new Refusal("expected either a bundle or what to select")
    if (bundle === undefined) return rotateSelected(request, scene)
    const { fullName, key } = subjectOf(scene, bundle).bundle
    if (key.kind === "csr") {
      const hint = `its owner makes a new one, and puts the new request in the place of ${key.request}`
      throw new Refusal(`the private key of ${fullName} is not ours to change`, hint)
    }
    const radius = radiusOf({ bundles: [fullName] }, scene)
    return { ...release({ bundle, reason })(scene), title: `rotate the key of ${fullName}`, radius }
  }
}

/** One campaign, whatever it selects. */
function rotateSelected({ select, reason, name, waves }: KeyRotation, scene: EditScene): Proposal {
  const today = formatInstant(scene.moment.now).slice(0, 10)
  const own = name ?? `rotation-${today}`
  const known = scene.repository.policies.campaigns.get(own)
  const whole = radiusOf(select, scene)
  if (whole.bundles.length === 0) throw new Refusal("what is selected is no version in use", "scb status lists them")
  const inWaves = waves ?? { size: firstEnvironment(whole), every: "1h" }
  const radius = radiusOf(select, scene, { name: own, waves: inWaves })
  const text = writeCampaign({
    name: own,
    select,
    before: formatInstant(known?.before ?? scene.moment.now),
    reason,
    waves: inWaves,
  })
  return { title: `rotate keys by campaign ${own}`, reason, files: campaignFile(scene, own, text), radius }
}

/** How many bundles the first environment of the rollout policy has. */
function firstEnvironment({ bundles }: BlastRadius): number {
  return bundles.filter(({ environment }) => environment === bundles[0]?.environment).length
}

function radiusOf(
  select: SelectorRequest,
  { repository, ledger, moment }: EditScene,
  by?: { readonly name: string; readonly waves: WrittenWaves },
): BlastRadius {
  const campaign = by && { name: by.name, waves: { ...by.waves, every: durationFrom(by.waves.every) } }
  const target = { kind: "selector", select: domainSelector(select), ...(campaign && { campaign }) } as const
  return blastRadius(target, repository, ledger, moment)
}
