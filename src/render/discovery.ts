import { type Json, prettyJson } from "../domain/json.ts"
import type { Discovery, DiscoveryWarning } from "../domain/live/discovery.ts"
import { counted, paint, type Style } from "./style.ts"
import { paintDiff } from "./unified-diff.ts"

/** What `scb gateway discover` found out. */
export interface DiscoveryReport {
  readonly cluster: string
  readonly file: string
  readonly discovery: Discovery
  /** Unified; empty when there is nothing to change. */
  readonly diff: string
  readonly written: boolean
}

export function renderDiscoveryText({ file, discovery, diff, written }: DiscoveryReport, style: Style): string {
  if (discovery.changes.length === 0) {
    return `${paint("green", "nothing to change", style)}: ${file} lists ${counted(discovery.nodes.length, "node")}\n`
  }
  return `${paintDiff(diff, style)}${written ? `written to ${file}\n` : ""}`
}

export function renderDiscoveryJson({ discovery, ...report }: DiscoveryReport): string {
  const { nodes, changes, warnings } = discovery
  return prettyJson({
    kind: "GatewayDiscovery",
    ...report,
    nodes: nodes.map(node => ({ ...node })),
    changes: changes.map(change => ({ ...change, node: { ...change.node } }) as Json),
    warnings: warnings.map(warning => ({ ...warning, message: warningText(warning) }) as Json),
  })
}

export function warningText(warning: DiscoveryWarning): string {
  switch (warning.kind) {
    case "no-such-datacenter":
      return `no node is in the data centre ${warning.expected}: the cluster has ${warning.got.join(", ")}`
    case "other-datacenter":
      return `left out: ${counted(warning.nodes, "node")} of the data centre ${warning.datacenter}, which has a gateway of its own`
    case "shared-address":
      return `${warning.hostIds.join(" and ")} tell the same rpc_address, ${warning.address}: the Node.js driver takes them for one`
    case "useless-address":
      return `${warning.hostId} tells ${warning.address} as its rpc_address: set broadcast_rpc_address, or write what the gateway reaches`
  }
}
