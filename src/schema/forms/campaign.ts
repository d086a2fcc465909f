import { Type } from "typebox"
import { REVOCATION_REASONS } from "../../domain/bundle.ts"
import { TEXTS } from "../texts.ts"
import { SelectorForm } from "./selector.ts"
import { closed, header, oneOf, text, whole } from "./shared.ts"

const Stopped = closed({ reason: text(TEXTS.line) })

/** policies/campaigns/<name>.yaml */
export const CampaignForm = closed(
  {
    ...header("Campaign"),
    name: text(TEXTS.name, "the name of the file, without .yaml"),
    select: SelectorForm,
    revoke: Type.Optional(
      closed(
        { reason: oneOf(REVOCATION_REASONS, "as in RFC 5280 §5.3.1"), incident: Type.Optional(text(TEXTS.line)) },
        "takes all of it back, for ever; without it, what is selected is only replaced",
      ),
    ),
    before: Type.Optional(text(TEXTS.instantOrDay, "what was published before it is replaced")),
    reason: text(TEXTS.line),
    waves: Type.Optional(
      closed(
        {
          size: whole(1, 100_000, "bundles in one wave"),
          every: text(TEXTS.duration),
          paused: Type.Optional(Stopped),
          aborted: Type.Optional(Stopped),
        },
        "replacements come one wave after the other; absent: all at once",
      ),
    ),
  },
  "One decision about many versions.",
)
