import type { Static } from "typebox"
import type { Emergency } from "../domain/authorization/emergency.ts"
import type { EmergencyForm } from "./forms/emergency.ts"
import { instantAt, type Written } from "./written.ts"

export type WrittenEmergency = Static<typeof EmergencyForm>

/** Undefined and a finding when one of its days does not exist. */
export function emergencyFrom(written: Written<WrittenEmergency>): Emergency | undefined {
  const { name, reason, incident, reviewed } = written.value
  const from = instantAt(written, ["from"], written.value.from)
  const until = instantAt(written, ["until"], written.value.until)
  const at = reviewed && instantAt(written, ["reviewed", "at"], reviewed.at)
  if (from === undefined || until === undefined || (reviewed !== undefined && at === undefined)) return undefined
  return {
    file: written.document.file,
    name,
    reason,
    incident,
    from,
    until,
    ...(reviewed === undefined || at === undefined ? {} : { reviewed: { at, note: reviewed.note } }),
  }
}
