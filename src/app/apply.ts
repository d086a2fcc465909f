import { ScbError } from "../domain/errors.ts"
import type { BundleName } from "../domain/names.ts"
import type { ApplyOutcome } from "../domain/outcome.ts"
import { isEmpty } from "../domain/plan/plan.ts"
import { buildChange, failedReleases } from "./build.ts"
import { type PlannedChange, planChange } from "./plan.ts"
import { publishChange } from "./publish.ts"
import { verifyPublished } from "./verify-published.ts"
import { verifyRevoked } from "./verify-revoked.ts"
import type { World } from "./world.ts"

/** How often a run that was overtaken by another plans again before it gives up. */
const ATTEMPTS = 5

/** Plan, build, publish, verify, until nothing is left to do. Run twice, the second writes nothing. */
export async function applyChange(world: World): Promise<ApplyOutcome> {
  const tried = new Map<BundleName, ScbError>()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await perform(world, await planChange(world), tried)
    } catch (error) {
      if (attempt === ATTEMPTS || !isOvertaken(error)) throw error
      world.reporter.step("another run was faster: planning again")
    }
  }
}

/** What has failed once in this run is not tried again in it: `tried` remembers. */
async function perform(world: World, change: PlannedChange, tried: Map<BundleName, ScbError>): Promise<ApplyOutcome> {
  const { plan, findings } = change
  if (isEmpty(plan)) return { plan, findings, verified: [], refused: [], failed: [] }
  const { built, published } = await buildAndPublish(world, change, tried)
  const done = { ...change, plan: built.plan }
  const verified = await verifyPublished(done)
  const refused = await verifyRevoked(done)
  return {
    plan,
    findings: [...findings, ...built.findings],
    published,
    verified,
    refused,
    failed: failedReleases(plan, built.failures),
  }
}

async function buildAndPublish(world: World, change: PlannedChange, tried: Map<BundleName, ScbError>) {
  const { releases } = change
  const stage = await releases.stage?.()
  try {
    const built = await buildChange(world, change, stage?.releases ?? releases, tried)
    for (const [bundle, failure] of built.failures) tried.set(bundle, failure)
    const published = await publishChange(built, { releases, ledger: world.ledger, reporter: world.reporter })
    return { built, published }
  } finally {
    await stage?.remove()
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof ScbError && (error.code === "ledger-moved" || error.code === "release-exists")
}
