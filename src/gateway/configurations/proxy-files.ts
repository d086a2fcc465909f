import { type ConfigurationFile, heading } from "./heading.ts"
import type { ProxyFacts } from "./proxy-facts.ts"

/** What a proxy's administrator has to put into `directory`, for the head of the configuration. */
export function filesToBring(facts: ProxyFacts): readonly string[] {
  const { directory, host, mode, checksRevocation, nodeName, clientCaPem } = facts
  const terminates = mode === "terminate"
  return [
    `To bring to ${directory}:`,
    `  server.crt       certificate with the DNS name ${host}, then its intermediates`,
    "  server.key       its private key, unencrypted, readable for nobody else",
    ...(clientCaPem === undefined ? [CLIENT_CA_NOTE] : []),
    ...(checksRevocation
      ? ["  crl.pem          their revocation lists, one of every CA, none past its nextUpdate"]
      : []),
    ...(terminates
      ? [
          `  nodes-ca.crt     root of the nodes' certificates, which carry the DNS name ${nodeName}`,
          "  proxy.crt, .key  the certificate that the nodes know the proxy by, with its key",
        ]
      : []),
  ]
}

export const CLIENT_CA_NOTE = "  clients-ca.crt   the CAs that sign the bundles' certificates, up to their root"

/** `clients-ca.crt`, where it is known. */
export function clientCaFile(clientCaPem: string | undefined): readonly ConfigurationFile[] {
  return clientCaPem === undefined ? [] : [{ name: "clients-ca.crt", text: clientCaPem }]
}

/** The head of a file of this proxy; `what` names the cluster. */
export function proxyHeading(target: string, facts: ProxyFacts, what: string, notes: readonly string[]): string {
  const { cluster, source } = facts
  return heading({ what, cluster, source, made: argumentsOf(target, facts), notes })
}

/** Arguments that lead to these very bytes, apart from files. */
function argumentsOf(target: string, facts: ProxyFacts): string {
  return [
    `--target ${target}`,
    ...(facts.mode === "passthrough" ? [] : [`--mode ${facts.mode}`]),
    ...(facts.directory === defaultDirectory(facts.cluster) ? [] : [`--directory ${facts.directory}`]),
    ...(facts.listen === DEFAULT_LISTEN ? [] : [`--listen ${facts.listen}`]),
    ...(facts.idleSeconds === DEFAULT_IDLE_SECONDS ? [] : [`--idle-timeout ${facts.idleSeconds}`]),
    ...(facts.checksRevocation ? ["--crl"] : []),
    ...(facts.nodeName === facts.host ? [] : [`--node-name ${facts.nodeName}`]),
  ].join(" ")
}

export const DEFAULT_LISTEN = "0.0.0.0"
export const DEFAULT_IDLE_SECONDS = 3600

export function defaultDirectory(cluster: string): string {
  return `/etc/scb/${cluster}`
}
