import { type Forecast, forecast } from "../domain/forecast/forecast.ts"
import type { Instant } from "../domain/instant.ts"
import { releaseSteps } from "../domain/plan/plan.ts"
import { planChange } from "./plan.ts"
import type { World } from "./world.ts"

/** What lies ahead of HEAD and the ledger, from the world's now on. Reads only. */
export async function forecastRepository(
  world: World,
  { until, limit }: { readonly until: Instant; readonly limit: number },
): Promise<Forecast> {
  const { plan, source, ledger, desired, published } = await planChange(world)
  const { repository, facts } = source
  return forecast({
    repository,
    facts,
    desired,
    ledger: ledger.state,
    catalog: published,
    planned: new Map(releaseSteps(plan).map(step => [step.bundle, step])),
    from: world.now,
    until,
    limit,
  })
}
