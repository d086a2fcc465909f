import { TEXTS } from "../texts.ts"
import { closed, header, text } from "./shared.ts"

/** policies/renewal.yaml */
export const RenewalForm = closed(
  {
    ...header("Renewal"),
    defaultLifetime: text(TEXTS.duration, "lifetime of certificates of bundles that do not say their own"),
  },
  "How long certificates live by default.",
)
