import { type Command, Option } from "commander"
import { parseDuration } from "../../domain/duration.ts"
import { type Instant, later, parseInstant } from "../../domain/instant.ts"
import { FAULTS, type FaultKind } from "../../domain/simulation/faults.ts"
import { renderSimulationJson, renderSimulationText } from "../../render/simulation.ts"
import { healthOption, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly from?: string
  readonly to?: string
  readonly step: string
  readonly faults?: readonly FaultKind[]
  readonly seed: string
  readonly fresh?: boolean
}

const YEAR = 365 * 86_400_000
/** Ten years of hours. */
const MOST_RUNS = 87_660

export function simulateVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "simulate",
    "what HEAD would bring about if nobody changed it: plan and apply on paper through a year, with faults; writes nothing",
    [
      "scb simulate                                            # a year from now, hour by hour",
      "scb simulate --from 2027-01-01 --to 2028-01-01 --step 6h",
      "scb simulate --faults missed-runs issuer-down publish-crash clock-skew --seed 7",
      "scb simulate --fresh --format json | jq .violations",
    ],
  )
    .option("--from <instant>", "where it begins (default: now, or --now)")
    .option("--to <instant>", "where it ends (default: a year later)")
    .option("--step <duration>", "how often apply runs, e.g. 1h", "1h")
    .addOption(new Option("--faults <kind...>", "what goes wrong on the way").choices([...FAULTS]))
    .option("--seed <text>", "where the faults lie: the same for the same seed", "1")
    .option("--fresh", "begin with nothing released, instead of with what the ledger says")
    .addOption(healthOption())
    .action(async (options: Options) => {
      const { simulateRepository } = await import("../../app/simulate.ts")
      const { io } = invocation
      const world = await openWorld(options.from === undefined ? options : { ...options, now: options.from }, io)
      const span = { from: world.now, until: endOf(options, world.now) }
      const step = stepOf(options, span)
      const { faults = [], seed, fresh = false } = options
      const simulated = await simulateRepository(world, { until: span.until, step, faults, seed, fresh })
      if (simulated.violations.length > 0) invocation.exitCode = EXIT.findings
      io.stdout(
        options.format === "json"
          ? renderSimulationJson(simulated, span)
          : renderSimulationText(simulated, span, styleOf(io)),
      )
    })
}

function endOf({ to }: Options, from: Instant): Instant {
  if (to === undefined) return later(from, YEAR)
  const until = parseInstant(to)
  if (until !== undefined && until > from) return until
  throw new UsageError(`--to: expected an instant after the beginning, e.g. 2028-01-01, got ${JSON.stringify(to)}`)
}

function stepOf({ step }: Options, { from, until }: { readonly from: Instant; readonly until: Instant }): number {
  const duration = parseDuration(step)
  if (duration === undefined) {
    throw new UsageError(`--step: expected a length of time such as 1h, got ${JSON.stringify(step)}`)
  }
  if ((until - from) / duration <= MOST_RUNS) return duration
  throw new UsageError(`--step: ${step} makes more than ${MOST_RUNS} runs`, { hint: "take longer steps, or less time" })
}
