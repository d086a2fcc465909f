import type { Static } from "typebox"
import type { DriversPolicy } from "../domain/policies.ts"
import type { DriversForm } from "./forms/drivers.ts"
import type { Written } from "./written.ts"

export type WrittenDrivers = Static<typeof DriversForm>

export function driversFrom({ document, value }: Written<WrittenDrivers>): DriversPolicy {
  return { file: document.file, supported: new Map(Object.entries(value.supported)) }
}
