import type { Static } from "typebox"
import type { QualityCheck, QualityPolicy } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { QualityForm } from "./forms/quality.ts"
import type { Written } from "./written.ts"

export type WrittenQuality = Static<typeof QualityForm>

export function qualityFrom({ document, value }: Written<WrittenQuality>): QualityPolicy {
  const { release, promotion, reviewers } = value
  return { file: document.file, release: release.map(checkFrom), promotion: promotion.map(checkFrom), reviewers }
}

function checkFrom(written: WrittenQuality["release"][number]): QualityCheck {
  const { check, maximumBytes, maximumTime, maximumAge, classes } = written
  const time = maximumTime ?? maximumAge
  const maximum = time === undefined ? maximumBytes : durationFrom(time)
  return { check, ...(maximum === undefined ? {} : { maximum }), ...(classes === undefined ? {} : { classes }) }
}
