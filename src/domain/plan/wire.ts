/** How what has instants in it is written down: the same, with instants as text. Reading it back is for the front door. */
import type { CatalogDeprecation } from "../catalog.ts"
import { formatInstant, type Instant } from "../instant.ts"
import type { DeprecationSchedule, Invalidation, Marking } from "../release.ts"
import type { Selector } from "../revocation/selector.ts"
import type { Plan } from "./plan.ts"

/** `T` with text wherever it has an instant. */
export type Wire<T> = T extends Instant
  ? string
  : T extends string | number | boolean | null | undefined
    ? T
    : { readonly [K in keyof T]: Wire<T[K]> }

export function selectorToWire({ issuedFrom, issuedBefore, ...rest }: Selector): Wire<Selector> {
  return {
    ...rest,
    ...(issuedFrom === undefined ? {} : { issuedFrom: formatInstant(issuedFrom) }),
    ...(issuedBefore === undefined ? {} : { issuedBefore: formatInstant(issuedBefore) }),
  }
}

export function invalidationToWire({ at, select, ...rest }: Invalidation): Wire<Invalidation> {
  return { ...rest, at: formatInstant(at), select: selectorToWire(select) }
}

export function markingToWire(marking: Marking): Wire<Marking> {
  switch (marking.kind) {
    case "deprecated":
      return { ...marking, schedule: scheduleToWire(marking.schedule) }
    case "extended":
      return { ...marking, until: formatInstant(marking.until) }
    default:
      return marking
  }
}

export function planToWire({ now, nextAt, invalidations, steps, ...rest }: Plan): Wire<Plan> {
  return {
    ...rest,
    now: formatInstant(now),
    ...(nextAt === undefined ? {} : { nextAt: formatInstant(nextAt) }),
    ...changesToWire({ invalidations, steps }),
  }
}

type Changes = Pick<Plan, "invalidations" | "steps">

/** What is to be written to the ledger. */
export function changesToWire({ invalidations, steps }: Changes): Wire<Changes> {
  return {
    invalidations: invalidations.map(({ select, ...each }) => ({ ...each, select: selectorToWire(select) })),
    steps: steps.map(step => (step.kind === "mark" ? { ...step, mark: markingToWire(step.mark) } : step)),
  }
}

export function deprecationToWire({ from, endOfLifeAt, ...rest }: CatalogDeprecation): Wire<CatalogDeprecation> {
  return { ...rest, from: formatInstant(from), endOfLifeAt: formatInstant(endOfLifeAt) }
}

export function scheduleToWire({ from, limitedAt, securityOnlyAt, endOfLifeAt, archivedAt }: DeprecationSchedule) {
  return {
    from: formatInstant(from),
    limitedAt: formatInstant(limitedAt),
    securityOnlyAt: formatInstant(securityOnlyAt),
    endOfLifeAt: formatInstant(endOfLifeAt),
    archivedAt: formatInstant(archivedAt),
  } satisfies Wire<DeprecationSchedule>
}
