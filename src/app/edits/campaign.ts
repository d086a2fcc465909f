import type { Revocation } from "../../domain/bundle.ts"
import type { Json } from "../../domain/json.ts"
import { removeValue, setValue } from "../../schema/yaml-edit.ts"
import { textOf } from "../read-repository.ts"
import { missingFiles, newYaml } from "./new-file.ts"
import { type Edit, type EditScene, Refusal } from "./proposal.ts"
import type { SelectorRequest } from "./selector-request.ts"
import { known } from "./subject.ts"

export interface WrittenWaves {
  readonly size: number
  readonly every: string
}

/** A new policies/campaigns/<name>.yaml, as it is written. */
export interface NewCampaign {
  readonly name: string
  readonly select: SelectorRequest
  /** Absent: what is selected is replaced, and goes on working until it expires. */
  readonly revoke?: Revocation
  /** Needed where nothing is revoked. */
  readonly before?: string
  readonly reason: string
  readonly waves?: WrittenWaves
}

export function writeCampaign(campaign: NewCampaign): string {
  const members = Object.entries(campaign).map(([key, value]) => [key, toJson(value)])
  return newYaml("../schemas/campaign.schema.json", {
    apiVersion: "scb/v1",
    kind: "Campaign",
    ...Object.fromEntries(members),
  })
}

/** Nothing to write where the campaign stands already as it should. Throws {@link Refusal} for another of the name. */
export function campaignFile(scene: EditScene, name: string, text: string): ReadonlyMap<string, string> {
  const files = missingFiles(scene, new Map([[`policies/campaigns/${name}.yaml`, text]]))
  if (files !== undefined) return files
  throw new Refusal(`there is a campaign ${name} already, with something else in it`, "choose another with --name")
}

export interface CampaignChange {
  readonly name: string
  readonly to: "paused" | "resumed" | "aborted"
  readonly why?: string
}

/** Stops the waves of a campaign, lets them go on, or ends them. What it has revoked stays revoked. */
export function changeCampaign({ name, to, why }: CampaignChange): Edit {
  return scene => {
    const { campaigns } = scene.repository.policies
    const campaign = campaigns.get(name)
    if (campaign === undefined) {
      throw new Refusal(`there is no campaign ${name}`, known([...campaigns.keys()]))
    }
    const { waves, file } = campaign
    if (waves === undefined) throw new Refusal(`the campaign ${name} has no waves: all is replaced at once`)
    if (waves.aborted !== undefined && to !== "aborted") {
      throw new Refusal(`the campaign ${name} was aborted: ${waves.aborted.reason}`, "write a new one for the rest")
    }
    const text = textOf(scene.tree, file)
    const edited = to === "resumed" ? removeValue(text, ["waves", "paused"]) : withStop(text, to, why)
    const files = new Map(edited === text ? [] : [[file, edited]])
    const reason = why === undefined ? {} : { reason: why }
    return { title: `${VERBS[to]} campaign ${name}`, files, ...reason, reduces: true }
  }
}

const VERBS = { paused: "pause", resumed: "resume", aborted: "abort" } as const

function withStop(text: string, stop: "paused" | "aborted", why: string | undefined): string {
  if (why === undefined) throw new Refusal(`expected --why: the reason for which it is ${stop}`)
  return setValue(text, ["waves", stop], { reason: why })
}

function toJson(value: string | Revocation | SelectorRequest | WrittenWaves): Json {
  return typeof value === "string" ? value : ({ ...value } as Json)
}
