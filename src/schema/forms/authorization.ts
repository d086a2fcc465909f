import { Type } from "typebox"
import { CHANGE_CLASSES } from "../../domain/authorization/approvals-policy.ts"
import { TEXTS } from "../texts.ts"
import { closed, header, list, oneOf, text, whole } from "./shared.ts"

const words = Type.String()
const instant = text(TEXTS.instant)
const revision = whole(1, Number.MAX_SAFE_INTEGER)

/** Up to which commit of `main` all changes were authorised, in ledger.yaml. */
export const AuthorizedUpToForm = closed({
  commit: text(TEXTS.commit),
  revision: Type.Optional(revision),
})

const ActorForm = closed({
  github: Type.Optional(whole(0, Number.MAX_SAFE_INTEGER)),
  openpgp: Type.Optional(text(TEXTS.fingerprint)),
  label: words,
  isBot: Type.Boolean(),
})

const VerdictForm = closed({
  by: ActorForm,
  state: oneOf(["approved", "changes-requested", "dismissed", "commented"]),
  at: instant,
  id: words,
  voidBecause: Type.Optional(
    closed({
      reason: oneOf(["stale", "other-context", "too-late", "bad-signature", "unknown-person"]),
      sentence: words,
    }),
  ),
})

const EvidenceForm = closed({
  kind: oneOf(["github-reviews", "signed-approvals"]),
  source: words,
  context: closed({ repository: words, branch: words, base: words, tree: words }),
  at: instant,
  contributors: list(ActorForm),
  verdicts: list(VerdictForm),
  problems: list(words),
  guard: Type.Optional(
    closed({
      readAt: instant,
      rules: list(closed({ name: words, state: oneOf(["holds", "broken", "unknown"]), detail: words })),
    }),
  ),
})

/** approvals/<commit>.yaml of the ledger: how one commit of `main` was judged, and by what. */
export const AuthorizationRecordForm = closed({
  ...header("AuthorizationRecord"),
  commit: text(TEXTS.commit),
  verdict: oneOf(["authorized", "anchor"]),
  revision: Type.Optional(revision),
  items: list(
    closed({
      path: words,
      class: oneOf(CHANGE_CLASSES),
      effect: oneOf(["grant", "reduce", "neutral"]),
      cluster: Type.Optional(words),
      environment: Type.Optional(words),
      bundle: Type.Optional(words),
      version: Type.Optional(words),
      touches: Type.Optional(list(words)),
      declares: Type.Optional(oneOf(["emergency"])),
      held: Type.Optional(closed({ channel: words, stood: words })),
      what: words,
    }),
  ),
  quorums: list(
    closed({
      rule: words,
      from: words,
      count: whole(0, Number.MAX_SAFE_INTEGER),
      counted: list(words),
      missing: whole(0, Number.MAX_SAFE_INTEGER),
      candidates: list(words),
    }),
  ),
  notCounted: list(closed({ who: words, reason: words, sentence: words })),
  emergency: Type.Optional(closed({ name: words, reviewBy: instant })),
  evidence: Type.Optional(EvidenceForm),
})
