import { healthVerdicts, linesOf } from "../../domain/rollout/versions.ts"
import { setValue } from "../../schema/yaml-edit.ts"
import { type Edit, Refusal } from "./proposal.ts"
import { parseVersionTarget, proposal, releaseOf, subjectOf } from "./subject.ts"

export interface RetryRequest {
  readonly target: string
  /** What is other now. */
  readonly reason: string
}

/** Lets automation try a version again that has failed. */
export function retry({ target, reason }: RetryRequest): Edit {
  return scene => {
    const { bundle, version } = parseVersionTarget(target)
    const subject = subjectOf(scene, bundle)
    releaseOf(subject, version)
    const lines = linesOf(subject.history)
    const verdict = healthVerdicts(subject.history, lines).get(lines.get(version) ?? version)
    if (verdict === undefined) throw new Refusal(`${bundle} ${version} has not failed`)
    const isSpent = subject.history.marks.some(mark => mark.kind === "retried" && mark.reason === reason)
    if (verdict.kind === "failed" && isSpent) {
      throw new Refusal(
        `${bundle} ${version} was tried again for that reason and failed: ${verdict.why}`,
        "mend it, then say in another reason what is other now",
      )
    }
    const edited =
      verdict.kind === "retried" ? subject.text : setValue(subject.text, ["versions", version, "retry"], { reason })
    return proposal(subject, edited, `retry ${bundle} ${version}`, reason)
  }
}
