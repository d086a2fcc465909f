import { formatInstant } from "../domain/instant.ts"
import { lastEnd, type RotationStatus, type RotationStep } from "../domain/rotation/rotation.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

const SHOWN = 3

/** A line a step: how far it is, what to do, and what it waits for. */
export function renderRotationText({ cluster, kind, steps, consumers }: RotationStatus, style: Style): string {
  const rows = steps.flatMap(step => [
    [step.state, step.name, step.what],
    ...(step.waitsFor.length === 0 ? [] : [["", "", `waits for ${waiting(step)}`]]),
  ])
  const seen = consumers === undefined ? "" : `${counted(consumers, "consumer")} seen on versions that are waited for\n`
  return `${paint("bold", `${kind} of ${cluster}`, style)}\n${table(rows)}${seen}`
}

function waiting({ waitsFor }: RotationStep): string {
  const names = waitsFor.slice(0, SHOWN).map(({ bundle, version }) => `${bundle} ${version}`)
  const more = waitsFor.length > SHOWN ? ` and ${waitsFor.length - SHOWN} more` : ""
  const end = lastEnd(waitsFor)
  return `${names.join(", ")}${more}${end === undefined ? "" : `, until ${formatInstant(end)} at the latest`}`
}

export function renderRotationJson({ kind, steps, ...status }: RotationStatus): string {
  return resultJson("Rotation", {
    ...status,
    rotation: kind,
    steps: steps.map(({ waitsFor, ...step }) => ({
      ...step,
      waitsFor: waitsFor.map(({ bundle, version, endsAt }) => ({ bundle, version, endsAt: formatInstant(endsAt) })),
    })),
  })
}
