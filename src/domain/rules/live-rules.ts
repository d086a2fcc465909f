import type { FindingRule } from "./finding-rules.ts"

/** Findings about a live cluster, seen from a bundle: `scb doctor`, in the order in which a driver meets them. */
export const LIVE_RULES = {
  L1: {
    severity: "error",
    title: "the metadata service answers TLS 1.2 and 1.3, with a server name and without, to the bundle's certificate",
    why: "C++ speaks TLS 1.2 at most and sends no server name, C# TLS 1.2 at most. Java waits for ever for a service that is silent; Python calls everything `Unable to connect to the metadata service`.",
    mend: "Open the port to clients, offer TLS 1.2 beside 1.3, give one certificate to those without a server name, and trust the CA that issued the bundle's certificate.",
  },
  L2: {
    severity: "error",
    title: "the metadata service proves its name with a certificate chain that leads to ca.crt",
    why: "Every driver verifies the chain, all but Python the name too. Go reads alternative names only and never the common name; C# wants the chain to end at the first certificate of ca.crt.",
    mend: "Issue the server certificate with the host as DNS alternative name and extendedKeyUsage serverAuth, send it with all intermediates, and build the bundle with its root.",
  },
  L3: {
    severity: "error",
    title: "`GET /metadata` is answered with 200 and plain JSON of less than 8 KB in one write, in HTTP/1.0 and 1.1",
    why: "C++ asks `GET /metadata?version=1 HTTP/1.0`, wants `json` in the content type, and keeps only the last piece of a body that comes in pieces: `Metadata JSON is invalid`. No driver but those in Go unpacks a compressed answer.",
    mend: "Answer every query and HTTP version alike, with Content-Type application/json and Content-Length; switch compression and chunking off for this path.",
  },
  L4: {
    severity: "error",
    title: "the metadata names the proxy with its port, the data centre, and at least one host id",
    why: "Drivers fail with words that are far from it: Node.js `(intermediate value) is not a constructor` for a proxy without a port, Python a bare `KeyError`; cql-proxy ignores every node whose data centre is not `region`.",
    mend: "Serve the document that docs/gateway.md shows: contact_points as a list of lower-case host ids, sni_proxy_address as name:port, local_dc as Cassandra spells it, region equal to it or left out.",
  },
  L5: {
    severity: "error",
    title: "the names of the service and of the proxy have an A record in DNS",
    why: "Node.js asks the name servers for an A record of the proxy and reads no hosts file (`queryA ENOTFOUND`); C# uses IPv4 only.",
    mend: "Publish an A record; a name in /etc/hosts, or an AAAA record alone, is not enough for all.",
  },
  L6: {
    severity: "error",
    title:
      "each host id, sent as server name, leads to a node whose certificate names the proxy and the host of config.json",
    why: "Java, Node.js, C++ and Python up to 3.28 look for the proxy's name in the node's certificate, C#, gocql-astra and cql-proxy for the host of config.json, Python from 3.29 on for none.",
    mend: "Use one DNS name for both, and put it into the certificate of every node as DNS alternative name; route each host id to its node, refuse those that are unknown, and give connections without a server name any node.",
  },
  L7: {
    severity: "error",
    title: "each node lets the bundle in and is the one that was asked for, in the data centre that the metadata names",
    why: "A node that answers under another's host id makes drivers believe that nodes come and go. Java 4, Node.js, C# and C++ use only nodes of local_dc.",
    mend: "Map the certificate's identity to a role (`ADD IDENTITY … TO ROLE …`) or give the right login; renew the proxy's map of host ids; spell local_dc as Cassandra does.",
  },
  L8: {
    severity: "warning",
    title: "without a client certificate nobody gets in",
    why: "Drivers do not mind. But who needs no certificate needs no bundle: the metadata shows the nodes to strangers, and a password is all that is left.",
    mend: "Require client certificates: `ssl_verify_client on`, `verify required`, `require_client_auth: true`.",
  },
} as const satisfies Record<string, FindingRule>

/** The ways in which these rules are broken, each with the words for people: what drivers say of them differs. */
export const LIVE_CAUSES = {
  "name-unknown": ["L5", "the name has no address"],
  "name-not-in-dns": ["L5", "the proxy's name stands in a hosts file and not in DNS"],
  "name-without-ipv4": ["L5", "the name has IPv6 addresses alone"],
  "service-unreachable": ["L1", "nothing answers at the address of the metadata service"],
  "service-tls": ["L1", "the TLS handshake with the metadata service fails"],
  "client-certificate-refused": ["L1", "the server does not take the bundle's certificate"],
  "tls-version": ["L1", "the server speaks none of the driver's TLS versions, or no TLS"],
  "chain-untrusted": ["L2", "the server's chain does not lead to ca.crt: another CA, or an intermediate is missing"],
  "chain-not-first": ["L2", "the server's chain ends at a root that is not the first of ca.crt"],
  "chain-expired": ["L2", "a certificate of the server is not valid now"],
  "chain-purpose": ["L2", "the server's certificate is not for servers"],
  "chain-weak": ["L2", "a certificate of the server has a weak key or signature"],
  "chain-broken": ["L2", "the server's chain breaks a rule of X.509"],
  "service-name": ["L2", "the certificate of the metadata service is for other names"],
  "metadata-status": ["L3", "the metadata service answers with an error"],
  "metadata-no-http": ["L3", "the metadata service does not answer in HTTP"],
  "metadata-endless": ["L3", "the metadata service does not come to an end"],
  "metadata-compressed": ["L3", "the metadata comes compressed"],
  "metadata-content-type": ["L3", "the metadata's content type is not JSON"],
  "metadata-pieces": ["L3", "the metadata comes in pieces, in chunks, or has 8 KB and more"],
  "metadata-length": ["L3", "the Content-Length of the metadata is not its length"],
  "metadata-document": ["L4", "the metadata is no JSON object"],
  "metadata-contact-info": ["L4", "the metadata has no contact_info"],
  "metadata-contact-points": ["L4", "the metadata names no host ids"],
  "metadata-proxy-address": ["L4", "the metadata names no proxy that drivers can use"],
  "metadata-proxy-port": ["L4", "sni_proxy_address has no port"],
  "metadata-local-dc": ["L4", "the metadata names no data centre"],
  "metadata-typed": ["L4", "a value of the metadata has another type than Go expects"],
  "wrong-region": ["L4", "region is not the data centre of the nodes"],
  "proxy-unreachable": ["L6", "nothing answers at the address of the proxy"],
  "node-unrouted": ["L6", "the host id leads nowhere: the proxy does not know it, or the node is down"],
  "node-name-proxy": ["L6", "the node's certificate does not name the proxy"],
  "node-name-config": ["L6", "the node's certificate does not name the host of config.json"],
  "stranger-routed": ["L6", "a host id that nobody has is led to some node"],
  "no-cql": ["L7", "what answers behind the proxy does not speak CQL"],
  "identity-refused": ["L7", "Cassandra maps the certificate's identity to no role"],
  "login-refused": ["L7", "the login is wrong, or the node takes none now"],
  "login-wanted": ["L7", "a login is asked for, and none was given"],
  "login-formal": ["L7", "a login is asked for, and not looked at: the certificate decides"],
  "query-refused": ["L7", "the node does not let its guest read system.local"],
  misrouted: ["L7", "the proxy leads a host id to another node"],
  "wrong-datacenter": ["L7", "local_dc is not the data centre of the nodes"],
  anonymous: ["L8", "a server lets in who has no certificate"],
} as const satisfies Readonly<Record<string, readonly [code: string, text: string]>>

export type LiveCause = keyof typeof LIVE_CAUSES
