import type { Client } from "../clients.ts"
import type { TlsVersion } from "./probes.ts"

/** How a client compares a name with a certificate; see artifact/checks/live/names.ts. */
export type NameRule = "java" | "nodejs" | "nodejs-driver" | "python" | "go" | "cpp" | "csharp"

/** What a client does on its way from a bundle to a node, as its source has it. */
export interface ClientHabits {
  /** Its request for the metadata; absent for who makes none. */
  readonly metadata?: {
    readonly highest: TlsVersion
    readonly serverName: boolean
    readonly httpVersion: "1.0" | "1.1"
    /** Absent: any certificate of the CA will do. */
    readonly names?: NameRule
    readonly status: "200" | "2xx" | "any"
    readonly followsRedirects: boolean
  }
  readonly cql: {
    readonly highest: TlsVersion
    /** Whether the host id is sent. */
    readonly serverName: boolean
    /** What must be in the node's certificate; absent: any certificate of the CA will do. */
    readonly names?: {
      readonly rule: NameRule
      readonly of: "proxy" | "proxy or host id" | "config host"
      /** npm semver range of the versions that look. */
      readonly versions?: string
    }
  }
  /** How it finds the proxy's address. */
  readonly proxyLookup: "system" | "system, IPv4" | "DNS, IPv4"
  /** Whether a wrong local_dc leaves it without nodes. */
  readonly keepsToLocalDatacenter: boolean
  /** How it reads JSON: Go wants the type of every field that it knows. */
  readonly typedMetadata: boolean
}

const JAVA: ClientHabits = {
  metadata: {
    highest: "TLSv1.3",
    serverName: true,
    httpVersion: "1.1",
    names: "java",
    status: "2xx",
    followsRedirects: true,
  },
  cql: { highest: "TLSv1.3", serverName: true, names: { rule: "java", of: "proxy or host id" } },
  proxyLookup: "system",
  keepsToLocalDatacenter: true,
  typedMetadata: false,
}

const GO: ClientHabits = {
  metadata: {
    highest: "TLSv1.3",
    serverName: true,
    httpVersion: "1.1",
    names: "go",
    status: "any",
    followsRedirects: true,
  },
  cql: { highest: "TLSv1.3", serverName: true, names: { rule: "go", of: "config host" } },
  proxyLookup: "system",
  keepsToLocalDatacenter: false,
  typedMetadata: true,
}

export const CLIENT_HABITS: Readonly<Record<Client, ClientHabits>> = {
  // CloudConfigFactory.java, SniSslEngineFactory.java, sun.security.util.HostnameChecker
  java: JAVA,
  // takes the data centre of its first contact point (DCAwareRoundRobinPolicy)
  java3: { ...JAVA, keepsToLocalDatacenter: false },
  // cassandra/datastax/cloud/__init__.py; PYTHON-1331 lost the comparison of names in 3.29.0
  python: {
    metadata: { highest: "TLSv1.3", serverName: true, httpVersion: "1.1", status: "200", followsRedirects: true },
    cql: {
      highest: "TLSv1.3",
      serverName: true,
      names: { rule: "python", of: "proxy", versions: "<3.29.0" },
    },
    proxyLookup: "system",
    keepsToLocalDatacenter: false,
    typedMetadata: false,
  },
  // lib/datastax/cloud/index.js, lib/control-connection.js, lib/utils.js AddressResolver
  nodejs: {
    metadata: {
      highest: "TLSv1.3",
      serverName: true,
      httpVersion: "1.1",
      names: "nodejs",
      status: "200",
      followsRedirects: false,
    },
    cql: { highest: "TLSv1.3", serverName: true, names: { rule: "nodejs-driver", of: "proxy", versions: ">=4.5.0" } },
    proxyLookup: "DNS, IPv4",
    keepsToLocalDatacenter: true,
    typedMetadata: false,
  },
  // SecureConnectionBundleParser.cs, CustomCACertificateValidator.cs, Builder.cs
  csharp: {
    metadata: {
      highest: "TLSv1.2",
      serverName: true,
      httpVersion: "1.1",
      names: "csharp",
      status: "2xx",
      followsRedirects: true,
    },
    cql: { highest: "TLSv1.2", serverName: true, names: { rule: "csharp", of: "config host" } },
    proxyLookup: "system, IPv4",
    keepsToLocalDatacenter: true,
    typedMetadata: false,
  },
  // cloud_secure_connection_config.cpp, http_client.cpp, ssl_openssl_impl.cpp
  cpp: {
    metadata: {
      highest: "TLSv1.2",
      serverName: false,
      httpVersion: "1.0",
      names: "cpp",
      status: "2xx",
      followsRedirects: false,
    },
    cql: { highest: "TLSv1.2", serverName: true, names: { rule: "cpp", of: "proxy" } },
    proxyLookup: "system",
    keepsToLocalDatacenter: true,
    typedMetadata: false,
  },
  // dialer.go, astra/bundle.go, astra/endpoint.go
  "gocql-astra": GO,
  "cql-proxy": GO,
  // astrametadata.go, connectionconfig.go, endpoint.go
  "zdm-proxy": {
    ...GO,
    metadata: {
      highest: "TLSv1.3",
      serverName: true,
      httpVersion: "1.1",
      names: "go",
      status: "2xx",
      followsRedirects: true,
    },
    cql: { highest: "TLSv1.3", serverName: true, names: { rule: "go", of: "proxy" } },
    keepsToLocalDatacenter: true,
  },
  // by the bundle's cqlshrc: straight to the proxy, unnamed, and comparing no names (cqlshlib/sslhandling.py)
  cqlsh: {
    cql: { highest: "TLSv1.3", serverName: false },
    proxyLookup: "system",
    keepsToLocalDatacenter: false,
    typedMetadata: false,
  },
}
