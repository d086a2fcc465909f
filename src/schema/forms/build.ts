import { Type } from "typebox"
import type { BundleName } from "../../domain/names.ts"
import { MOVE_REASONS } from "../../domain/release.ts"
import { RELEASE_REASONS } from "../../domain/renewal/release-reasons.ts"
import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { TEXTS } from "../texts.ts"
import { GateResultsForm } from "./gates.ts"
import { MarkingForm, RevocationForm } from "./ledger.ts"
import { SelectorForm } from "./selector.ts"
import { closed, exactly, list, oneOf, text, variants, whole } from "./shared.ts"

const bundle = text<BundleName>(TEXTS.bundleName)
const version = text(TEXTS.version)

const StepForm = variants("kind", [
  closed({
    kind: exactly("release"),
    bundle,
    version,
    change: oneOf(RELEASE_CLASSES),
    reason: oneOf(RELEASE_REASONS),
    cause: text(TEXTS.prose),
    inputDigest: text(TEXTS.sha256),
    predecessor: Type.Optional(version),
    gates: Type.Optional(GateResultsForm),
  }),
  closed({
    kind: exactly("mark"),
    bundle,
    version,
    mark: MarkingForm,
  }),
  closed({
    kind: exactly("point"),
    bundle,
    channel: text(TEXTS.channel),
    from: Type.Optional(version),
    to: Type.Optional(version),
    percent: Type.Optional(whole(1, 99)),
    reason: oneOf(MOVE_REASONS),
    cause: text(TEXTS.prose),
    gates: Type.Optional(GateResultsForm),
  }),
])

/** What `build` leaves for `publish`, beside the encrypted releases and the signed catalog. */
export const BuildForm = closed({
  apiVersion: exactly("scb/v1"),
  kind: exactly("Build"),
  plan: closed({
    format: Type.Unsafe<1>({ type: "integer", const: 1 }),
    commit: text(TEXTS.commit),
    policyDigest: text(TEXTS.sha256),
    ledgerHead: Type.Union([Type.Null(), text(TEXTS.commit)]),
    now: text(TEXTS.instant),
    invalidations: list(closed({ name: text(TEXTS.name), select: SelectorForm, revocation: RevocationForm })),
    steps: list(StepForm),
    catalog: Type.Optional(oneOf(["missing", "ledger is ahead", "half of its life is over"])),
    nextAt: Type.Optional(text(TEXTS.instant)),
  }),
  transaction: Type.Optional(
    closed({
      parent: Type.Union([Type.Null(), text(TEXTS.commit)]),
      payload: Type.String(),
      signature: Type.String(),
      files: list(closed({ path: text(TEXTS.fileName), text: Type.String() })),
    }),
  ),
})
