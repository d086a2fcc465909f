import type { Cluster } from "../cluster.ts"
import type { Instant } from "../instant.ts"
import type { HealthFact } from "../rollout/health.ts"
import type { ServerSide } from "./guard.ts"
import { issuedElsewhere, type LiveVersion, reliantOn } from "./guard.ts"

const ROTATIONS = ["ca", "issuer", "endpoint"] as const
export type RotationKind = (typeof ROTATIONS)[number]

/** One step of a rotation, as far as cluster.yaml and the ledger show it. */
export interface RotationStep {
  readonly name: string
  /** In the imperative; of people or of `scb`. */
  readonly what: string
  readonly state: "done" | "next" | "later"
  /** Versions that have to go before it can be done. */
  readonly waitsFor: readonly LiveVersion[]
}

/** Where a cluster stands in a rotation. */
export interface RotationStatus {
  readonly cluster: string
  readonly kind: RotationKind
  readonly steps: readonly RotationStep[]
  /** Different consumers that were seen to use versions that a step waits for; absent: nothing was seen. */
  readonly consumers?: number
}

export interface RotationFacts {
  readonly cluster: Cluster
  readonly servers: ServerSide
  /** SHA-256 of the certificates of each file that the cluster trusts, in their order. */
  readonly trust: readonly (readonly string[])[]
  /** SHA-256 of the issuing chain. */
  readonly issuer: readonly string[]
  /** SHA-256 of all that have ever issued for the cluster. */
  readonly issuedBy: ReadonlySet<string>
  readonly csharp: boolean
  readonly live: readonly LiveVersion[]
  readonly health: readonly HealthFact[]
}

/** Pure. */
export function rotationStatus(kind: RotationKind, facts: RotationFacts): RotationStatus {
  const steps = inTurn(STEPS[kind](facts))
  const waiting = steps.flatMap(({ waitsFor }) => waitsFor)
  const consumers = consumersOf(waiting, facts.health)
  return { cluster: facts.cluster.name, kind, steps, ...(consumers === undefined ? {} : { consumers }) }
}

type Draft = Pick<RotationStep, "name" | "what"> & {
  readonly done: boolean
  readonly waitsFor?: readonly LiveVersion[]
}

const STEPS: Readonly<Record<RotationKind, (facts: RotationFacts) => readonly Draft[]>> = {
  ca: trustSteps,
  issuer: issuerSteps,
  endpoint: endpointSteps,
}

/** The first that is not done is next, and those after it come later, whatever they look like. */
function inTurn(drafts: readonly Draft[]): readonly RotationStep[] {
  const next = drafts.findIndex(({ done }) => !done)
  return drafts.map(({ name, what, waitsFor = [] }, index) => ({
    name,
    what,
    state: next === -1 || index < next ? "done" : index === next ? "next" : "later",
    waitsFor: next === -1 || index < next ? [] : waitsFor,
  }))
}

function trustSteps({ cluster, servers, trust, csharp, live }: RotationFacts): readonly Draft[] {
  const both = trust.length > 1
  const isShown = (file: readonly string[] | undefined) => file?.some(root => servers.serving?.includes(root)) ?? false
  const isServed = both && trust.some(isShown)
  const kept = trust.find(isShown) ?? trust.at(-1) ?? []
  const adopting = both ? live.filter(({ input }) => !kept.some(root => input.cluster.trust.includes(root))) : []
  const isFirst = isServed && isShown(trust[0])
  const { name } = cluster
  return [
    { name: "overlap", what: `scb rotate ca ${name} --new <file>`, done: both },
    {
      name: "adopt",
      what: "let every application fetch a version that trusts both",
      done: both && adopting.length === 0,
      waitsFor: adopting,
    },
    {
      name: "served",
      what: `give all servers certificates under the new root, look with scb doctor, then: scb rotate ca ${name} --served <file> --reason …`,
      done: isServed,
    },
    ...(csharp ? [{ name: "first", what: `scb rotate ca ${name} --first`, done: isFirst }] : []),
    { name: "drop", what: `scb rotate ca ${name} --drop`, done: false, waitsFor: both ? reliantOn(live, kept) : [] },
  ]
}

function issuerSteps({ cluster, servers, issuer, issuedBy, live }: RotationFacts): readonly Draft[] {
  const both = servers.accepts.length > 0
  const isOver = servers.accepts.some(each => issuedBy.has(each))
  const others = issuedElsewhere(live, issuer)
  const { name } = cluster
  return [
    { name: "accept", what: `scb rotate issuer ${name} --new <file>`, done: both },
    {
      name: "switch",
      what: `set up gateways and nodes anew (scb gateway render ${name}), then: scb rotate issuer ${name} --switch <file> --key <reference>`,
      done: isOver,
    },
    { name: "drop", what: `scb rotate issuer ${name} --drop`, done: false, waitsFor: both ? others : [] },
  ]
}

function endpointSteps({ cluster, live }: RotationFacts): readonly Draft[] {
  const { host, metadataPort, cqlPort } = cluster.endpoint
  const elsewhere = live.filter(
    ({ input: { cluster: was } }) => was.host !== host || was.metadataPort !== metadataPort || was.cqlPort !== cqlPort,
  )
  const moved = elsewhere.length > 0
  return [
    {
      name: "beside",
      what: "serve the new place beside the old one: DNS, gateway, server certificates with both names",
      done: moved,
    },
    { name: "switch", what: `scb rotate endpoint ${cluster.name} --host <name> --reason …`, done: moved },
    { name: "leave", what: "stop serving the old place", done: false, waitsFor: elsewhere },
  ]
}

function consumersOf(versions: readonly LiveVersion[], health: readonly HealthFact[]): number | undefined {
  const seen = health.flatMap(fact =>
    fact.kind === "traffic" && versions.some(each => each.bundle === fact.bundle && each.version === fact.version)
      ? (fact.consumers ?? [])
      : [],
  )
  return seen.length === 0 ? undefined : seen.reduce((sum, each) => sum + each, 0)
}

/** When the last of some versions ends. */
export function lastEnd(versions: readonly LiveVersion[]): Instant | undefined {
  return versions.map(({ endsAt }) => endsAt).toSorted((a, b) => b - a)[0]
}
