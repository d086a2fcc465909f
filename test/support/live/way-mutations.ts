import { IDENTITY } from "../bundle.ts"
import { configured, type GoodBundle, identified, leafOf } from "../mutations.ts"
import type { LiveMutation } from "./mutation.ts"
import {
  CREDENTIALS,
  HOST_IDS,
  METADATA_NAME,
  type NodeSetting,
  PASSWORDS,
  PROXY_NAME,
  routeTo,
  type Setting,
  serverSide,
} from "./setting.ts"
import { withAddress } from "./tls-mutations.ts"

/** Of names whose addresses are as `scripts/in-namespace.sh` says. */
const NAMES = [
  ["nowhere", "cass.nowhere.test", "does not exist in DNS"],
  ["six", "cass.six.lab.test", "has an IPv6 address alone"],
  ["hosts-file", "hosts-file.test", "is known to the hosts file alone"],
  ["two-addresses", "cass.two.lab.test", "has two addresses, one of which is dead"],
  ["localhost", "localhost", "is localhost"],
  ["capitals", "CQL.Lab.Test", "is in capitals"],
  ["trailing-dot", "cass.lab.test.", "ends with a dot"],
] as const

const ADDRESSES = [
  ["ipv4", "127.0.0.1", "127.0.0.1", [127, 0, 0, 1], "an IPv4 address"],
  ["ipv6", "::1", "[::1]", [...Buffer.alloc(15), 1], "an IPv6 address"],
] as const

const bare = (name: string): string => name.replace(/\.$/, "").toLowerCase()

/** Names and addresses, routes, and what the nodes themselves do. */
export const wayMutations: readonly LiveMutation[] = [
  ...hostMutations(),
  ...proxyNameMutations(),
  ...portMutations(),
  ...routingMutations(),
  ...nodeMutations(),
  ...loginMutations(),
]

function hostMutations(): readonly LiveMutation[] {
  return [
    ...NAMES.map(
      ([id, host, title]): LiveMutation => ({
        id: `host-${id}`,
        part: "names",
        title: `the host of config.json ${title}`,
        change: ground => {
          const side = serverSide(ground, [bare(host), PROXY_NAME])
          return { host, metadataTls: side, cqlTls: side }
        },
      }),
    ),
    ...ADDRESSES.map(
      ([id, host, , bytes, title]): LiveMutation => ({
        id: `host-${id}`,
        part: "names",
        title: `the host of config.json is ${title}, which the certificate names`,
        change: ground => {
          const side = withAddress(ground, [PROXY_NAME], bytes)
          return { host, metadataTls: side, cqlTls: side }
        },
      }),
    ),
    {
      id: "host-same",
      part: "names",
      title: "one name stands for both ports",
      change: ground => ({
        proxy: `${METADATA_NAME}:{port}`,
        metadataTls: serverSide(ground, [METADATA_NAME]),
        cqlTls: serverSide(ground, [METADATA_NAME]),
      }),
    },
    {
      id: "port-text",
      part: "bundle",
      title: "the port in config.json is a string",
      change: () => ({ bundle: good => configured(good, { port: String(portOf(good)) }) }),
    },
    {
      id: "port-fraction",
      part: "bundle",
      title: "the port in config.json is a fraction",
      change: () => ({ bundle: good => configured(good, { port: Number(portOf(good)) + 0.5 }) }),
    },
    {
      id: "port-of-cql",
      part: "bundle",
      title: "the port in config.json is that of CQL",
      change: () => ({ bundle: good => configured(good, { port: configOf(good)["cql_port"] }) }),
    },
    {
      id: "username-in-config",
      part: "bundle",
      title: "config.json has a user and the cluster asks for passwords",
      change: () => ({
        ...PASSWORDS,
        bundle: good => configured(good, CREDENTIALS),
      }),
    },
  ]
}

function proxyNameMutations(): readonly LiveMutation[] {
  return [
    ...NAMES.map(
      ([id, name, title]): LiveMutation => ({
        id: `proxy-${id}`,
        part: "names",
        title: `the host of sni_proxy_address ${title}`,
        change: ground => ({ proxy: `${name}:{port}`, cqlTls: serverSide(ground, [METADATA_NAME, bare(name)]) }),
      }),
    ),
    ...ADDRESSES.map(
      ([id, , address, bytes, title]): LiveMutation => ({
        id: `proxy-${id}`,
        part: "names",
        title: `the host of sni_proxy_address is ${title}, which the certificate names`,
        change: ground => ({ proxy: `${address}:{port}`, cqlTls: withAddress(ground, [METADATA_NAME], bytes) }),
      }),
    ),
  ]
}

function portMutations(): readonly LiveMutation[] {
  const port = (cqlPort: "closed" | "plain" | "silent", title: string): LiveMutation => ({
    id: `cql-port-${cqlPort}`,
    part: "cql-tls",
    title,
    change: () => ({ cqlPort }),
  })
  return [
    port("closed", "nobody listens on the CQL port"),
    port("plain", "the CQL port does not speak TLS"),
    port("silent", "the CQL port says nothing"),
  ]
}

