import type { Static } from "typebox"
import type { Freeze, RolloutPolicy } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { RolloutForm } from "./forms/rollout.ts"
import { instantAt, type Written } from "./written.ts"

export type WrittenRollout = Static<typeof RolloutForm>

export function rolloutFrom(written: Written<WrittenRollout>): RolloutPolicy {
  const { environments, freezes, ranges = [], maximumOverride } = written.value
  return {
    file: written.document.file,
    environments,
    freezes: freezes.flatMap((freeze, index): readonly Freeze[] => {
      const from = instantAt(written, ["freezes", index, "from"], freeze.from)
      const until = instantAt(written, ["freezes", index, "until"], freeze.until)
      return from === undefined || until === undefined ? [] : [{ ...freeze, from, until }]
    }),
    ranges,
    maximumOverride: durationFrom(maximumOverride),
  }
}
