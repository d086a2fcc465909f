import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, header, list, set, text } from "./shared.ts"

/** policies/rollout.yaml */
export const RolloutForm = closed(
  {
    ...header("Rollout"),
    environments: set(text(TEXTS.name), "in the order in which a change of an application reaches them"),
    freezes: list(
      closed({
        name: text(TEXTS.name),
        from: text(TEXTS.instantOrDay),
        until: text(TEXTS.instantOrDay),
        environments: Type.Optional(set(text(TEXTS.name), "absent: all")),
        reason: text(TEXTS.line),
      }),
      "when nothing is promoted; renewals go on",
    ),
    ranges: Type.Optional(
      list(
        closed({
          application: text(TEXTS.name),
          environment: Type.Optional(text(TEXTS.name, "absent: all")),
          versions: text(TEXTS.range),
          reason: text(TEXTS.line),
        }),
        "the versions of an application that channels may follow",
      ),
    ),
    maximumOverride: text(TEXTS.duration, "for how long an override may open a gate"),
  },
  "How versions reach their users.",
)
