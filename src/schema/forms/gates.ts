import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, list, oneOf, text } from "./shared.ts"

/** What let a version or a move through, as the ledger keeps it. */
export const GateResultsForm = list(
  closed({
    check: text(TEXTS.name),
    answer: oneOf(["pass", "fail", "inconclusive"]),
    evidence: text(TEXTS.prose),
    overridden: Type.Optional(text(TEXTS.prose)),
  }),
)
