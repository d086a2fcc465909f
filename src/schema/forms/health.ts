import { Type } from "typebox"
import type { BundleName } from "../../domain/names.ts"
import { TEXTS } from "../texts.ts"
import { closed, exactly, header, list, oneOf, text, variants, whole } from "./shared.ts"

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

const seenOf = { bundle: text<BundleName>(TEXTS.bundleName), version: text(TEXTS.version), at: text(TEXTS.instant) }
const count = (description: string) => whole(0, Number.MAX_SAFE_INTEGER, description)

/** What `--health` reads. */
export const HealthFactsForm = closed(
  {
    ...header("HealthFacts"),
    facts: list(
      variants("kind", [
        closed({
          kind: exactly("traffic", "counters of those who use it"),
          ...seenOf,
          samples: count("connections tried since the version was given out"),
          failures: count("those of them that failed"),
          consumers: Type.Optional(count("different ones")),
        }),
        closed({ kind: exactly("probe", "one connection, made for the purpose"), ...seenOf, healthy: Type.Boolean() }),
      ]),
    ),
  },
  "What was seen of versions in use.",
)
