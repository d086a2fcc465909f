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
  S45: {
    severity: "warning",
    title: "a campaign that has revoked stays written",
    why: "Revoked is for ever: taking the campaign away, or narrowing it, brings nothing back and hides why it went.",
    mend: "Put the campaign back as it was recorded.",
  },
  S46: {
    severity: "error",
    title: "a campaign that has revoked is not widened",
    why: "What it revoked was fixed when it was recorded: what was added to its selector since is not revoked.",
    mend: "Put its selector back, and write a new campaign for the rest.",
  },
  S47: {
    severity: "warning",
    title: "a campaign selects some versions, and not all",
    why: "A selector that misses everything most likely has a slip in it; one that hits everything had better be meant.",
    mend: "Look at the selector, e.g. with `scb revoke --dry-run`; take a campaign away whose work is done.",
  },
  S48: {
    severity: "warning",
    title: "revocation lists are signed with every catalog",
    why: "Without the issuer's key the old list stays: gateways learn of revocations no sooner, and refuse everybody once it has ended.",
    mend: "Give the next run the key of the issuer; its certificate must allow cRLSign.",
  },
  S49: {
    severity: "error",
    title: "all invalidations fit into the catalog's index",
    why: "Every client reads all of them, for ever, and refuses an index that is too large.",
    mend: "Select by cluster, issuer, owner or time instead of by long lists of serials or keys.",
  },
} as const satisfies Record<string, FindingRule>
