import type { Static } from "typebox"
import type { LifecyclePolicy } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { LifecycleForm } from "./forms/lifecycle.ts"
import type { Written } from "./written.ts"

export type WrittenLifecycle = Static<typeof LifecycleForm>

export function lifecycleFrom({ document, value }: Written<WrittenLifecycle>): LifecyclePolicy {
  const { phases, archiveAfter, maximumActive, maximumExtension, usageGate } = value
  return {
    file: document.file,
    deprecated: durationFrom(phases.deprecated),
    limited: durationFrom(phases.limited),
    securityOnly: durationFrom(phases.securityOnly),
    archiveAfter: durationFrom(archiveAfter),
    maximumActive,
    maximumExtension: durationFrom(maximumExtension),
    ...(usageGate === undefined ? {} : { usageGate }),
  }
}
