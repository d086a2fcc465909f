import type { ClusterNode } from "../domain/cluster.ts"
import { ScbError } from "../domain/errors.ts"
import { failure, formatResponse, MAXIMUM_RESPONSE_BYTES, type Request, type Response } from "./http.ts"

/** Drivers need one that answers; the rest of the cluster they read from `system.peers`. */
export const MAXIMUM_CONTACT_POINTS = 50

export interface MetadataFacts {
  readonly host: string
  readonly cqlPort: number
  readonly datacenter: string
  readonly nodes: readonly ClusterNode[]
}

/**
 * What drivers learn before they connect, in the order of DataStax Astra. `region` repeats the data centre because
 * cql-proxy ignores every node whose `data_center` differs from it. Throws `gateway-misconfigured` when the answer would
 * not fit into one read of the C++ driver.
 */
export function metadataDocument({ host, cqlPort, datacenter, nodes }: MetadataFacts): string {
  const document = JSON.stringify({
    version: 1,
    region: datacenter,
    contact_info: {
      type: "sni_proxy",
      local_dc: datacenter,
      contact_points: nodes.slice(0, MAXIMUM_CONTACT_POINTS).map(node => node.hostId.toLowerCase()),
      sni_proxy_address: `${host.toLowerCase()}:${cqlPort}`,
    },
  })
  const { length } = formatResponse({ status: 200, body: document }, true)
  if (length > MAXIMUM_RESPONSE_BYTES) {
    throw new ScbError(
      "gateway-misconfigured",
      `metadata response: expected at most ${MAXIMUM_RESPONSE_BYTES} bytes, got ${length}`,
    )
  }
  return document
}

export function answer({ method, path }: Request, document: string): Response {
  if (path !== "/metadata") return failure(404, "not found: the only resource is /metadata")
  if (method !== "GET") return failure(405, "method not allowed: expected GET", { Allow: "GET" })
  return { status: 200, body: document }
}
