/** Where a secret is found at run time. Never its value. `env:NAME` reads NAME, or the file that NAME_FILE points to; `file:` is absolute or `~/…`. */
export type SecretReference = `env:${string}` | `file:${string}`

export interface Endpoint {
  /** One DNS name for the metadata service and the CQL proxy: clients disagree about which of the two they verify. */
  readonly host: string
  readonly metadataPort: number
  readonly cqlPort: number
}

export interface ClusterNode {
  /** Cassandra's `host_id`, lower case: what a driver sends as SNI. */
  readonly hostId: string
  /** `address:port` as the gateway reaches it. */
  readonly address: string
}

/** Signs client certificates with an intermediate key on the machine that builds. */
export interface LocalIssuer {
  readonly kind: "local"
  /** Path in the repository: issuing certificate first, then any further intermediates; the root may be left out. */
  readonly certificate: string
  readonly key: SecretReference
  /** Paths of further issuers that gateways and nodes accept: those before it, and the one to come. */
  readonly accepts?: readonly string[]
}

export type Issuer = LocalIssuer

export interface Cluster {
  /** Path of its YAML file in the repository. All other paths are relative to the repository's root too. */
  readonly file: string
  readonly name: string
  readonly environment: string
  readonly region: string
  readonly endpoint: Endpoint
  readonly datacenter: string
  readonly nodes: readonly ClusterNode[]
  /** Paths of PEM files with the server roots that drivers must trust, root first. */
  readonly trust: readonly string[]
  /** That servers show certificates under one of the trusted roots, and who says so: what a root is dropped upon. */
  readonly serving?: { readonly root: string; readonly reason: string }
  readonly issuer: Issuer
  readonly authentication: "mutual-tls" | "password"
}

/** Every certificate file that its YAML points at. */
export function clusterFiles({ trust, serving, issuer }: Cluster): readonly string[] {
  return [...trust, ...(serving === undefined ? [] : [serving.root]), issuer.certificate, ...(issuer.accepts ?? [])]
}
