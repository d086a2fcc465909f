import type { Static } from "typebox"
import type { RenewalPolicy } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { RenewalForm } from "./forms/renewal.ts"
import type { Written } from "./written.ts"

export type WrittenRenewal = Static<typeof RenewalForm>

export function renewalFrom({ document, value }: Written<WrittenRenewal>): RenewalPolicy {
  return { file: document.file, defaultLifetime: durationFrom(value.defaultLifetime) }
}
