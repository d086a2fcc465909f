import type { Client } from "../clients.ts"
import type { Finding } from "../findings.ts"
import type { BUNDLE_RULES, BundleCause } from "../rules/bundle-rules.ts"
import type { LiveCause } from "../rules/live-rules.ts"

/** What a driver says, and what it means. */
export interface DriverError {
  /** As people see and search for it; `…` stands for any text. */
  readonly message: string
  readonly clients: readonly Client[]
  /** Codes or causes of findings about the file, causes of those about the live cluster. */
  readonly causes: readonly (keyof typeof BUNDLE_RULES | BundleCause | LiveCause)[]
}

const JAVA = ["java", "java3"] as const
const GO = ["gocql-astra", "cql-proxy", "zdm-proxy"] as const
const PYTHON = ["python", "cqlsh"] as const

/** The whole way to the metadata, on which most drivers have one message for everything. */
const METADATA_TLS = ["client-certificate-refused", "service-tls", "tls-version"] as const
const METADATA_CHAIN = ["chain-untrusted", "chain-expired", "chain-purpose", "chain-weak", "chain-broken"] as const
/** The whole way from the proxy to a session. */
const NODES = [
  "proxy-unreachable",
  "node-unrouted",
  "node-name-proxy",
  "client-certificate-refused",
  "tls-version",
  "no-cql",
  "identity-refused",
  "login-refused",
] as const

