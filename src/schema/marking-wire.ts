import type { Static } from "typebox"
import type { DeprecationSchedule, Marking } from "../domain/release.ts"
import type { MarkingForm } from "./forms/ledger.ts"
import { instantFromWire } from "./instants.ts"

type WrittenMarking = Static<typeof MarkingForm>
type WrittenSchedule = Extract<WrittenMarking, { readonly kind: "deprecated" }>["schedule"]

/** What a mark says. Throws {@link ImpossibleInstant}. */
export function markingFromWire(written: WrittenMarking): Marking {
  switch (written.kind) {
    case "deprecated":
      return { ...written, schedule: scheduleFromWire(written.schedule) }
    case "extended":
      return { ...written, until: instantFromWire(written.until) }
    default:
      return written
  }
}

function scheduleFromWire(written: WrittenSchedule): DeprecationSchedule {
  const { from, limitedAt, securityOnlyAt, endOfLifeAt, archivedAt } = written
  return {
    from: instantFromWire(from),
    limitedAt: instantFromWire(limitedAt),
    securityOnlyAt: instantFromWire(securityOnlyAt),
    endOfLifeAt: instantFromWire(endOfLifeAt),
    archivedAt: instantFromWire(archivedAt),
  }
}
