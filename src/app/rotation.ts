import { ScbError } from "../domain/errors.ts"
import { momentAt } from "../domain/plan/moment.ts"
import { digestsIn, historiesOf, liveVersionsOf, serverSide } from "../domain/rotation/guard.ts"
import { type RotationKind, type RotationStatus, rotationStatus } from "../domain/rotation/rotation.ts"
import { planChange } from "./plan.ts"
import type { World } from "./world.ts"

/** Where a cluster, as HEAD asks for it, stands in a rotation. Reads only. Throws `not-found`, `invalid-repository`. */
export async function readRotation(world: World, name: string, kind: RotationKind): Promise<RotationStatus> {
  const { source, ledger } = await planChange(world)
  const { clusters, bundles } = source.repository
  const cluster = clusters.get(name)
  if (cluster === undefined) {
    throw new ScbError("not-found", `there is no cluster ${name}`, {
      hint: `known here: ${[...clusters.keys()].join(", ")}`,
    })
  }
  const digests = (path: string): readonly string[] => digestsIn(source.facts, path)
  return rotationStatus(kind, {
    cluster,
    servers: serverSide(cluster, source.facts),
    trust: cluster.trust.map(digests),
    issuer: digests(cluster.issuer.certificate),
    issuedBy: new Set(
      historiesOf(name, ledger.state).flatMap(({ releases }) =>
        releases.flatMap(({ input }) => input.cluster.issuer.slice(0, 1)),
      ),
    ),
    csharp: [...bundles.values()].some(each => each.cluster === name && each.drivers.includes("csharp")),
    live: liveVersionsOf(name, ledger.state, momentAt(world.now)),
    health: world.health,
  })
}
