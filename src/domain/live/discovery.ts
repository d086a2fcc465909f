import type { Cluster, ClusterNode } from "../cluster.ts"

/** A node as `system.local` or `system.peers_v2` of another one tells of it. */
export interface LiveNode {
  /** Lower case. */
  readonly hostId: string
  readonly datacenter: string
  /** What it tells clients: `broadcast_rpc_address`, or `rpc_address` without one. */
  readonly rpcAddress: string
  /** What it tells other nodes. */
  readonly broadcastAddress: string
  /** Of CQL; absent before Cassandra 4.0. */
  readonly nativePort?: number
}

/** Of the addresses that a node tells, the one by which the gateway shall reach it. */
export const ADDRESS_KINDS = ["rpc", "broadcast"] as const
export type AddressKind = (typeof ADDRESS_KINDS)[number]

export type Change =
  | { readonly kind: "added"; readonly node: ClusterNode }
  | { readonly kind: "removed"; readonly node: ClusterNode }
  /** Another host id at the same address: the node was rebuilt. */
  | { readonly kind: "replaced"; readonly node: ClusterNode; readonly hostId: string }
  | { readonly kind: "moved"; readonly node: ClusterNode; readonly address: string }

export type DiscoveryWarning =
  /** Nobody is in the data centre that cluster.yaml names: nothing is proposed. */
  | { readonly kind: "no-such-datacenter"; readonly expected: string; readonly got: readonly string[] }
  | { readonly kind: "other-datacenter"; readonly datacenter: string; readonly nodes: number }
  /** Drivers take nodes with the same `rpc_address` for one. */
  | { readonly kind: "shared-address"; readonly address: string; readonly hostIds: readonly string[] }
  /** Cassandra listens everywhere, or for itself, and tells clients so. */
  | { readonly kind: "useless-address"; readonly address: string; readonly hostId: string }

export interface Discovery {
  /** What cluster.yaml should list, in its own order, new ones last. */
  readonly nodes: readonly ClusterNode[]
  readonly changes: readonly Change[]
  readonly warnings: readonly DiscoveryWarning[]
}

/** CQL's port where no node tells its own. */
const CQL_PORT = 9042

/**
 * What a live cluster means for `cluster`. An address that is written as a name stays: only its author knows why the
 * gateway goes there. So does one that the node tells in either way.
 */
export function discover(
  { nodes: written, datacenter }: Pick<Cluster, "nodes" | "datacenter">,
  live: readonly LiveNode[],
  addresses: AddressKind,
): Discovery {
  const here = live.filter(node => node.datacenter === datacenter)
  const warnings = [...warningsAbout(here, live, datacenter)]
  if (here.length === 0) return { nodes: written, changes: [], warnings }
  const found = new Map(here.map(node => [node.hostId, node]))
  const unwritten = new Map(here.filter(({ hostId }) => !written.some(node => node.hostId === hostId)).map(byAddress))
  const changes: Change[] = []
  const kept = written.flatMap((node): readonly ClusterNode[] => {
    const same = found.get(node.hostId)
    if (same !== undefined) {
      const address = isStillRight(node, same) ? node.address : addressOf(same, addresses)
      if (address !== node.address) changes.push({ kind: "moved", node, address })
      return [{ ...node, address }]
    }
    const successor = unwritten.get(node.address)
    unwritten.delete(node.address)
    if (successor === undefined) {
      changes.push({ kind: "removed", node })
      return []
    }
    changes.push({ kind: "replaced", node, hostId: successor.hostId })
    return [{ ...node, hostId: successor.hostId }]
  })
  const added = [...unwritten].map(([address, { hostId }]) => ({ hostId, address })).sort(byHostId)
  return {
    nodes: [...kept, ...added],
    changes: [...changes, ...added.map(node => ({ kind: "added", node }) as const)],
    warnings,
  }

  function byAddress(node: LiveNode): readonly [string, LiveNode] {
    return [addressOf(node, addresses), node]
  }
}

function isStillRight({ address }: ClusterNode, node: LiveNode): boolean {
  const told = ADDRESS_KINDS.map(kind => addressOf(node, kind))
  return told.includes(address) || !/^(?:[\d.]+|\[.*\]):\d+$/.test(address)
}

function addressOf({ rpcAddress, broadcastAddress, nativePort = CQL_PORT }: LiveNode, kind: AddressKind): string {
  const address = kind === "rpc" ? rpcAddress : broadcastAddress
  return address.includes(":") ? `[${address}]:${nativePort}` : `${address}:${nativePort}`
}

function* warningsAbout(
  here: readonly LiveNode[],
  live: readonly LiveNode[],
  datacenter: string,
): Generator<DiscoveryWarning> {
  const others = [...new Set(live.map(node => node.datacenter))].filter(name => name !== datacenter).sort()
  if (here.length === 0) yield { kind: "no-such-datacenter", expected: datacenter, got: others }
  else {
    for (const other of others) {
      const nodes = live.filter(node => node.datacenter === other).length
      yield { kind: "other-datacenter", datacenter: other, nodes }
    }
  }
  for (const address of [...new Set(here.map(node => node.rpcAddress))].sort()) {
    const hostIds = here.filter(node => node.rpcAddress === address).map(node => node.hostId)
    if (hostIds.length > 1) yield { kind: "shared-address", address, hostIds: hostIds.sort() }
    const [hostId = ""] = hostIds
    if (/^(?:0\.0\.0\.0|127\..*|::1?)$/.test(address)) yield { kind: "useless-address", address, hostId }
  }
}

function byHostId(a: ClusterNode, b: ClusterNode): number {
  return a.hostId < b.hostId ? -1 : 1
}
