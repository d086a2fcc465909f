import { isIP } from "node:net"
import type { Cluster } from "../../domain/cluster.ts"
import { ScbError } from "../../domain/errors.ts"
import { hostProblem } from "../../domain/host.ts"
import { isName } from "../../domain/names.ts"
import { metadataDocument } from "../metadata.ts"
import { isHostId, parseAddress } from "../route.ts"

/** `passthrough` opens nothing; `terminate` opens the drivers' TLS and encrypts anew to the nodes. */
const PROXY_MODES = ["passthrough", "terminate"] as const
export type ProxyMode = (typeof PROXY_MODES)[number]

export interface ProxySettings {
  readonly mode: ProxyMode
  /** Where the files lie on the proxy's machine; fit for {@link isPlainPath}. */
  readonly directory: string
  /** IP address to listen on; the ports are the cluster's. */
  readonly listen: string
  /** A connection that was silent for so long is closed. Drivers send a heartbeat every 30 s. */
  readonly idleSeconds: number
  /** Whether clients are looked up in `crl.pem`. */
  readonly checksRevocation: boolean
  /** Where TLS is terminated: the DNS name in the nodes' certificates, if it is not the cluster's host. */
  readonly nodeName?: string
  /** PEM: the CAs that sign clients, up to their root. Rendered as `clients-ca.crt`; without it, somebody has to bring that. */
  readonly clientCaPem?: string
}

export interface ProxyNode {
  readonly hostId: string
  /** Of what leads to this node alone, in every language. */
  readonly name: string
  /** `host:port`, IPv6 in brackets. */
  readonly address: string
  readonly host: string
  readonly port: number
  /** Whether `host` is to be looked up. */
  readonly isNamed: boolean
}

/** All that a proxy's configuration says about one cluster. Every text in it is a plain word in each of the languages: none is ever quoted. */
export interface ProxyFacts extends ProxySettings {
  readonly cluster: string
  /** cluster.yaml, in the repository. */
  readonly source: string
  readonly host: string
  readonly metadataPort: number
  readonly cqlPort: number
  readonly nodes: readonly ProxyNode[]
  readonly nodeName: string
  /** The answer of the metadata endpoint: JSON without line ends and single quotes. */
  readonly metadata: string
}

export type ProxiedCluster = Pick<Cluster, "file" | "name" | "endpoint" | "datacenter" | "nodes">

/** The only way to them. Throws `gateway-misconfigured` for anything that could mean more than itself in a configuration. */
export function proxyFacts(cluster: ProxiedCluster, settings: ProxySettings): ProxyFacts {
  const { name, file, endpoint, datacenter } = cluster
  const { host, metadataPort, cqlPort } = endpoint
  const nodeName = settings.nodeName ?? host
  expectPlain(isName(name), "cluster", name)
  expectPlain(isPlainPath(`/${file}`), "file of the cluster", file)
  expectPlain(hostProblem(host) === undefined, "host", host)
  expectPlain(hostProblem(nodeName) === undefined, "name of the nodes", nodeName)
  expectPlain(/^[A-Za-z0-9._-]+$/.test(datacenter), "data centre", datacenter)
  expectPlain(isPlainPath(settings.directory), "directory", settings.directory)
  expectPlain(isIP(settings.listen) !== 0, "address to listen on", settings.listen)
  for (const number of [metadataPort, cqlPort, settings.idleSeconds]) {
    expectPlain(Number.isSafeInteger(number) && number > 0, "number", String(number))
  }
  const nodes = cluster.nodes.map(node => proxyNode(node.hostId, node.address))
  expectPlain(nodes.length > 0, "nodes", "none")
  expectPlain(new Set(nodes.map(node => node.hostId)).size === nodes.length, "nodes", "one host id twice")
  return {
    ...settings,
    cluster: name,
    source: file,
    host,
    metadataPort,
    cqlPort,
    nodes,
    nodeName,
    metadata: metadataDocument({ host, cqlPort, datacenter, nodes }),
  }
}

/** An absolute path that no configuration language, shell or glob reads anything into. */
export function isPlainPath(path: string): boolean {
  return /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._-]+)+$/.test(path)
}

/** `127.0.0.1:29042`, `[::]:29042`. */
export function listenAddress({ listen }: ProxyFacts, port: number): string {
  return isIP(listen) === 6 ? `[${listen}]:${port}` : `${listen}:${port}`
}

function proxyNode(hostId: string, address: string): ProxyNode {
  const place = parseAddress(address)
  const isAddress = place !== undefined && isIP(place.host) !== 0
  const isNamed = place !== undefined && /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(place.host) && !isAddress
  expectPlain(isHostId(hostId), "host id", hostId)
  if (place === undefined || !(isAddress || isNamed)) throw misconfigured("address", address)
  return { hostId, name: `node-${hostId}`, address, ...place, isNamed }
}

function expectPlain(condition: boolean, subject: string, got: string): void {
  if (!condition) throw misconfigured(subject, got)
}

function misconfigured(subject: string, got: string): ScbError {
  return new ScbError(
    "gateway-misconfigured",
    `${subject}: cannot be written into a configuration: ${JSON.stringify(got)}`,
  )
}
