import type { Json } from "../domain/json.ts"
import type { ChannelWait } from "../domain/rollout/channel.ts"
import { table } from "./style.ts"

/** A line a gate that is closed: which channel, what it would get, and what it waits for. */
export function renderWaits(waits: readonly ChannelWait[]): string {
  return table(waitRows(waits))
}

/** What it is, subject, change and gate. */
export function waitRows(waits: readonly ChannelWait[]): readonly (readonly string[])[] {
  return waits.flatMap(({ bundle, channel, from, to, percent, gates }) => {
    const whom = percent === undefined ? "" : ` for ${percent} percent`
    return gates
      .filter(({ answer, overridden }) => answer !== "pass" && overridden === undefined)
      .map(({ check, evidence }) => [
        "waits",
        `${bundle} ${channel}`,
        `${from} -> ${to}${whom}`,
        `${check}: ${evidence}`,
      ])
  })
}

export function waitJson(wait: ChannelWait): Json {
  return { ...wait, gates: wait.gates.map(gate => ({ ...gate })) }
}
