import type { Static } from "typebox"
import type { HealthPolicy } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { HealthForm } from "./forms/health.ts"
import type { Written } from "./written.ts"

export type WrittenHealth = Static<typeof HealthForm>

export function healthFrom({ document, value }: Written<WrittenHealth>): HealthPolicy {
  const { apiVersion: _version, kind: _kind, staleAfter, ...rest } = value
  return { ...rest, file: document.file, staleAfter: durationFrom(staleAfter) }
}
