import type { ConfigurationFile } from "./heading.ts"
import { renderNginxMetadata } from "./nginx.ts"
import { listenAddress, type ProxyFacts, type ProxyNode } from "./proxy-facts.ts"
import { filesToBring, proxyHeading } from "./proxy-files.ts"

/** Traefik 3 with its file provider: the CQL proxy. It passes through, and has no way to answer by itself. */
export function renderTraefik(facts: ProxyFacts): readonly ConfigurationFile[] {
  return [
    { name: "traefik.yaml", text: staticConfiguration(facts) },
    { name: "dynamic.yaml", text: dynamicConfiguration(facts) },
    renderNginxMetadata(facts, "traefik"),
  ]
}

function staticConfiguration(facts: ProxyFacts): string {
  const { cluster, directory, cqlPort, metadataPort } = facts
  const head = proxyHeading("traefik", facts, `Traefik (3.0 or newer) as CQL proxy of ${cluster}`, [
    `Traefik cannot answer /metadata by itself. Have port ${metadataPort} of the same name lead to one of these:`,
    "  nginx with metadata-nginx.conf, which is rendered beside this file",
    `  scb gateway serve ${cluster}, on another address than Traefik's`,
    "It has no revocation lists and no idle timeout for TCP: TCP keepalive finds dead peers.",
    "",
    `Start: traefik --configfile=${directory}/traefik.yaml`,
    ...filesToBring(facts).map(line => line.replace("To bring", "For the metadata endpoint, to bring")),
  ])
  return `${head}
entryPoints:
  cql:
    address: ${JSON.stringify(listenAddress(facts, cqlPort))}
    transport:
      respondingTimeouts:
        readTimeout: 5s # for the first message of the handshake

providers:
  file:
    filename: ${directory}/dynamic.yaml
    watch: true

log:
  level: INFO
`
}

function dynamicConfiguration(facts: ProxyFacts): string {
  const { cluster, host, nodes } = facts
  const head = proxyHeading("traefik", facts, `Routers by TLS server name for ${cluster}`, [
    "For traefik.yaml, which reads it again when it changes. A name that is not here is refused.",
  ])
  return `${head}
tcp:
  routers:
    no-name: # cqlsh, health checks; never an unknown name: the driver would keep its state under the wrong one
${router("HostSNI(`*`) && !HostSNIRegexp(`.+`)", "any-node")}    any-node:
${router(`HostSNI(\`${host}\`)`, "any-node")}${nodes.map(({ hostId, name }) => `    ${name}:\n${router(`HostSNI(\`${hostId}\`)`, name)}`).join("")}
  services:
${service("any-node", nodes)}${nodes.map(node => service(node.name, [node])).join("")}`
}

function router(rule: string, target: string): string {
  return `      entryPoints: [cql]
      rule: "${rule}"
      service: ${target}
      tls: { passthrough: true }
`
}

function service(name: string, nodes: readonly ProxyNode[]): string {
  return `    ${name}:
      loadBalancer:
        servers:
${nodes.map(({ address }) => `          - address: ${JSON.stringify(address)}\n`).join("")}`
}
