import { RELEASE_CLASSES } from "../../domain/versions/change.ts"
import { nextVersion } from "../../domain/versions/versions.ts"
import { append, setValue } from "../../schema/yaml-edit.ts"
import { type Edit, Refusal } from "./proposal.ts"
import { known, parseVersionTarget, proposal, releaseOf, type Subject, subjectOf } from "./subject.ts"

export interface ReviewRequest {
  readonly target: string
  readonly by: readonly string[]
  readonly reason?: string
}

/** Says who has looked at a version, also at one that is only planned. */
export function review({ target, by, reason }: ReviewRequest): Edit {
  return scene => {
    const { bundle, version } = parseVersionTarget(target)
    const subject = subjectOf(scene, bundle)
    if (!isNext(subject, version)) releaseOf(subject, version)
    const { principals } = scene.repository.policies.people
    const persons = [...principals.values()].filter(({ kind }) => kind === "person").map(({ name }) => name)
    const stranger = by.find(name => !persons.includes(name))
    if (stranger !== undefined) {
      throw new Refusal(`there is no person ${stranger} in policies/people.yaml`, known(persons))
    }
    const path = ["versions", version, "reviewed"]
    const written = subject.bundle.versions.get(version)?.reviewed?.by ?? []
    const named = by
      .filter(name => !written.includes(name))
      .reduce((text, name) => append(text, [...path, "by"], name), subject.text)
    const edited = reason === undefined ? named : setValue(named, [...path, "reason"], reason)
    return proposal(subject, edited, `review ${bundle} ${version} by ${by.join(", ")}`, reason)
  }
}

/** A version that waits for its review is in no plan yet: it has one of the numbers that can come next. */
function isNext({ history }: Subject, version: string): boolean {
  const newest = history.releases.at(-1)?.version
  return RELEASE_CLASSES.some(change => nextVersion(newest, change) === version)
}
