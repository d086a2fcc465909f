import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, header, oneOf, text, whole } from "./shared.ts"

/** policies/health.yaml */
export const HealthForm = closed(
  {
    ...header("Health"),
    whenUnknown: oneOf(["pause", "time-alone"], "without facts: wait for them, or let time alone decide"),
    minimumSamples: whole(1, 1_000_000, "connections that must have been seen before their failures say anything"),
    maximumFailurePercent: whole(0, 100, "of connections that may fail"),
    staleAfter: text(TEXTS.duration, "older facts say nothing"),
    rollback: Type.Optional(
      closed(
        {
          failurePercent: whole(1, 100),
          minimumSamples: whole(1, 1_000_000),
          failedProbes: whole(1, 1_000, "in a row"),
        },
        "what takes a version back by itself",
      ),
    ),
  },
  "What is asked of a version before more consumers get it.",
)
