import { ScbError } from "../domain/errors.ts"
import { foreignRun } from "../domain/forge/workflow-run.ts"
import type { Policies } from "../domain/policies.ts"
import type { World } from "./world.ts"

/** Throws `foreign-run` where a workflow of another repository or branch builds or publishes. */
export function requireOwnRun({ run }: Pick<World, "run">, { distribution, approvals }: Policies): void {
  const problem = foreignRun(run, distribution.releases, approvals?.branch ?? "main")
  if (problem === undefined) return
  throw new ScbError("foreign-run", problem, {
    hint: "run the workflow on the branch that people have approved; forks publish nothing",
  })
}
