import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Fault } from "../domain/simulation/faults.ts"
import type { Violation } from "../domain/simulation/laws.ts"
import type { SimulationOutcome } from "../domain/simulation/simulation.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"

interface Simulated extends SimulationOutcome {
  readonly faults: readonly Fault[]
}

interface Span {
  readonly from: Instant
  readonly until: Instant
}

/** How many violations are shown; JSON has them all. */
const SHOWN = 20

/** What happened how often, and which law was broken when. */
export function renderSimulationText(simulated: Simulated, { from, until }: Span, style: Style): string {
  const { runs, missed, transactions, counts, busiest, faults, violations } = simulated
  const head = `${formatInstant(from)} to ${formatInstant(until)}: ${runs} runs due, ${faults.length} faults, ${transactions} transactions`
  const rows = Object.entries(counts).map(([what, count]) => [what, String(count)])
  const peak =
    busiest === undefined ? [] : [`most releases in one run: ${busiest.releases}, at ${formatInstant(busiest.at)}`]
  const skipped = missed === 0 ? [] : [`${missed} runs that had something to do did not come`]
  return `${[head, table(rows).trimEnd(), ...peak, ...skipped, ...verdict(violations, style)].filter(Boolean).join("\n")}\n`
}

function verdict(violations: readonly Violation[], style: Style): readonly string[] {
  if (violations.length === 0) return [paint("green", "no law was broken", style)]
  const shown = violations.slice(0, SHOWN)
  return [
    paint("red", `${violations.length} broken laws, each where it was first broken:`, style),
    ...shown.map(({ law, at, subject, message }) => `  ${formatInstant(at)}  ${law}: ${subject}: ${message}`),
    ...(violations.length > SHOWN ? [`  and ${violations.length - SHOWN} more (--format json)`] : []),
  ]
}

export function renderSimulationJson(simulated: Simulated, { from, until }: Span): string {
  const { runs, missed, transactions, counts, busiest, faults, violations } = simulated
  return resultJson("Simulation", {
    from: formatInstant(from),
    until: formatInstant(until),
    runs,
    missed,
    transactions,
    counts,
    ...(busiest === undefined ? {} : { busiest: { ...busiest, at: formatInstant(busiest.at) } }),
    faults: faults.map(faultToWire),
    violations: violations.map(violation => ({ ...violation, at: formatInstant(violation.at) })),
  })
}

function faultToWire(fault: Fault) {
  if (fault.kind === "publish-crash") return { ...fault, at: formatInstant(fault.at) }
  return { ...fault, from: formatInstant(fault.from), until: formatInstant(fault.until) }
}
