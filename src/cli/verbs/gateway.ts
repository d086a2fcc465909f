import type { Command } from "commander"
import type { Cluster } from "../../domain/cluster.ts"
import { ScbError } from "../../domain/errors.ts"
import type { Gateway } from "../../gateway/gateway.ts"
import type { MetadataTls } from "../../gateway/metadata-endpoint.ts"
import { type FlatEvent, renderGatewayEventJson, renderGatewayEventText } from "../../render/gateway-event.ts"
import { readCluster } from "../cluster.ts"
import { formatOption, nowOption, type RepositoryOptions, repositoryOption, secondsOf, verb } from "../command.ts"
import { failureOf } from "../failure.ts"
import { readNamedText } from "../files.ts"
import type { Invocation } from "../invocation.ts"
import type { Io } from "../io.ts"
import { gatewayDiscoverVerb } from "./gateway-discover.ts"
import { gatewayRenderVerb } from "./gateway-render.ts"

interface Options extends RepositoryOptions {
  readonly certificate: string
  readonly key?: string
  readonly clientCa?: string
  readonly crl?: string
  readonly listen: string
  readonly idleTimeout: string
  readonly grace: string
}

export function gatewayVerb(invocation: Invocation): Command {
  return verb("gateway", "the server side of a bundle: metadata endpoint and SNI proxy", [
    "scb gateway serve payments-prod --certificate server.crt --key server.key",
    "scb gateway render payments-prod --target haproxy --out /etc/scb/payments-prod",
    "scb gateway discover payments-prod --bundle secure-connect-admin.zip",
  ])
    .addCommand(gatewayServeVerb(invocation))
    .addCommand(gatewayRenderVerb(invocation))
    .addCommand(gatewayDiscoverVerb(invocation))
}

function gatewayServeVerb(invocation: Invocation): Command {
  return verb("serve", "serve the metadata endpoint and the SNI proxy of one cluster, until stopped", [
    "scb gateway serve payments-prod --certificate server.crt --key server.key",
    "SCB_GATEWAY_KEY_FILE=server.key scb gateway serve payments-prod --certificate server.crt --listen 127.0.0.1",
    "scb gateway serve payments-prod --certificate server.crt --key server.key --format json | jq .kind",
  ])
    .argument("<cluster>", "a cluster of the repository: its endpoint, nodes and data centre are served")
    .requiredOption("--certificate <file>", "PEM server certificate with its chain; it must name the cluster's host")
    .option("--key <file>", "PEM key of the certificate (default: SCB_GATEWAY_KEY or SCB_GATEWAY_KEY_FILE)")
    .option("--client-ca <file>", "PEM of the CAs that sign clients up to their root (default: the cluster's issuers)")
    .option("--crl <file>", "PEM revocation lists, one of every CA in the chain")
    .option("--listen <address>", "address to listen on; the ports are those of cluster.yaml", "0.0.0.0")
    .option("--idle-timeout <seconds>", "close a connection that was silent for so long", "3600")
    .option("--grace <seconds>", "how long open connections may go on after a stop", "30")
    .addOption(repositoryOption())
    .addOption(formatOption())
    .addOption(nowOption())
    .addHelpText("after", SIGNALS)
    .action((cluster: string, options: Options) => serve(cluster, options, invocation.io))
}

const SIGNALS = `
Signals:
  SIGHUP           read certificate, key, CAs, lists and the cluster's nodes again, for new connections
  SIGTERM, SIGINT  stop: accept nothing more, and end what is open after --grace; a second one ends it at once
`

async function serve(name: string, options: Options, io: Io): Promise<void> {
  const idleTimeoutMillis = secondsOf("--idle-timeout", options.idleTimeout)
  const graceMillis = secondsOf("--grace", options.grace)
  const { startGateway } = await import("../../gateway/gateway.ts")
  const show = options.format === "json" ? renderGatewayEventJson : renderGatewayEventText
  const report = (event: FlatEvent) => io.stdout(show(event, io.now()))

  const { cluster, tls } = await readFiles(name, options, io)
  const { host, metadataPort, cqlPort } = cluster.endpoint
  const gateway = await startGateway({
    host,
    datacenter: cluster.datacenter,
    nodes: cluster.nodes,
    metadata: { listen: { address: options.listen, port: metadataPort }, ...tls },
    cql: { listen: { address: options.listen, port: cqlPort } },
    idleTimeoutMillis,
    onEvent: report,
  })
  let reloaded = Promise.resolve()
  io.onReload(() => {
    reloaded = reloaded.then(() => reload(gateway, cluster, options, io)).then(report)
  })
  await io.stopRequested()
  const stopped = gateway.stop(graceMillis)
  void io.stopRequested().then(() => gateway.stop(0))
  await stopped
}

interface GatewayFiles {
  readonly cluster: Cluster
  readonly tls: MetadataTls
}

/** All that the gateway is made from, as it lies on disk now. */
async function readFiles(name: string, options: Options, io: Io): Promise<GatewayFiles> {
  const { cluster, issuerPems } = await readCluster(name, options, io)
  const [certificatePem, clientCaPem, crlPem] = await Promise.all([
    readNamedText(options.certificate, io),
    options.clientCa === undefined ? issuerPems.join("\n") : readNamedText(options.clientCa, io),
    options.crl === undefined ? undefined : readNamedText(options.crl, io),
  ])
  const privateKeyPem = await privateKeyOf(options, io)
  return { cluster, tls: { certificatePem, privateKeyPem, clientCaPem, ...(crlPem === undefined ? {} : { crlPem }) } }
}

/** Takes up all files anew, or none of them: a gateway that runs goes on with what it had. Never throws. */
async function reload(gateway: Gateway, before: Cluster, options: Options, io: Io): Promise<FlatEvent> {
  try {
    const { cluster, tls } = await readFiles(before.name, options, io)
    requireSamePlace(before, cluster)
    gateway.updateTls(tls)
    gateway.updateNodes(cluster.nodes)
    return { kind: "reloaded" }
  } catch (error) {
    return { kind: "reload-failed", ...failureOf(error) }
  }
}

/** Listeners and what drivers were told when they started stay as they are. */
function requireSamePlace(before: Cluster, after: Cluster): void {
  const placeOf = ({ endpoint, datacenter }: Cluster) =>
    `${endpoint.host}:${endpoint.metadataPort}:${endpoint.cqlPort} ${datacenter}`
  if (placeOf(before) === placeOf(after)) return
  throw new ScbError("gateway-misconfigured", "a running gateway cannot change its host, ports or data centre", {
    hint: "start it again",
  })
}

/** Unencrypted PEM for the TLS library; it stays in memory. */
async function privateKeyOf(options: Options, io: Io): Promise<string> {
  const [{ environmentSecrets }, { readPrivateKey }, { encodePem }] = await Promise.all([
    import("../../adapters/secrets-environment.ts"),
    import("../../artifact/keys.ts"),
    import("../../artifact/pem.ts"),
  ])
  const secrets = environmentSecrets(io.env)
  const pem =
    options.key === undefined ? await secrets.read("env:SCB_GATEWAY_KEY") : await readNamedText(options.key, io)
  if (pem === undefined) {
    throw new ScbError("key-missing", "the gateway has no private key: neither --key nor SCB_GATEWAY_KEY is given", {
      hint: "give the key of --certificate",
    })
  }
  return encodePem("PRIVATE KEY", readPrivateKey(pem, await secrets.read("env:SCB_GATEWAY_KEY_PASSPHRASE")).pkcs8)
}
