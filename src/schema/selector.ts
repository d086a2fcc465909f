import type { Static } from "typebox"
import type { Invalidation } from "../domain/release.ts"
import type { Selector } from "../domain/revocation/selector.ts"
import type { InvalidationForm } from "./forms/ledger.ts"
import type { SelectorForm } from "./forms/selector.ts"
import { instantFromWire } from "./instants.ts"
import type { Path } from "./problems.ts"
import { instantAt, type Written } from "./written.ts"

export type WrittenSelector = Static<typeof SelectorForm>
type WrittenInvalidation = Static<typeof InvalidationForm>

/** As people write it, with days for instants. */
export function selectorFrom(written: Written<unknown>, path: Path, selector: WrittenSelector): Selector {
  const { issuedFrom, issuedBefore, ...rest } = selector
  const from = issuedFrom === undefined ? undefined : instantAt(written, [...path, "issuedFrom"], issuedFrom)
  const before = issuedBefore === undefined ? undefined : instantAt(written, [...path, "issuedBefore"], issuedBefore)
  return {
    ...rest,
    ...(from === undefined ? {} : { issuedFrom: from }),
    ...(before === undefined ? {} : { issuedBefore: before }),
  }
}

/** Throws {@link ImpossibleInstant}. */
export function selectorFromWire({ issuedFrom, issuedBefore, ...rest }: WrittenSelector): Selector {
  return {
    ...rest,
    ...(issuedFrom === undefined ? {} : { issuedFrom: instantFromWire(issuedFrom) }),
    ...(issuedBefore === undefined ? {} : { issuedBefore: instantFromWire(issuedBefore) }),
  }
}

export function invalidationFromWire({ at, select, ...rest }: WrittenInvalidation): Invalidation {
  return { ...rest, at: instantFromWire(at), select: selectorFromWire(select) }
}
