import type { Duration } from "../domain/duration.ts"
import type { Instant } from "../domain/instant.ts"
import { type Fault, type FaultKind, faultsFor } from "../domain/simulation/faults.ts"
import { type SimulationOutcome, simulate } from "../domain/simulation/simulation.ts"
import { formatLedger, parseLedger } from "../schema/ledger.ts"
import { readLedger } from "./ledger.ts"
import { intentOf, trustAnchors } from "./plan.ts"
import { readSoundRepository } from "./read-repository.ts"
import type { World } from "./world.ts"

export interface SimulationOptions {
  readonly until: Instant
  readonly step: Duration
  readonly faults: readonly FaultKind[]
  /** Decides where the faults lie: the same faults for the same seed. */
  readonly seed: string
  /** From nothing, instead of from what the ledger says. */
  readonly fresh: boolean
}

export interface Simulation extends SimulationOutcome {
  readonly faults: readonly Fault[]
}

/**
 * What HEAD would bring about from now on if nobody changed it. Nothing is made, signed or written. Throws
 * `invalid-repository`, and a plain Error when the ledger at the end does not survive being written down.
 */
export async function simulateRepository(
  world: Pick<World, "workspace" | "ledger" | "platforms" | "health" | "now">,
  options: SimulationOptions,
): Promise<Simulation> {
  const { until, step, seed } = options
  const { commit, tree } = await world.workspace.readCommit()
  const source = await readSoundRepository(tree, world)
  const ledger = options.fresh ? undefined : (await readLedger(world.ledger, trustAnchors(source), world.now)).state
  const faults = faultsFor(seed, options.faults, { from: world.now, until })
  const outcome = simulate({
    intent: intentOf(world, commit, source),
    ...(ledger === undefined ? {} : { ledger }),
    from: world.now,
    until,
    step,
    faults,
    catalogLifetime: source.repository.policies.distribution.catalogLifetime,
  })
  requireWritable(outcome)
  return { ...outcome, faults }
}

function requireWritable({ ledger }: SimulationOutcome): void {
  const files = formatLedger(ledger)
  const again = formatLedger(parseLedger(files))
  for (const [path, text] of files) {
    if (again.get(path) !== text) throw new Error(`${path} of the simulated ledger reads back otherwise`)
  }
}
