import type { Static } from "typebox"
import { type RenewalPolicy, TRIGGERS } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { RenewalForm } from "./forms/renewal.ts"
import type { Written } from "./written.ts"

export type WrittenRenewal = Static<typeof RenewalForm>

const HOUR = 3_600_000

export function renewalFrom({ document, value }: Written<WrittenRenewal>): RenewalPolicy {
  const { defaultLifetime, afterPercent = 66, jitterPercent = 6, backoff, triggers } = value
  return {
    file: document.file,
    defaultLifetime: durationFrom(defaultLifetime),
    afterPercent,
    jitterPercent,
    backoff:
      backoff === undefined
        ? { first: HOUR, most: 32 * HOUR }
        : { first: durationFrom(backoff.first), most: durationFrom(backoff.most) },
    triggers: Object.fromEntries(
      TRIGGERS.map(trigger => [trigger, triggers?.[trigger] ?? "release"]),
    ) as RenewalPolicy["triggers"],
  }
}
