import type { Static } from "typebox"
import type { VersioningPolicy } from "../domain/policies.ts"
import type { VersioningForm } from "./forms/versioning.ts"
import type { Written } from "./written.ts"

export type WrittenVersioning = Static<typeof VersioningForm>

export function versioningFrom({ document, value }: Written<WrittenVersioning>): VersioningPolicy {
  return { file: document.file, raise: new Map(Object.entries(value.raise)) }
}
