import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Command, Option } from "commander"
import type { ConfigurationFile } from "../../gateway/configurations/heading.ts"
import type { ProxyMode } from "../../gateway/configurations/proxy-facts.ts"
import { DEFAULT_IDLE_SECONDS, DEFAULT_LISTEN, defaultDirectory } from "../../gateway/configurations/proxy-files.ts"
import { PROXY_TARGETS, type ProxyTarget } from "../../gateway/configurations/targets.ts"
import { type RenderedFile, renderConfigurationJson, renderConfigurationText } from "../../render/configuration.ts"
import { type ReadCluster, readCluster } from "../cluster.ts"
import { pathOf, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { type Invocation, UsageError } from "../invocation.ts"

interface Options extends RepositoryOptions {
  readonly target: ProxyTarget | "cassandra"
  readonly mode: ProxyMode
  readonly directory?: string
  readonly listen: string
  readonly idleTimeout: string
  readonly crl?: boolean
  readonly nodeName?: string
  readonly out?: string
}

export function gatewayRenderVerb(invocation: Invocation): Command {
  return repositoryVerb("render", "write the configuration of another proxy, or of Cassandra, from cluster.yaml", [
    "scb gateway render payments-prod --target haproxy --out /etc/scb/payments-prod",
    "scb gateway render payments-prod --target nginx --crl",
    "scb gateway render analytics-prod --target haproxy --mode terminate",
    "scb gateway render payments-prod --target cassandra --format json | jq -r '.files[0].content'",
  ])
    .argument("<cluster>", "a cluster of the repository")
    .addOption(
      new Option("--target <program>", "whose configuration")
        .choices([...PROXY_TARGETS, "cassandra"])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--mode <mode>", "open no TLS, or open it and encrypt anew (HAProxy; nodes then see one client only)")
        .choices(["passthrough", "terminate"])
        .default("passthrough"),
    )
    .option(
      "--directory <dir>",
      "where the files will lie on the machine that reads them (default: /etc/scb/<cluster>)",
    )
    .option("--listen <address>", "IP address to listen on; the ports are those of cluster.yaml", DEFAULT_LISTEN)
    .option("--idle-timeout <seconds>", "close a connection that was silent for so long", String(DEFAULT_IDLE_SECONDS))
    .option("--crl", "look clients up in the revocation lists of crl.pem")
    .option("--node-name <name>", "with --mode terminate: the DNS name in the nodes' certificates (default: the host)")
    .option("--out <dir>", "write the files there, instead of printing them; what is the same stays untouched")
    .action(async (name: string, options: Options) => {
      const { io } = invocation
      const read = await readCluster(name, options, io)
      const files = await filesFor(read, options)
      const rendered = options.out === undefined ? files : await writeFiles(files, pathOf(options.out, io))
      const result = { cluster: name, target: options.target, files: rendered }
      io.stdout(
        options.format === "json" ? renderConfigurationJson(result) : renderConfigurationText(result, styleOf(io)),
      )
    })
}

async function filesFor(read: ReadCluster, options: Options): Promise<readonly ConfigurationFile[]> {
  const { isPlainPath } = await import("../../gateway/configurations/proxy-facts.ts")
  const directory = options.directory ?? defaultDirectory(read.cluster.name)
  if (!isPlainPath(directory)) {
    throw new UsageError(`--directory: expected an absolute path of letters, digits and ._-, got ${show(directory)}`)
  }
  return options.target === "cassandra"
    ? cassandraFiles(read, directory)
    : proxyFiles(options.target, read, directory, options)
}

async function proxyFiles(
  target: ProxyTarget,
  { cluster, issuerPems }: ReadCluster,
  directory: string,
  options: Options,
): Promise<readonly ConfigurationFile[]> {
  const [{ isIP }, { hostProblem }, { proxyFacts }, { renderProxy, supportsMode }] = await Promise.all([
    import("node:net"),
    import("../../domain/host.ts"),
    import("../../gateway/configurations/proxy-facts.ts"),
    import("../../gateway/configurations/targets.ts"),
  ])
  const { mode, listen, nodeName } = options
  if (!supportsMode(target, mode)) throw new UsageError(`--mode ${mode}: expected --target haproxy, got ${target}`)
  if (mode === "terminate" && cluster.authentication === "mutual-tls") {
    throw new UsageError(
      `--mode terminate: ${cluster.name} knows applications by their certificates, which would end here`,
      {
        hint: "pass through, or say authentication: password in cluster.yaml",
      },
    )
  }
  if (isIP(listen) === 0) throw new UsageError(`--listen: expected an IP address, got ${show(listen)}`)
  if (nodeName !== undefined && hostProblem(nodeName) !== undefined) {
    throw new UsageError(`--node-name: expected a DNS name, got ${show(nodeName)}: ${hostProblem(nodeName)}`)
  }
  const facts = proxyFacts(cluster, {
    mode,
    directory,
    listen,
    idleSeconds: idleSecondsOf(options.idleTimeout),
    checksRevocation: options.crl === true,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(await clientCaOf(issuerPems)),
  })
  return renderProxy(target, facts)
}

async function cassandraFiles(read: ReadCluster, directory: string): Promise<readonly ConfigurationFile[]> {
  const [{ readLedger }, { trustAnchors }, { identitiesOf }, { renderCassandra }, { dueInvalidations }, { momentAt }] =
    await Promise.all([
      import("../../app/ledger.ts"),
      import("../../app/plan.ts"),
      import("../../domain/revocation/identities.ts"),
      import("../../gateway/configurations/cassandra.ts"),
      import("../../domain/revocation/invalidations.ts"),
      import("../../domain/plan/moment.ts"),
    ])
  const { cluster, source, world, issuerPems } = read
  const { state } = await readLedger(world.ledger, trustAnchors(source), world.now)
  const bundles = [...source.repository.bundles.values()].filter(bundle => bundle.cluster === cluster.name)
  const histories = [...state.bundles.values()].filter(({ bundle }) => bundle.startsWith(`${cluster.name}/`))
  const moment = momentAt(world.now)
  const due = dueInvalidations(source.repository.policies.campaigns, state, moment).map(each => ({
    ...each,
    at: world.now,
  }))
  const identities = identitiesOf(bundles, histories, world.now, [...state.invalidations, ...due])
  return renderCassandra({ cluster, directory, identities, ...(await clientCaOf(issuerPems)) })
}

/** The issuers' files, if all of them reach a root: OpenSSL ends a chain nowhere else. */
async function clientCaOf(issuerPems: readonly string[]): Promise<{ readonly clientCaPem?: string }> {
  const [{ readCertificateFacts }, { encodeUtf8 }] = await Promise.all([
    import("../../artifact/x509-read.ts"),
    import("../../domain/utf8.ts"),
  ])
  const reachesRoot = (pem: string): boolean => {
    const facts = readCertificateFacts(encodeUtf8(pem))
    return facts.ok && facts.value.some(certificate => certificate.selfSigned)
  }
  return issuerPems.every(reachesRoot) ? { clientCaPem: issuerPems.join("\n") } : {}
}

async function writeFiles(files: readonly ConfigurationFile[], directory: string): Promise<readonly RenderedFile[]> {
  const { makeDirectory, writeFileAtomically } = await import("../../adapters/atomic-files.ts")
  const { encodeUtf8 } = await import("../../domain/utf8.ts")
  await makeDirectory(directory)
  const written: RenderedFile[] = []
  for (const { name, text } of files) {
    const path = join(directory, name)
    const before = await readFile(path, "utf8").catch(() => undefined)
    if (before !== text) await writeFileAtomically(path, encodeUtf8(text))
    written.push({ name, text, written: { path, outcome: before === text ? "unchanged" : "written" } })
  }
  return written
}

function idleSecondsOf(text: string): number {
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds
  throw new UsageError(`--idle-timeout: expected whole seconds from 1 to 86400, got ${show(text)}`)
}

function show(text: string): string {
  return JSON.stringify(text)
}
