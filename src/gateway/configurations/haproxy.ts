import type { ConfigurationFile } from "./heading.ts"
import { listenAddress, type ProxyFacts, type ProxyNode } from "./proxy-facts.ts"
import { filesToBring, proxyHeading } from "./proxy-files.ts"

/**
 * HAProxy 2.4 and newer (configuration manual 2.6). Traps that it steps around: `strict-sni` would refuse the host ids
 * that drivers send as server name; `sni` on a server line would replace the name that `verifyhost` checks.
 */
export function renderHaproxy(facts: ProxyFacts): readonly ConfigurationFile[] {
  return [
    { name: "haproxy.cfg", text: configuration(facts) },
    { name: "hosts.map", text: hostsMap(facts) },
    { name: "metadata.json", text: `${facts.metadata}\n` },
  ]
}

function configuration(facts: ProxyFacts): string {
  const { cluster, directory, idleSeconds, metadataPort, nodes } = facts
  const head = proxyHeading(
    "haproxy",
    facts,
    `HAProxy (2.4 or newer) as metadata endpoint and CQL proxy of ${cluster}`,
    [
      ...filesToBring(facts),
      "Rendered beside this file:",
      "  hosts.map        the node that a TLS server name leads to",
      "  metadata.json    what drivers are told first",
      "",
      `Check: haproxy -c -f ${directory}/haproxy.cfg`,
      `Start: haproxy -W -db -f ${directory}/haproxy.cfg   (SIGUSR2: takes up changed files, no connection is lost)`,
      "User, group, chroot and maxconn are yours to add to `global`.",
    ],
  )
  return `${head}
global
  log stdout format raw daemon info
  ssl-load-extra-del-ext # the key of server.crt is server.key
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
  tune.ssl.cachesize 0 # no session is resumed: every connection is verified anew

defaults
  log global
  mode tcp
  option tcplog
  option dontlognull
  option clitcpka
  option srvtcpka
  option redispatch 1 # where any node will do: the next one after each failure
  timeout connect 5s
  timeout client ${idleSeconds}s
  timeout server ${idleSeconds}s
  timeout client-fin 30s
  timeout server-fin 30s

frontend metadata
  mode http
  option httplog
  timeout client 10s
  timeout http-request 10s
  timeout http-keep-alive 10s
  bind ${listenAddress(facts, metadataPort)} ${clientTls(facts)}
  http-request return status 200 content-type application/json file ${directory}/metadata.json if { path /metadata } METH_GET
  http-request return status 405 content-type application/json string '{"code":405,"message":"method not allowed"}' hdr Allow GET if { path /metadata }
  http-request return status 404 content-type application/json string '{"code":404,"message":"not found"}'

${cqlFrontend(facts)}
backend any-node
  balance roundrobin
${nodes.map(node => serverLine(node.name, node, facts)).join("")}
${nodes.map(node => `backend ${node.name}\n${serverLine("node", node, facts)}`).join("\n")}${nodes.some(node => node.isNamed) ? RESOLVERS : ""}`
}

function cqlFrontend(facts: ProxyFacts): string {
  const terminates = facts.mode === "terminate"
  const name = terminates ? "ssl_fc_sni" : "req.ssl_sni"
  const backendOf = `${name},lower,map(${facts.directory}/hosts.map)`
  const lines = [
    `bind ${listenAddress(facts, facts.cqlPort)}${terminates ? ` ${clientTls(facts)}` : ""}`,
    ...(terminates ? [] : ["tcp-request inspect-delay 5s", "acl hello req.ssl_hello_type 1"]),
    `acl named ${name} -m found`,
    `acl known ${backendOf} -m found`,
    "# any other node would answer too, and the driver would keep its state under the wrong name",
    `tcp-request content reject if ${terminates ? "" : "hello "}named !known`,
    ...(terminates ? [] : ["tcp-request content accept if hello", "tcp-request content reject"]),
    `use_backend %[${backendOf}] if named`,
    "default_backend any-node # no server name: cqlsh, health checks",
  ]
  return `frontend cql\n${lines.map(line => `  ${line}\n`).join("")}`
}

function clientTls({ directory, checksRevocation }: ProxyFacts): string {
  const crl = checksRevocation ? ` crl-file ${directory}/crl.pem` : ""
  return `ssl crt ${directory}/server.crt ca-file ${directory}/clients-ca.crt verify required${crl}`
}

function serverLine(name: string, { address, isNamed }: ProxyNode, { mode, directory, nodeName }: ProxyFacts): string {
  const tls = ` ssl ca-file ${directory}/nodes-ca.crt verify required verifyhost ${nodeName} crt ${directory}/proxy.crt`
  const lookUp = " resolvers system init-addr last,libc,none"
  return `  server ${name} ${address}${mode === "terminate" ? tls : ""}${isNamed ? lookUp : ""}\n`
}

/** Names are looked up while it runs; it starts without those that are not there yet. */
const RESOLVERS = `
resolvers system
  parse-resolv-conf
`

function hostsMap(facts: ProxyFacts): string {
  const { cluster, host, nodes } = facts
  const head = proxyHeading("haproxy", facts, `TLS server names of ${cluster} and the backends that they lead to`, [
    "For haproxy.cfg. A name that is not here is refused.",
  ])
  return `${head}${host} any-node\n${nodes.map(({ hostId, name }) => `${hostId} ${name}\n`).join("")}`
}