export const DRIVER_ERRORS: readonly DriverError[] = [
  // Java 4 and 3: CloudConfigFactory.java, the JDK
  { message: "invalid compression method", clients: JAVA, causes: ["zip-method"] },
  { message: "encrypted ZIP entry not supported", clients: JAVA, causes: ["zip-encrypted"] },
  {
    message: "java.net.SocketException: Unexpected end of file from server",
    clients: JAVA,
    causes: ["K2", "K5", "K6", "K7", "client-certificate-refused", "metadata-no-http"],
  },
  { message: "java.io.FileNotFoundException: https://…/metadata", clients: JAVA, causes: ["metadata-status"] },
  { message: "Cannot build a cluster without contact points", clients: ["java3"], causes: ["metadata-contact-points"] },
  {
    message: "KeyUsage does not allow digital signatures",
    clients: JAVA,
    causes: ["chain-purpose"],
  },
  { message: "Invalid bundle: missing file config.json", clients: JAVA, causes: ["Z1", "Z3", "Z4", "Z5"] },
  { message: "Invalid bundle: missing file …", clients: JAVA, causes: ["Z4", "Z5"] },
  { message: "only DEFLATED entries can have EXT descriptor", clients: JAVA, causes: ["Z2"] },
  { message: "Invalid config.json: missing field …", clients: JAVA, causes: ["C2", "C3", "C4"] },
  {
    message: "Keystore was tampered with, or password was incorrect",
    clients: JAVA,
    causes: ["J1", "J2", "C4"],
  },
  { message: "Cannot recover key", clients: JAVA, causes: ["J1"] },
  { message: "Invalid keystore format", clients: JAVA, causes: ["J1", "J2", "J3"] },
  { message: "the trustAnchors parameter must be non-empty", clients: JAVA, causes: ["J2"] },
  {
    message: "Unable to resolve host for cloud metadata service. Please make sure your cluster is not terminated",
    clients: ["java"],
    causes: ["name-unknown"],
  },
  {
    message: "Unable to connect to cloud metadata service. Please make sure your cluster is not parked or terminated",
    clients: ["java"],
    causes: ["service-unreachable"],
  },
  { message: "java.net.UnknownHostException: …", clients: ["java3"], causes: ["name-unknown"] },
  { message: "java.net.ConnectException: Connection refused", clients: ["java3"], causes: ["service-unreachable"] },
  { message: "Received fatal alert: …", clients: JAVA, causes: [...METADATA_TLS, "K7"] },
  {
    message: "PKIX path building failed: … unable to find valid certification path to requested target",
    clients: JAVA,
    causes: ["chain-untrusted"],
  },
  {
    message: "PKIX path validation failed: … validity check failed",
    clients: JAVA,
    causes: ["chain-expired", "K7"],
  },
  {
    message: "Extended key usage does not permit use for TLS server authentication",
    clients: JAVA,
    causes: ["chain-purpose"],
  },
  {
    message: "No subject alternative DNS name matching … found.",
    clients: JAVA,
    causes: ["service-name", "node-name-proxy", "C2"],
  },
  { message: "Server returned HTTP response code: … for URL: …", clients: JAVA, causes: ["metadata-status"] },
  {
    message: "Invalid proxy metadata: missing field …",
    clients: JAVA,
    causes: ["metadata-contact-info", "metadata-contact-points", "metadata-proxy-address", "metadata-local-dc"],
  },
  {
    message: "Invalid proxy metadata: missing port from field sni_proxy_address",
    clients: JAVA,
    causes: ["metadata-proxy-port"],
  },
  {
    message: "JsonParseException: Unexpected character …",
    clients: JAVA,
    causes: ["metadata-document", "metadata-compressed"],
  },
  {
    message: "Could not reach any contact point, make sure you've provided valid addresses",
    clients: ["java"],
    causes: NODES,
  },
  { message: "All host(s) tried for query failed (tried: …)", clients: ["java3"], causes: NODES },
  { message: "Authentication error on …", clients: JAVA, causes: ["identity-refused", "login-refused"] },
  { message: "No node was available to execute the query", clients: ["java"], causes: ["wrong-datacenter"] },

  // Python: cassandra/datastax/cloud/__init__.py, cluster.py
  { message: "[SSL] PEM lib", clients: ["python"], causes: ["K2", "K3", "Z4"] },
  { message: "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found", clients: ["python"], causes: ["K1"] },
  { message: "JSONDecodeError: Expecting value: …", clients: ["python"], causes: ["C1"] },
  {
    message: "'NoneType' object is not subscriptable",
    clients: ["python"],
    causes: ["metadata-document", "metadata-contact-info"],
  },
  {
    message: "Unable to open the zip file for the cloud config. Check your secure connect bundle.",
    clients: ["python"],
    causes: ["Z1"],
  },
  {
    message: "Unable to connect to the metadata service at …. Check the cluster status in the cloud console.",
    clients: ["python"],
    causes: [
      "name-unknown",
      "service-unreachable",
      ...METADATA_TLS,
      ...METADATA_CHAIN,
      "metadata-status",
      "metadata-endless",
      "metadata-no-http",
      "K1",
      "K2",
      "K5",
      "K6",
      "K7",
    ],
  },
  { message: "Failed to load cluster metadata", clients: ["python"], causes: ["metadata-document"] },
  {
    message: "KeyError: '…'",
    clients: ["python"],
    causes: [
      "metadata-contact-info",
      "metadata-contact-points",
      "metadata-proxy-address",
      "metadata-local-dc",
      "C2",
      "C3",
    ],
  },
  { message: "[Errno 2] No such file or directory…", clients: ["python"], causes: ["Z4", "Z5"] },
  { message: "Unexpected UTF-8 BOM (decode using utf-8-sig)", clients: ["python"], causes: ["C1"] },
  { message: "[X509: KEY_VALUES_MISMATCH] key values mismatch", clients: ["python"], causes: ["K4"] },
  { message: "[SSL: CA_MD_TOO_WEAK] ca md too weak", clients: ["python"], causes: ["K8"] },
  { message: "[SSL: EE_KEY_TOO_SMALL] ee key too small", clients: ["python"], causes: ["K8"] },
  { message: "hostname '…' doesn't match '…'", clients: ["python"], causes: ["node-name-proxy"] },
  {
    message: "('Unable to connect to any servers', …)",
    clients: PYTHON,
    causes: [...NODES, ...METADATA_CHAIN, "name-unknown"],
  },

  // Node.js: lib/datastax/cloud/index.js, lib/control-connection.js, OpenSSL
  { message: "ADM-ZIP: CRC32 checksum failed", clients: ["nodejs"], causes: ["zip-crc"] },
  { message: "DECODER routines::unsupported", clients: ["nodejs"], causes: ["K3"] },
  {
    message: "unsuitable certificate purpose",
    clients: ["nodejs"],
    causes: ["chain-purpose"],
  },
  { message: "Config file must be contained in secure bundle", clients: ["nodejs"], causes: ["Z4", "Z5"] },
  { message: "ADM-ZIP: Invalid or unsupported zip format…", clients: ["nodejs"], causes: ["Z1", "Z3"] },
  { message: "ADM-ZIP: Duplicate entry name", clients: ["nodejs"], causes: ["Z4"] },
  {
    message: "Config file must include host and port information",
    clients: ["nodejs"],
    causes: ["C2", "C3"],
  },
  { message: "bad decrypt", clients: ["nodejs"], causes: ["K3"] },
  { message: "key values mismatch", clients: ["nodejs"], causes: ["K4"] },
  { message: "ca md too weak", clients: ["nodejs", "cpp"], causes: ["K8", "chain-weak"] },
  {
    message: "tlsv13 alert certificate required",
    clients: ["nodejs"],
    causes: ["Z5", "K4", "client-certificate-refused"],
  },
  {
    message: "There was an error fetching the metadata information",
    clients: ["nodejs"],
    causes: [
      "name-unknown",
      "service-unreachable",
      ...METADATA_TLS,
      ...METADATA_CHAIN,
      "service-name",
      "metadata-status",
      "metadata-endless",
      "metadata-no-http",
      "K1",
      "K7",
    ],
  },
  {
    message: "There was an error while parsing the metadata service information",
    clients: ["nodejs"],
    causes: ["metadata-document", "metadata-contact-info", "metadata-compressed"],
  },
  {
    message: "(intermediate value) is not a constructor",
    clients: ["nodejs"],
    causes: ["metadata-proxy-port"],
  },
  {
    message: "Cannot read properties of undefined (reading 'forEach')",
    clients: ["nodejs"],
    causes: ["metadata-contact-points"],
  },
  { message: "queryA ENOTFOUND …", clients: ["nodejs"], causes: ["name-not-in-dns", "name-unknown", "C2"] },
  { message: "queryA ENODATA …", clients: ["nodejs"], causes: ["name-without-ipv4"] },
  { message: "unable to verify the first certificate", clients: ["nodejs"], causes: ["chain-untrusted"] },
  { message: "certificate has expired", clients: ["nodejs"], causes: ["chain-expired"] },
  {
    message: "Hostname/IP does not match certificate's altnames: …",
    clients: ["nodejs"],
    causes: ["service-name"],
  },
  { message: "Host: … is not cert's CN/altnames: …", clients: ["nodejs"], causes: ["node-name-proxy", "C2"] },
  { message: "All host(s) tried for query failed.…", clients: ["nodejs"], causes: NODES },
  {
    message: "localDataCenter was configured as '…', but only found hosts in data centers: […]",
    clients: ["nodejs"],
    causes: ["wrong-datacenter"],
  },

  // C#: SecureConnectionBundleParser.cs, Builder.cs, CustomCACertificateValidator.cs
  {
    message: "Failed to load or parse the secure connection bundle. See inner exception for more details.",
    clients: ["csharp"],
    causes: ["Z1", "Z4", "Z5", "C1", "C2", "C3", "C5", "P1"],
  },
  {
    message: "Root certificate thumbprint mismatch",
    clients: ["csharp"],
    causes: ["K1", "chain-untrusted", "chain-not-first"],
  },
  {
    message: "Failed to validate the server certificate's CN",
    clients: ["csharp"],
    causes: ["service-name", "node-name-config"],
  },
  {
    message: "All hosts tried for query failed (tried …)",
    clients: ["csharp"],
    causes: ["service-unreachable", "name-without-ipv4", ...NODES],
  },

  // C++: cloud_secure_connection_config.cpp, http_client.cpp
  { message: "Unable to load private key: …", clients: ["cpp"], causes: ["K3", "Z4"] },
  { message: "Unable to load certificate: …", clients: ["cpp"], causes: ["K1"] },
  { message: "Unable to load certificate chain: …", clients: ["cpp"], causes: ["K2", "K4"] },
  {
    message: "Error verifying peer certificate: …",
    clients: ["cpp"],
    causes: ["chain-untrusted", "chain-expired", "chain-purpose", "chain-broken"],
  },
  {
    message: "Error during SSL handshake: …",
    clients: ["cpp"],
    causes: ["node-unrouted", "tls-version", "service-tls"],
  },
  {
    message: "Connect error 'connection refused'",
    clients: ["cpp"],
    causes: ["proxy-unreachable", "metadata-proxy-port"],
  },
  { message: "Connect error 'address family not supported'", clients: ["cpp"], causes: ["name-without-ipv4"] },
  {
    message: "Unable to resolve hostname 'unknown node or service'",
    clients: ["cpp"],
    causes: ["name-unknown", "metadata-proxy-address"],
  },
  {
    message: "Socket closed prematurely",
    clients: ["cpp"],
    causes: ["node-unrouted", "client-certificate-refused"],
  },
  {
    message: "requires authentication, but no authenticator found in the options",
    clients: ["nodejs"],
    causes: ["login-wanted", "login-formal"],
  },
  {
    message: "requires authentication (…), but no authenticator configured",
    clients: ["java"],
    causes: ["login-wanted", "login-formal"],
  },
  {
    message: "requires authentication, but no authenticator found in Cluster configuration",
    clients: ["java3"],
    causes: ["login-wanted", "login-formal"],
  },
  {
    message: "Remote end requires authentication",
    clients: ["python", "cqlsh"],
    causes: ["login-wanted", "login-formal"],
  },
  {
    message: "Authentication required but no auth provider set",
    clients: ["cpp"],
    causes: ["login-wanted", "login-formal"],
  },
  {
    message: "Unable to connect to any contact points",
    clients: ["cpp"],
    causes: ["metadata-contact-points"],
  },
  {
    message: "Unable to load cloud secure connection configuration: Missing …",
    clients: ["cpp"],
    causes: ["Z4", "Z5", "C2"],
  },
  { message: "Missing port", clients: ["cpp"], causes: ["C3"] },
  {
    message: "Unable to configure driver from metadata server: …",
    clients: ["cpp"],
    causes: ["name-unknown", "service-unreachable", ...METADATA_TLS, "metadata-status"],
  },
  {
    message: "Metadata JSON is invalid",
    clients: ["cpp"],
    causes: ["metadata-pieces", "metadata-document", "metadata-compressed"],
  },
  { message: "Invalid response content type", clients: ["cpp"], causes: ["metadata-content-type"] },
  {
    message: "Peer certificate subject name does not match",
    clients: ["cpp"],
    causes: ["service-name", "node-name-proxy", "C2"],
  },
  { message: "No hosts available for the control connection", clients: ["cpp"], causes: NODES },

  // Go: astra/bundle.go, astra/endpoint.go, dialer.go, crypto/x509
  { message: "zip: unsupported compression algorithm", clients: GO, causes: ["zip-method"] },
  { message: "tls: failed to find any PEM data in key input", clients: GO, causes: ["K3", "Z4"] },
  { message: "no endpoints resolved", clients: ["cql-proxy"], causes: ["metadata-status", "metadata-contact-points"] },
  { message: "unexpected end of JSON input", clients: GO, causes: ["metadata-document", "metadata-length"] },
  {
    message: "unable to connect to cluster host … not found in system tables",
    clients: ["cql-proxy"],
    causes: ["misrouted", "metadata-contact-points"],
  },
  {
    message: "no connections were made when creating the session",
    clients: ["gocql-astra"],
    causes: ["node-unrouted"],
  },
  {
    message: "unable to get metadata from …: EOF",
    clients: ["cql-proxy"],
    causes: ["K2", "K5", "K7", "client-certificate-refused"],
  },
  { message: "bundle missing '…' file", clients: ["gocql-astra", "cql-proxy"], causes: ["Z4", "Z5"] },
  { message: "missing config.json from secure connect bundle", clients: ["zdm-proxy"], causes: ["Z4", "Z5"] },
  { message: "zip: not a valid zip file", clients: GO, causes: ["Z1"] },
  {
    message: "json: cannot unmarshal string into Go struct field .port of type int",
    clients: ["gocql-astra", "cql-proxy"],
    causes: ["C3"],
  },
  { message: "invalid character 'ï' looking for beginning of value", clients: GO, causes: ["C1"] },
  {
    message: "json: cannot unmarshal … into Go struct field …",
    clients: GO,
    causes: ["metadata-typed", "metadata-contact-points", "metadata-local-dc"],
  },
  {
    message: "invalid character … looking for beginning of value",
    clients: GO,
    causes: ["metadata-document", "metadata-compressed", "metadata-status"],
  },
  {
    message: "the provided CA cert could not be added to the root CA pool",
    clients: GO,
    causes: ["K1"],
  },
  { message: "tls: private key does not match public key", clients: GO, causes: ["K4"] },
  { message: "tls: failed to parse private key", clients: GO, causes: ["K3"] },
  { message: "tls: failed to find any PEM data in certificate input", clients: GO, causes: ["K2"] },
  {
    message: "%!w(<nil>)",
    clients: ["gocql-astra"],
    causes: ["metadata-contact-info", "metadata-contact-points", "metadata-proxy-address"],
  },
  {
    message: "could not split sni proxy hostname and port: …",
    clients: ["zdm-proxy"],
    causes: ["metadata-proxy-port", "metadata-proxy-address", "metadata-contact-info"],
  },
  {
    message: "address …: missing port in address",
    clients: ["gocql-astra", "cql-proxy"],
    causes: ["metadata-proxy-port"],
  },
  { message: "dial tcp: lookup …: no such host", clients: GO, causes: ["name-unknown"] },
  { message: "connect: connection refused", clients: GO, causes: ["service-unreachable", "proxy-unreachable"] },
  { message: "remote error: tls: …", clients: GO, causes: [...METADATA_TLS, "node-unrouted", "K7"] },
  {
    message: "x509: certificate signed by unknown authority",
    clients: GO,
    causes: ["chain-untrusted"],
  },
  { message: "x509: certificate has expired or is not yet valid: …", clients: GO, causes: ["chain-expired"] },
  {
    message: "x509: certificate specifies an incompatible key usage",
    clients: GO,
    causes: ["chain-purpose"],
  },
  {
    message: "x509: certificate relies on legacy Common Name field, use SANs instead",
    clients: GO,
    causes: ["service-name", "node-name-config", "node-name-proxy"],
  },
  {
    message: "x509: certificate is valid for …, not …",
    clients: GO,
    causes: ["service-name", "node-name-config", "node-name-proxy"],
  },
  {
    message: "gocql: unable to create session: …",
    clients: ["gocql-astra"],
    causes: ["name-unknown", "service-unreachable", ...METADATA_CHAIN, "service-name", ...NODES],
  },

  // Cassandra: the words behind those of the drivers
  {
    message: "Certificate identity '…' not authorized",
    clients: ["java", "java3", "python", "nodejs", "csharp", "cpp", ...GO, "cqlsh"],
    causes: ["identity-refused"],
  },
  {
    message: "Provided username … and/or password are incorrect",
    clients: ["java", "java3", "python", "nodejs", "csharp", "cpp", ...GO, "cqlsh"],
    causes: ["login-refused"],
  },
]

/** What `client` would say of `finding`, what fits best first. */
export function driverErrors(client: Client, { cause, code }: Finding): readonly string[] {
  const said = (what: string | undefined): readonly string[] =>
    DRIVER_ERRORS.filter(({ clients, causes }) => clients.includes(client) && causes.some(each => each === what)).map(
      ({ message }) => message,
    )
  return [...said(cause), ...said(code)]
}
