import { TEXTS } from "../texts.ts"
import { closed, header, map, text } from "./shared.ts"

/** policies/drivers.yaml */
export const DriversForm = closed(
  {
    ...header("Drivers"),
    supported: map(
      TEXTS.name,
      text(TEXTS.range),
      'platform and the range of its versions that is supported, e.g. java: ">=4.17.0"',
    ),
  },
  "The clients that bundles may be made for.",
)
