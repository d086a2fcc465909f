import { formatInstant } from "../../domain/instant.ts"
import type { ReleaseClass } from "../../domain/versions/change.ts"
import { removeValue, setValue } from "../../schema/yaml-edit.ts"
import { type Edit, Refusal } from "./proposal.ts"
import { proposal, type Subject, subjectOf } from "./subject.ts"

export interface ReleaseRequest {
  readonly bundle: string
  /** The least class of the next release, or that there is none. */
  readonly bump?: Exclude<ReleaseClass, "renewal"> | "none"
  /** Why there is to be a new version now, with a new certificate, though nothing else has changed. */
  readonly reason?: string
}

/** Asks for a new version, or for how much of a change the next one is to count. */
export function release({ bundle, bump, reason }: ReleaseRequest): Edit {
  return scene => {
    const subject = subjectOf(scene, bundle)
    if (bump === undefined && reason === undefined) {
      throw new Refusal("expected --reason for a new version now, --bump for its class, or both")
    }
    const asked = reason === undefined ? subject.text : withReissue(subject, reason)
    const what = reason === undefined ? `let the next version of ${bundle} count as ${bump}` : `release ${bundle}`
    return proposal(subject, withBump(asked, bump), what, reason)
  }
}

function withBump(text: string, bump: ReleaseRequest["bump"]): string {
  if (bump === undefined) return text
  return bump === "none" ? removeValue(text, ["bump"]) : setValue(text, ["bump"], bump)
}

/** What was asked for in the same words and has not been done yet is not asked for again. */
function withReissue({ scene, bundle, history, text }: Subject, reason: string): string {
  const newest = history.releases.at(-1)
  const isPending =
    bundle.reissue?.reason === reason && (newest === undefined || newest.publishedAt < bundle.reissue.before)
  return isPending ? text : setValue(text, ["reissue"], { before: formatInstant(scene.moment.now), reason })
}
