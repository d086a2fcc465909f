import type { Client } from "../clients.ts"
import type { CqlAnswer, CqlLogin, HttpAnswer, NameAnswer, Place, ProbeIdentity, TcpAnswer } from "./probes.ts"

/** Where a bundle leads, as far as it says. */
export interface BundleTarget {
  /** Of config.json. */
  readonly host: string | undefined
  readonly port: number | undefined
  /** `cql_port`: what no driver reads, and a guess where the metadata does not say. */
  readonly cqlPort: number | undefined
  /** `username` and `password` of config.json, with which some drivers log in unasked. */
  readonly login: CqlLogin | undefined
  /** Of cqlshrc. */
  readonly shell: ProxyAddress | undefined
  readonly identity: ProbeIdentity | undefined
  /** Who presents that identity; of others it is not known what the server thinks of theirs. */
  readonly presenters: readonly Client[]
  /** DER certificates of ca.crt, in their order. */
  readonly anchors: readonly Uint8Array[]
}

export interface ProxyAddress {
  readonly host: string
  readonly port: number
}

/** What the metadata says, as far as drivers could use it. */
export interface MetadataFacts {
  readonly contactPoints: readonly string[]
  readonly proxy: ProxyAddress | undefined
  readonly localDatacenter: string | undefined
  readonly region: string | undefined
}

/** Everything that was seen. What is undefined was not looked at. */
export interface LiveFacts {
  /** By name; IP addresses are not looked up. */
  readonly names: ReadonlyMap<string, NameAnswer>
  /** Of the metadata service: every address of its name. */
  readonly serviceAddresses: readonly PlaceSeen[]
  readonly metadata: MetadataProbes
  readonly document: MetadataFacts | undefined
  /** The proxy that drivers would go to, and whether it was guessed from config.json. */
  readonly proxy: (ProxyAddress & { readonly guessed: boolean }) | undefined
  readonly proxyAddresses: readonly PlaceSeen[]
  /** What the system calls the proxy where the metadata gives an address for it: Java looks for that name. */
  readonly proxyName: string | undefined
  /** Whether nodes were given a login by the user, and not that of config.json. */
  readonly hasLogin: boolean
  readonly nodes: NodeProbes
}

export interface PlaceSeen {
  readonly place: Place
  readonly answer: TcpAnswer
}

export interface MetadataProbes {
  /** With server name, up to TLS 1.3, HTTP/1.1: as most drivers ask. */
  readonly usual: HttpAnswer | undefined
  /** The same with TLS 1.2 at most, as C# asks. */
  readonly tls12: HttpAnswer | undefined
  /** Without server name, TLS 1.2, `/metadata?version=1` in HTTP/1.0, as C++ asks. */
  readonly plain: HttpAnswer | undefined
  /** As `usual`, without a client certificate. */
  readonly anonymous: HttpAnswer | undefined
  /** Where `usual` redirects to, on the same service. */
  readonly followed: HttpAnswer | undefined
}

export interface NodeProbes {
  /** By host id as the metadata spells it, in its order. */
  readonly contactPoints: readonly { readonly hostId: string; readonly answer: CqlAnswer }[]
  /** Nodes that stand in system tables and not in the metadata: drivers go to them by their host ids, too. */
  readonly peers: readonly { readonly hostId: string; readonly answer: CqlAnswer }[]
  /** The first contact point with TLS 1.2 at most. */
  readonly tls12: CqlAnswer | undefined
  /** Without a server name, at the place that cqlshrc names. */
  readonly unnamed: CqlAnswer | undefined
  /** The first contact point, without a client certificate. */
  readonly anonymous: CqlAnswer | undefined
  /** A host id that no node has. */
  readonly stranger: CqlAnswer | undefined
}
