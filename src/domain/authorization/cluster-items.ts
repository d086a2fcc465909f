import type { Cluster } from "../cluster.ts"
import type { VersioningPolicy } from "../policies.ts"
import type { ReleaseInput } from "../release.ts"
import { changesBetween } from "../versions/changes.ts"
import { type Difference, differenceOf, nominalInput } from "./bundle-items.ts"
import { sameMeaning } from "./meaning.ts"

/** What is other in a cluster. Nothing of it is surely a reduction. */
export function clusterDifferences(
  before: Cluster,
  after: Cluster,
  versioning: VersioningPolicy,
): readonly Difference[] {
  const tabled = changesBetween(inputOf(before), inputOf(after))
    .filter(({ member }) => member !== "cluster.environment" && member !== "cluster.issuer")
    .map(change => differenceOf(change, versioning))
  const own = Object.entries(OTHERS).flatMap(([member, [kind, part]]): readonly Difference[] =>
    sameMeaning(part(before), part(after)) ? [] : [{ class: kind, effect: "grant", what: `${member} changed` }],
  )
  return [...tabled, ...own]
}

type Tabled = "name" | "region" | "endpoint" | "datacenter" | "trust" | "authentication"

/**
 * What no release is made from, or what decides more than that: the environment, by whose rules a cluster is approved, and
 * the issuer, which for another cluster may be that of production.
 */
const OTHERS: Readonly<
  Record<Exclude<keyof Cluster, "file" | Tabled>, readonly [Difference["class"], (cluster: Cluster) => unknown]>
> = {
  environment: ["policy", ({ environment }) => environment],
  nodes: ["minor", ({ nodes }) => nodes],
  serving: ["major", ({ serving }) => serving],
  issuer: ["policy", ({ issuer }) => issuer],
}

/** C# is the strictest of all about roots: what it minds counts. */
function inputOf({
  name,
  environment,
  region,
  endpoint,
  datacenter,
  authentication,
  trust,
  issuer,
}: Cluster): ReleaseInput {
  const bundle = { name: "", application: "", owner: "", identity: "", role: "", drivers: ["csharp"] }
  return nominalInput(
    { ...bundle, key: { kind: "generated", algorithm: "P-256" }, lifetime: 0, recipients: [] },
    { name, environment, region, ...endpoint, datacenter, authentication, trust, issuer: [issuer.certificate] },
  )
}
