import { type Finding, finding } from "../findings.ts"
import { formatInstant } from "../instant.ts"
import type { Moment } from "../plan/moment.ts"
import type { Policies } from "../policies.ts"
import type { Locate } from "../repository.ts"
import { isBounded, reviewBy } from "./emergency.ts"

/** Emergencies that nobody has reviewed yet: a warning at first, an error when the time for it is over. */
export function emergencyFindings(
  { approvals, emergencies }: Pick<Policies, "approvals" | "emergencies">,
  locate: Locate,
  moment: Moment,
): readonly Finding[] {
  const policy = approvals?.emergency
  if (policy === undefined) return []
  return [...emergencies.values()].flatMap(emergency => {
    const { name, file, reviewed, from } = emergency
    if (reviewed !== undefined || !isBounded(emergency, policy) || !moment.reached(from)) return []
    const by = reviewBy(emergency, policy)
    const overdue = moment.reached(by)
    const message = `emergency ${name}: what was done under it ${overdue ? "should have been" : "is to be"} reviewed by ${formatInstant(by)}`
    return [finding(overdue ? "S53" : "S52", name, message, { at: locate(file, ["name"]) })]
  })
}
