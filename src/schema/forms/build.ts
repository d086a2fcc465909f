import { Type } from "typebox"
import { CHANNELS, REVOCATION_REASONS } from "../../domain/bundle.ts"
import type { BundleName } from "../../domain/names.ts"
import { TEXTS } from "../texts.ts"
import { closed, exactly, list, oneOf, text, variants } from "./shared.ts"

const bundle = text<BundleName>(TEXTS.bundleName)
const version = text(TEXTS.version)

const StepForm = variants("kind", [
  closed({
    kind: exactly("release"),
    bundle,
    version,
    cause: text(TEXTS.prose),
    inputDigest: text(TEXTS.sha256),
    predecessor: Type.Optional(version),
  }),
  closed({
    kind: exactly("mark"),
    bundle,
    version,
    mark: exactly("revoked"),
    revocation: closed({ reason: oneOf(REVOCATION_REASONS), incident: Type.Optional(text(TEXTS.line)) }),
  }),
  closed({ kind: exactly("point"), bundle, channel: oneOf(CHANNELS), from: Type.Optional(version), to: version }),
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
    steps: list(StepForm),
    catalog: Type.Optional(oneOf(["missing", "ledger is ahead", "half of its life is over"])),
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
