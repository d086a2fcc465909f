import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, header, text, whole } from "./shared.ts"

/** policies/lifecycle.yaml */
export const LifecycleForm = closed(
  {
    ...header("Lifecycle"),
    phases: closed(
      {
        deprecated: text(TEXTS.duration, "still supported; a notice says where to go"),
        limited: text(TEXTS.duration, "given out only to those who ask for the very version"),
        securityOnly: text(TEXTS.duration, "replaced only for reasons of security"),
      },
      "how long each phase lasts before the next begins; after them comes the end of life",
    ),
    archiveAfter: text(TEXTS.duration, "from the end of life to the archive"),
    maximumActive: whole(1, 100, "versions of one bundle that are not yet on their way out; older ones are deprecated"),
    maximumExtension: text(TEXTS.duration, "by which an emergency may put off the end of life"),
    usageGate: Type.Optional(
      closed(
        { maximumConsumers: whole(0, 1_000_000) },
        "where use is known: a phase does not begin while more consumers than this still use the version",
      ),
    ),
  },
  "How long versions live on after they have been deprecated.",
)
