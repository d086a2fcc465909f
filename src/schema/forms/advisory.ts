import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { SelectorForm } from "./selector.ts"
import { closed, header, map, oneOf, text } from "./shared.ts"

/** policies/advisories/<name>.yaml */
export const AdvisoryForm = closed(
  {
    ...header("Advisory"),
    name: text(TEXTS.name, "the name of the file, without .yaml"),
    published: text(TEXTS.instantOrDay),
    summary: text(TEXTS.line),
    select: Type.Optional(SelectorForm),
    drivers: Type.Optional(map(TEXTS.name, text(TEXTS.range), "platforms and the versions of them that are affected")),
    serials: Type.Optional(
      closed({ from: text(TEXTS.serial), to: text(TEXTS.serial) }, "certificates by serial, both ends included"),
    ),
    response: oneOf(["reissue", "deprecate", "notice"], "what is done about versions that are affected"),
  },
  "What is wrong with some clients, keys or certificates.",
)
