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
  S35: {
    severity: "note",
    title: "nobody stays on a version that is on its way out",
    why: "It is given out for less and less, and then no more; the note becomes a warning in the last fortnight before each phase.",
    mend: "Go to the replacement that it names. In an emergency, the end is put off by `extended`.",
  },
  S36: {
    severity: "error",
    title: "nothing is deprecated in the past",
    why: "Its users would lose the time that the lifecycle policy promises them.",
    mend: "Write today or a later day after `from:`; `revoked` is for what must stop at once.",
  },
  S37: {
    severity: "error",
    title: "dates that were announced stand",
    why: "People have planned by them. They are in the ledger, and go on whatever the YAML says.",
    mend: "Write the dates that the finding names. In an emergency, `extended` puts the end off.",
  },
  S38: {
    severity: "error",
    title: "a version on its way out has a good one in its place",
    why: "People must not be sent to what is missing, dead, or on its way out itself.",
    mend: "Name an active version after `replacement:`.",
  },
  S39: {
    severity: "error",
    title: "no version is withheld before its replacement is given out",
    why: "The phase waits until a channel has led there for a day: otherwise those who fetch would be left with nothing.",
    mend: "Let a channel lead to the replacement, or name one that a channel leads to.",
  },
  S40: {
    severity: "warning",
    title: "no version is withheld that many still use",
    why: "The lifecycle policy has a usage gate, and consumers were seen that still use it.",
    mend: "Move them to the replacement; or open the gate `usage` by an override, for a reason and a time.",
  },
  S41: {
    severity: "error",
    title: "an end of life is put off in time, and not for ever",
    why: "An extension without bounds is a way to keep what everybody was promised to be rid of.",
    mend: "Ask before the end of life, for no more than `maximumExtension` of the lifecycle policy.",
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
  S30: {
    severity: "note",
    title: "what is due is released, where policy says so",
    why: "policies/renewal.yaml answers this trigger with a notice: people decide.",
    mend: "Ask for it with `reissue` in the bundle, or let the trigger release by itself.",
  },
  S31: {
    severity: "warning",
    title: "a release that is due can be made",
    why: "The last attempt failed. The next waits, twice as long each time, but never so long that a certificate expires.",
    mend: "The error says what is wrong. A changed input, or `reissue` in the bundle, is tried at once.",
  },
  S32: {
    severity: "error",
    title: "what is in use is replaced before a tenth of its life is left",
    why: "Its clients will be refused on its last day.",
    mend: "Make the release possible: the issuer, its key, the trigger in policies/renewal.yaml.",
  },
  S33: {
    severity: "error",
    title: "a renewal prolongs, and does not follow the last one at once",
    why: "An issuer that cuts lifetimes short would have every run renew everything, for nothing.",
    mend: "Find out why the issuer's certificates end early, or replace it.",
  },
  S34: {
    severity: "note",
    title: "no advisory concerns a version in use",
    why: "An advisory in policies/advisories, to which the answer is a notice, speaks of it.",
    mend: "Do what the advisory says; take its file away when it is settled.",
  },
} as const satisfies Record<string, FindingRule>
