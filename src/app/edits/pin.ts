import { DEFAULT_CHANNELS } from "../../domain/bundle.ts"
import type { Json } from "../../domain/json.ts"
import { readValue, removeValue, setValue } from "../../schema/yaml-edit.ts"
import type { Edit } from "./proposal.ts"
import { channelOf, futureText, offeredVersion, proposal, type Subject, subjectOf } from "./subject.ts"

export interface PinRequest {
  readonly bundle: string
  readonly channel: string
  readonly version: string
  readonly reason: string
  readonly until?: string
}

/** Holds a channel where it is told to be. */
export function pin({ bundle, channel, version, reason, until }: PinRequest): Edit {
  return scene => {
    const subject = subjectOf(scene, bundle)
    channelOf(subject, channel)
    offeredVersion(subject, version)
    const end = until === undefined ? undefined : futureText(scene, "--until", until).text
    const held = withPin(subject, channel, { pin: version, reason, ...(end === undefined ? {} : { until: end }) })
    return proposal(subject, held, `pin ${bundle} ${channel} to ${version}`, reason)
  }
}

/** Lifts the hold of a channel, whoever put it there. */
export function unpin({
  bundle,
  channel,
  reason,
}: Pick<PinRequest, "bundle" | "channel"> & { readonly reason?: string }): Edit {
  return scene => {
    const subject = subjectOf(scene, bundle)
    channelOf(subject, channel)
    return proposal(subject, withoutPin(subject, channel), `unpin ${bundle} ${channel}`, reason)
  }
}

export type WrittenPin = { readonly pin: string; readonly reason: string; readonly until?: string }

/** Everything about the hold before it goes with it. */
export function withPin({ text }: Subject, channel: string, pinned: WrittenPin): string {
  const cleared = pinned.until === undefined ? removeValue(text, ["channels", channel, "until"]) : text
  return Object.entries(pinned).reduce(
    (all, [key, value]: [string, Json]) => setValue(all, ["channels", channel, key], value),
    cleared,
  )
}

/** A channel that always exists needs no line of its own once nothing is left to say in it. */
export function withoutPin({ bundle, text }: Subject, channel: string): string {
  if (bundle.channels.get(channel)?.pin === undefined) return text
  const lifted = ["pin", "reason", "until"].reduce((all, key) => removeValue(all, ["channels", channel, key]), text)
  const isDefault = DEFAULT_CHANNELS.some(name => name === channel)
  return isDefault ? removeEmpty(removeEmpty(lifted, ["channels", channel]), ["channels"]) : lifted
}

function removeEmpty(text: string, path: readonly string[]): string {
  const value = readValue(text, path)
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0
  return isEmpty ? removeValue(text, path) : text
}
