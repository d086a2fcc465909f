import type { Selector } from "../../domain/revocation/selector.ts"
import type { WrittenSelector } from "../../schema/selector.ts"
import { instantText } from "./subject.ts"

/** As the YAML will have it. */
export type SelectorRequest = WrittenSelector

export function domainSelector({ issuedFrom, issuedBefore, ...rest }: SelectorRequest): Selector {
  return {
    ...rest,
    ...(issuedFrom === undefined ? {} : { issuedFrom: instantText("--issued-from", issuedFrom).at }),
    ...(issuedBefore === undefined ? {} : { issuedBefore: instantText("--issued-before", issuedBefore).at }),
  }
}
