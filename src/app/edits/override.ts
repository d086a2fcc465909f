import { formatDuration } from "../../domain/duration.ts"
import { formatInstant, later } from "../../domain/instant.ts"
import { PROMOTION_GATES, type PromotionGate } from "../../domain/rollout/gates.ts"
import { append, setValue } from "../../schema/yaml-edit.ts"
import { type Edit, Refusal } from "./proposal.ts"
import { futureText, known, proposal, type Subject, subjectOf } from "./subject.ts"

export interface OverrideRequest {
  readonly bundle: string
  readonly gate: string
  readonly reason: string
  /** Absent: for a day, or as long as policy lets a gate be open. */
  readonly until?: string
}

const DAY = 86_400_000

/** Opens a gate by hand, for a reason and a time. */
export function override({ bundle, gate, reason, until }: OverrideRequest): Edit {
  return scene => {
    const subject = subjectOf(scene, bundle)
    const found = PROMOTION_GATES.find(each => each === gate)
    if (found === undefined) throw new Refusal(`there is no gate ${gate}`, known(PROMOTION_GATES))
    return proposal(subject, withOpen(subject, [found], reason, until), `open ${gate} of ${bundle}`, reason)
  }
}

/** The text with each gate open. One that is open already stays open until then, unless another end is asked for. */
export function withOpen(
  subject: Subject,
  gates: readonly PromotionGate[],
  reason: string,
  until: string | undefined,
): string {
  const { scene, bundle } = subject
  const { maximumOverride } = scene.repository.policies.rollout
  const latest = later(scene.moment.now, maximumOverride)
  const end = until === undefined ? undefined : futureText(scene, "--until", until)
  if (end !== undefined && end.at > latest) {
    throw new Refusal(
      `--until: expected at most ${formatDuration(maximumOverride)} from now, ${formatInstant(latest)}, got ${end.text}`,
    )
  }
  const usual = formatInstant(later(scene.moment.now, Math.min(DAY, maximumOverride)))
  return gates.reduce((text, gate) => {
    const index = bundle.overrides.findIndex(each => each.gate === gate)
    const open = bundle.overrides[index]
    if (open === undefined) return append(text, ["overrides"], { gate, reason, until: end?.text ?? usual })
    const isOpen = !scene.moment.reached(open.until)
    if (isOpen && open.reason === reason && (end === undefined || end.at === open.until)) return text
    return setValue(text, ["overrides", index], { gate, reason, until: end?.text ?? usual })
  }, subject.text)
}
