import { Type } from "typebox"
import { QUALITY_CHECKS } from "../../domain/policies.ts"
import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { TEXTS } from "../texts.ts"
import { closed, header, list, oneOf, set, text, whole } from "./shared.ts"

const CheckForm = closed({
  check: oneOf(QUALITY_CHECKS),
  maximumBytes: Type.Optional(whole(1, 1 << 30, "for size")),
  maximumTime: Type.Optional(text(TEXTS.duration, "for generation-time")),
  maximumAge: Type.Optional(text(TEXTS.duration, "for driver-matrix and live-doctor")),
  classes: Type.Optional(set(oneOf(RELEASE_CLASSES), "releases that it is asked of; absent: all")),
})

/** policies/quality.yaml */
export const QualityForm = closed(
  {
    ...header("Quality"),
    release: list(CheckForm, "what must pass before a version is released"),
    promotion: list(CheckForm, "what must pass before a channel moves on"),
    reviewers: set(text(TEXTS.name), "groups whose members may review; empty: the owners of the bundle"),
  },
  "Checks between a change and its users.",
)
