import { ScbError } from "../domain/errors.ts"
import type { ApplyOutcome } from "../domain/outcome.ts"
import { isEmpty } from "../domain/plan.ts"
import { buildChange } from "./build.ts"
import { type PlannedChange, planChange } from "./plan.ts"
import { publishChange } from "./publish.ts"
import { verifyPublished } from "./verify-published.ts"
import type { World } from "./world.ts"

/** How often a run that was overtaken by another plans again before it gives up. */
const ATTEMPTS = 5

/** Plan, build, publish, verify, until nothing is left to do. Run twice, the second writes nothing. */
export async function applyChange(world: World): Promise<ApplyOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await perform(world, await planChange(world))
    } catch (error) {
      if (attempt === ATTEMPTS || !isOvertaken(error)) throw error
      world.reporter.step("another run was faster: planning again")
    }
  }
}

async function perform(world: World, change: PlannedChange): Promise<ApplyOutcome> {
  const { plan, findings, releases } = change
  if (isEmpty(plan)) return { plan, findings, verified: [] }
  const built = await buildChange(world, change, releases)
  const published = await publishChange(built, { releases, ledger: world.ledger, reporter: world.reporter })
  const verified = await verifyPublished(change)
  return { plan, findings, published, verified }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof ScbError && (error.code === "ledger-moved" || error.code === "release-exists")
}
