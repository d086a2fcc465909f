import { Type } from "typebox"
import { TRIGGERS } from "../../domain/policies.ts"
import { TEXTS } from "../texts.ts"
import { closed, header, oneOf, text, whole } from "./shared.ts"

const response = Type.Optional(
  oneOf(["release", "notice"], "release a new version by itself, or tell people and wait for them"),
)

/** policies/renewal.yaml */
export const RenewalForm = closed(
  {
    ...header("Renewal"),
    defaultLifetime: text(TEXTS.duration, "lifetime of certificates of bundles that do not say their own"),
    afterPercent: Type.Optional(
      whole(10, 90, "share of a certificate's life after which it is renewed at the latest; 66 unless said"),
    ),
    jitterPercent: Type.Optional(
      whole(0, 30, "by which share of its life some are renewed earlier, so that not all come at once; 6 unless said"),
    ),
    backoff: Type.Optional(
      closed(
        { first: text(TEXTS.duration), most: text(TEXTS.duration) },
        "between attempts that fail: twice as long each time; 1h and 32h unless said",
      ),
    ),
    triggers: Type.Optional(
      closed(
        Object.fromEntries(TRIGGERS.map(trigger => [trigger, response])) as Record<
          (typeof TRIGGERS)[number],
          typeof response
        >,
        "what is done when versions become due; release unless said",
      ),
    ),
  },
  "How long certificates live, and when and why they are renewed.",
)
