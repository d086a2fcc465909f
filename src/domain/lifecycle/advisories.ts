import { type Finding, finding } from "../findings.ts"
import type { BundlePlanning } from "../plan/planning.ts"
import { standingOf } from "../plan/standing.ts"
import type { MarkStep } from "../plan/steps.ts"
import type { ReleaseRecord } from "../release.ts"
import { advisoriesFor } from "../renewal/advisories.ts"
import type { Advisory } from "../revocation/campaigns.ts"
import { replacementProblem } from "./decisions.ts"
import { retirementsOf, scheduleFrom } from "./schedule.ts"

/** Deprecates what an advisory says so of, from now, in favour of the newest good version that none speaks of. */
export function* deprecationsAdvised(planning: BundlePlanning): Iterable<MarkStep | Finding> {
  const { subject, history, ledger, policies, moment } = planning
  if (![...policies.advisories.values()].some(({ response }) => response === "deprecate")) return
  const retirements = retirementsOf(history)
  const replacement = history.releases.findLast(
    release =>
      replacementProblem(planning, release.version) === undefined && deprecatedBy(planning, release) === undefined,
  )?.version
  for (const release of history.releases) {
    const { version } = release
    const advisory = deprecatedBy(planning, release)
    if (advisory === undefined || retirements.has(version)) continue
    if (standingOf(ledger.invalidations, history, release, moment) !== "active") continue
    if (replacement === undefined) {
      yield nowhere(planning, advisory, version)
      continue
    }
    const schedule = scheduleFrom(moment.now, policies.lifecycle)
    const mark = { kind: "deprecated", reason: `advisory ${advisory.name}`, replacement, schedule } as const
    yield { kind: "mark", bundle: subject.bundle.fullName, version, mark }
  }
}

function deprecatedBy(planning: BundlePlanning, release: ReleaseRecord): Advisory | undefined {
  return advisoriesFor(planning, release).find(({ response }) => response === "deprecate")
}

function nowhere({ subject, locate }: BundlePlanning, { file, name, summary }: Advisory, version: string): Finding {
  const { fullName } = subject.bundle
  const message = `${fullName} ${version} is to be deprecated by advisory ${name}, and there is no version to go to: ${summary}`
  return finding("S42", fullName, message, {
    at: locate(file, ["response"]),
    hint: "change what the advisory speaks of and have it released",
  })
}
