import type { ChangeEvidence } from "../domain/authorization/evidence.ts"
import type { Approvals } from "../ports.ts"

/** Knows what it is told of each commit, and says so where it was told nothing. */
export function memoryApprovals(evidence: ReadonlyMap<string, ChangeEvidence>): Approvals {
  return {
    async evidenceFor({ id, tree, parents, committedAt }) {
      return (
        evidence.get(id) ?? {
          kind: "signed-approvals",
          source: "nowhere",
          context: { repository: "local:memory", branch: "main", base: parents[0] ?? "", tree },
          at: committedAt,
          contributors: [],
          verdicts: [],
          problems: [`nothing is known of commit ${id}`],
        }
      )
    },
  }
}
