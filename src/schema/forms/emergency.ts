import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, header, text } from "./shared.ts"

/** policies/emergencies/<name>.yaml */
export const EmergencyForm = closed(
  {
    ...header("Emergency"),
    name: text(TEXTS.name, "the name of the file, without .yaml"),
    reason: text(TEXTS.line),
    incident: text(TEXTS.line, "where it is written up, e.g. INC-12"),
    from: text(TEXTS.instantOrDay),
    until: text(TEXTS.instantOrDay, "at most as long as policies/approvals.yaml allows"),
    reviewed: Type.Optional(
      closed(
        { at: text(TEXTS.instantOrDay), note: text(TEXTS.line, "what was found") },
        "once somebody has looked at what was done under it",
      ),
    ),
  },
  "While it lasts, fewer people approve.",
)
