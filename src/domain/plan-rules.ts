import type { FindingRule } from "./finding-rules.ts"

/** Findings that only show when what is asked for is compared with what has happened. */
export const PLAN_RULES = {
  S01: {
    severity: "error",
    title: "a decision names a version that was released",
    why: "A revocation of a number that never existed would protect nobody.",
    mend: "Name one of the versions that `scb status` lists.",
  },
  S02: {
    severity: "warning",
    title: "a bundle that was released is still declared",
    why: "Deleting the file takes nothing back: the released certificate works until it expires.",
    mend: "Put the file back and revoke its versions under `versions:`; delete it after they have expired.",
  },
  S03: {
    severity: "warning",
    title: "a revocation stays written",
    why: "Revoked is for ever: removing the line does not bring the version back, and hides why it went.",
    mend: "Put the revocation back under `versions:`.",
  },
  S04: {
    severity: "error",
    title: "a compromised key is not certified again",
    why: "The request in the repository holds the same public key whose compromise was reported.",
    mend: "Have the owner make a new key and commit its certificate request.",
  },
  S05: {
    severity: "warning",
    title: "what is planned is what is committed",
    why: "The plan is made from a commit; changes that are only in the working tree are not part of it.",
    mend: "Commit the change, or take it back.",
  },
  S50: {
    severity: "error",
    title: "a version passes the checks of the quality policy before it is released",
    why: "policies/quality.yaml names what must be right before anybody can fetch it.",
    mend: "Mend what the check names; or open the gate `quality` by an override, for a reason and a time.",
  },
  S51: {
    severity: "warning",
    title: "every check of the quality policy can be answered",
    why: "What cannot be known is no pass: the version waits.",
    mend: "Supply what the check names, e.g. a review under `versions:`, a measurement, a maximum in the policy.",
  },
} as const satisfies Record<string, FindingRule>
