import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { TEXTS } from "../texts.ts"
import { closed, header, map, oneOf } from "./shared.ts"

/** policies/versioning.yaml */
export const VersioningForm = closed(
  {
    ...header("Versioning"),
    raise: map(
      TEXTS.member,
      oneOf(RELEASE_CLASSES),
      "the least class of a change of this member of the release input; never lowers what it is by itself",
    ),
  },
  "What counts as how much of a change.",
)