function routingMutations(): readonly LiveMutation[] {
  const routing = (
    id: string,
    title: string,
    routing: Setting["routing"],
    more: Partial<Setting> = {},
  ): LiveMutation => ({
    id: `routing-${id}`,
    part: "routing",
    title,
    change: () => ({ routing, ...more }),
  })
  const nodes = (id: string, title: string, ...changes: readonly Partial<NodeSetting>[]): LiveMutation => ({
    id: `routing-${id}`,
    part: "routing",
    title,
    change: (_, good) => ({ nodes: good.nodes.map((node, index) => ({ ...node, ...changes[index] })) }),
  })
  const known = (name: string | undefined) => routeTo(name) ?? "unrecognized"
  return [
    routing("all-to-first", "every host id leads to the first node", () => 0),
    routing("swapped", "the host ids are swapped", name => (name === HOST_IDS[0] ? 1 : 0)),
    routing("unknown-to-first", "unknown host ids lead to the first node", name => routeTo(name) ?? 0),
    routing("name-required", "a connection without SNI is refused", known),
    routing("second-unknown", "the proxy does not know the second host id", name =>
      name === HOST_IDS[0] ? 0 : "unrecognized",
    ),
    routing("second-closed", "the proxy closes what is for the second node", name =>
      name === HOST_IDS[0] ? 0 : "close",
    ),
    routing("all-refused", "the proxy knows no host id", () => "unrecognized"),
    routing("all-closed", "the proxy closes every connection", () => "close"),
    nodes("first-down", "the first node is down", { isDown: true }),
    nodes("second-down", "the second node is down", {}, { isDown: true }),
    nodes("all-down", "all nodes are down", { isDown: true }, { isDown: true }),
  ]
}

function nodeMutations(): readonly LiveMutation[] {
  const nodes = (id: string, title: string, ...changes: readonly Partial<NodeSetting>[]): LiveMutation => ({
    id: `cql-${id}`,
    part: "cql",
    title,
    change: (_, good) => ({ nodes: good.nodes.map((node, index) => ({ ...node, ...changes[index] })) }),
  })
  const everyNode = (id: string, title: string, atStartup: NonNullable<NodeSetting["atStartup"]>) =>
    nodes(id, title, { atStartup }, { atStartup })
  const other = ["cccccccc-0000-4000-8000-000000000001", "cccccccc-0000-4000-8000-000000000002"] as const
  return [
    nodes("host-id-other", "the second node has another host id", {}, { hostId: other[1] }),
    nodes("host-ids-other", "both nodes have other host ids", { hostId: other[0] }, { hostId: other[1] }),
    nodes("dc-second-other", "the second node is of another data centre", {}, { datacenter: "dc2" }),
    nodes("dc-all-other", "all nodes are of another data centre", { datacenter: "dc2" }, { datacenter: "dc2" }),
    nodes("startup-second-closed", "the second node closes at STARTUP", {}, { atStartup: "close" }),
    everyNode("startup-closed", "the nodes close at STARTUP", "close"),
    everyNode("startup-silent", "the nodes say nothing to STARTUP", "silence"),
    everyNode("startup-protocol", "the nodes answer STARTUP with a protocol error", {
      code: 0x000a,
      message: "Invalid or unsupported protocol version",
    }),
    everyNode("startup-server-error", "the nodes answer STARTUP with a server error", {
      code: 0x0000,
      message: "java.lang.NullPointerException",
    }),
    everyNode("startup-overloaded", "the nodes are overloaded", { code: 0x1001, message: "Request is shed" }),
    everyNode("startup-bootstrapping", "the nodes are bootstrapping", {
      code: 0x1002,
      message: "Cannot read from a bootstrapping node",
    }),
  ]
}

function loginMutations(): readonly LiveMutation[] {
  const login = (id: string, title: string, change: Partial<Setting>): LiveMutation => ({
    id: `cql-${id}`,
    part: "cql",
    title,
    change: () => change,
  })
  return [
    login("identity-unknown", "the identity has no role", { authentication: { kind: "mutual-tls", roles: {} } }),
    login("identity-none", "the certificate has a common name alone and identities are wanted", {
      bundle: good =>
        identified(good, leafOf(good, { alternativeNames: [{ kind: "dns", value: "checkout.lab.test" }] })),
    }),
    login("password", "the cluster asks for a password and gets it", {
      ...PASSWORDS,
      credentials: CREDENTIALS,
    }),
    login("password-wrong", "the password is wrong", {
      ...PASSWORDS,
      credentials: { ...CREDENTIALS, password: "wrong" },
    }),
    login("password-missing", "the cluster asks for a password and gets none", PASSWORDS),
    login("password-needless", "a password is given that nobody asks for", {
      authentication: { kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw" } },
      credentials: { username: "unused", password: "unused" },
    }),
  ]
}

function configOf({ files }: GoodBundle): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(files.get("config.json") ?? []).toString())
}

function portOf(good: GoodBundle): unknown {
  return configOf(good)["port"]
}
