import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assembleBundle, type BundleContents } from "../../src/artifact/bundle.ts"
import type { KeyAlgorithm } from "../../src/domain/bundle.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import type { GatewayEvent } from "../../src/gateway/events.ts"
import { type Gateway, startGateway } from "../../src/gateway/gateway.ts"
import { IDENTITY, sampleBundle } from "./bundle.ts"
import { type CqlAuthentication, type CqlNode, startCqlCluster } from "./cql-node.ts"
import { type DnsResponder, startDnsResponder } from "./dns-responder.ts"
import { type CertifiedLeaf, makePki, type Pki } from "./pki.ts"

/** Everything between a bundle and its data, on loopback. */
export interface Cloud {
  readonly host: string
  readonly gateway: Gateway
  readonly nodes: readonly CqlNode[]
  readonly events: readonly GatewayEvent[]
  /** A ZIP for this gateway, with a client key of `algorithm`. */
  readonly bundle: string
  readonly dns: DnsResponder
  stop(): Promise<void>
}

export interface CloudOptions {
  readonly algorithm: KeyAlgorithm
  readonly authentication?: CqlAuthentication
}

/** The ZIP that takes a client of `pki` to these ports of its host. */
export async function bundleFor(
  pki: Pki,
  { metadataPort, cqlPort }: Pick<Gateway, "metadataPort" | "cqlPort">,
  client: CertifiedLeaf,
): Promise<Uint8Array> {
  const { contents } = await sampleBundle()
  const bundle: BundleContents = {
    ...contents,
    random: contents.random,
    cluster: { ...contents.cluster, host: pki.host, metadataPort, cqlPort },
    chain: client.chain,
    privateKey: client.privateKey,
    trust: [pki.root.certificate],
  }
  return assembleBundle(bundle).zip
}

/** Two nodes, a gateway before them, and a bundle that names it `cass.example.com`. */
export async function startCloud({ algorithm, authentication }: CloudOptions): Promise<Cloud> {
  const pki = await makePki({ algorithm, now: instantFromMillis(Date.now()) })
  const { host, server, root } = pki
  const nodes = await startCqlCluster(2, {
    datacenter: "dc1",
    certificatePem: server.chainPem,
    keyPem: server.keyPem,
    clientCaPem: root.certificatePem,
    authentication: authentication ?? { kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw" } },
  })
  const events: GatewayEvent[] = []
  const gateway = await startGateway({
    host,
    datacenter: "dc1",
    nodes: nodes.map(({ clusterNode }) => clusterNode),
    metadata: {
      listen: { address: "127.0.0.1", port: 0 },
      certificatePem: server.chainPem,
      privateKeyPem: server.keyPem,
      clientCaPem: root.certificatePem,
    },
    cql: { listen: { address: "127.0.0.1", port: 0 } },
    onEvent: event => events.push(event),
  })
  const dns = await startDnsResponder([host])
  const folder = await mkdtemp(join(tmpdir(), "scb-cloud-"))
  const bundle = join(folder, "secure-connect-checkout.zip")
  await writeFile(bundle, await bundleFor(pki, gateway, await pki.client({ identity: IDENTITY })), { mode: 0o600 })

  return {
    host,
    gateway,
    nodes,
    events,
    bundle,
    dns,
    async stop() {
      await gateway.stop(0)
      await Promise.all([...nodes.map(node => node.stop()), dns.stop(), rm(folder, { recursive: true })])
    },
  }
}
