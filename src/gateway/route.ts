import type { ClusterNode } from "../domain/cluster.ts"

export type Route =
  | { readonly kind: "node"; readonly node: ClusterNode }
  /** cqlsh and health checks: no server name, or the gateway's own. */
  | { readonly kind: "any" }
  | { readonly kind: "refused"; readonly reason: "unknown-host-id" | "foreign-server-name" }

/** Nodes by lower-case host id. */
export type NodeMap = ReadonlyMap<string, ClusterNode>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A lower-case UUID. */
export function isHostId(text: string): boolean {
  return UUID.test(text)
}

/**
 * Where a connection goes by its server name, which is lower case. An unknown host id is refused: any other node would
 * answer, and the driver would keep its state and send its token-aware requests under the wrong name.
 */
export function routeOf(serverName: string | undefined, host: string, nodes: NodeMap): Route {
  if (serverName === undefined || serverName === host) return { kind: "any" }
  const node = nodes.get(serverName)
  if (node !== undefined) return { kind: "node", node }
  return { kind: "refused", reason: isHostId(serverName) ? "unknown-host-id" : "foreign-server-name" }
}

/** `10.0.0.1:9042`, `node1.example.com:9042`, `[2001:db8::1]:9042`; undefined for anything else. */
export function parseAddress(address: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined
}
