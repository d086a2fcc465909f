import { formatInstant } from "../instant.ts"
import type { PeoplePolicy, Principal } from "../policies.ts"
import type { NotCounted, NotCountedReason } from "./decision.ts"
import type { Actor, ChangeEvidence, Verdict } from "./evidence.ts"
import { principalOf } from "./roles.ts"

/** What people, each once, think of a change when it was merged. */
export interface Opinions {
  /** Whoever wrote part of it is not among them. */
  readonly approving: ReadonlySet<Principal>
  readonly objecting: ReadonlySet<Principal>
  readonly notCounted: readonly NotCounted[]
}

/** Only the last word of a person counts, whatever account or key it was given with. */
export function opinionsOf(evidence: ChangeEvidence, people: PeoplePolicy): Opinions {
  const contributors = new Set(evidence.contributors.map(actor => principalOf(actor, people)))
  const notCounted: NotCounted[] = []
  const words = new Map<Principal, Verdict[]>()
  for (const verdict of evidence.verdicts.filter(({ state }) => state !== "commented")) {
    const person = principalOf(verdict.by, people)
    const reason = voidBecause(verdict, person, evidence)
    if (reason !== undefined) notCounted.push(reason)
    else if (person !== undefined) words.set(person, [...(words.get(person) ?? []), verdict])
  }
  const approving = new Set<Principal>()
  const objecting = new Set<Principal>()
  for (const [person, verdicts] of words) {
    const said = [...verdicts].sort(byTime)
    const last = said.at(-1)
    if (last === undefined) continue
    notCounted.push(...said.slice(0, -1).map(earlier => superseded(person, earlier, last)))
    if (last.state === "changes-requested") objecting.add(person)
    else if (last.state === "dismissed") notCounted.push(notCountedOf(person.name, "dismissed"))
    else if (contributors.has(person)) notCounted.push(notCountedOf(person.name, "contributor"))
    else approving.add(person)
  }
  return { approving, objecting, notCounted: [...notCounted].sort(byWho) }
}

/** An objection stands although the branch has moved on: nobody has answered it. */
function voidBecause(
  { by, at, state, voidBecause: cause }: Verdict,
  person: Principal | undefined,
  evidence: ChangeEvidence,
): NotCounted | undefined {
  const who = person?.name ?? by.label
  if (by.isBot) return notCountedOf(who, "bot")
  if (cause !== undefined && !(cause.reason === "stale" && state === "changes-requested")) return { who, ...cause }
  if (at > evidence.at) return notCountedOf(who, "too-late", formatInstant(evidence.at))
  if (person === undefined) return notCountedOf(who, "not-a-principal")
  if (person.kind === "machine") return notCountedOf(who, "machine")
  return undefined
}

/** Of two things said in the same second, the worse is the later. */
const WEIGHT = { commented: 0, approved: 1, dismissed: 2, "changes-requested": 3 } as const

function byTime(a: Verdict, b: Verdict): number {
  return a.at - b.at || WEIGHT[a.state] - WEIGHT[b.state]
}

function superseded(person: Principal, earlier: Verdict, last: Verdict): NotCounted {
  const twice = earlier.state === last.state && !sameHand(earlier.by, last.by)
  return notCountedOf(person.name, twice ? "same-person" : "superseded", formatInstant(last.at))
}

function sameHand(a: Actor, b: Actor): boolean {
  return a.github === b.github && a.openpgp === b.openpgp
}

const SENTENCES = {
  contributor: who => `${who} wrote, committed or pushed part of this change: somebody else has to approve it`,
  bot: who => `${who} is a bot: only people approve`,
  machine: who => `${who} is a machine in policies/people.yaml: only people approve`,
  "not-a-principal": who => `${who} is nobody in policies/people.yaml as it was before this change`,
  "too-late": (who, at) => `${who} said so after the merge of ${at}: what counts is what was said before`,
  "same-person": (who, at) =>
    `${who} has said so once more with another account or key, at ${at}: people count, not keys`,
  superseded: (who, at) => `${who} said something else later, at ${at}: the last word counts`,
  dismissed: who => `the approval of ${who} was dismissed`,
} satisfies Partial<Record<NotCountedReason, (who: string, at: string) => string>>

function notCountedOf(who: string, reason: keyof typeof SENTENCES, at = ""): NotCounted {
  return { who, reason, sentence: SENTENCES[reason](who, at) }
}

function byWho(a: NotCounted, b: NotCounted): number {
  return compare(a.who, b.who) || compare(a.reason, b.reason) || compare(a.sentence, b.sentence)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
