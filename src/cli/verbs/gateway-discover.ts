import { type Command, Option } from "commander"
import type { TopologyOptions } from "../../adapters/cluster-topology.ts"
import type { Cluster } from "../../domain/cluster.ts"
import { ScbError } from "../../domain/errors.ts"
import { ADDRESS_KINDS, type AddressKind } from "../../domain/live/discovery.ts"
import { renderDiscoveryJson, renderDiscoveryText, warningText } from "../../render/discovery.ts"
import { readCluster } from "../cluster.ts"
import { pathOf, type RepositoryOptions, repositoryVerb, secondsOf, styleOf } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import { readNamedFile, readNamedText } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"
import type { OwnerKey } from "../owner-key.ts"

interface Options extends RepositoryOptions {
  readonly bundle?: string
  readonly certificate?: string
  readonly key?: string
  readonly ca?: string
  readonly contact?: string
  readonly address: AddressKind
  readonly timeout: string
  readonly write?: boolean
}

export function gatewayDiscoverVerb(invocation: Invocation): Command {
  return repositoryVerb("discover", "compare the nodes of cluster.yaml with those of the live cluster", [
    "scb gateway discover payments-prod --bundle secure-connect-admin.zip",
    "scb gateway discover payments-prod --bundle admin.zip --contact 10.20.0.11:9042 --write",
    "SCB_CQL_USERNAME=admin SCB_CQL_PASSWORD_FILE=pw scb gateway discover analytics-prod \\",
    "    --certificate admin.crt --key admin.key --ca server-root.crt",
  ])
    .argument("<cluster>", "a cluster of the repository")
    .option("--bundle <zip>", "connect with the certificate of this bundle")
    .option("--certificate <file>", "instead of a bundle: PEM client certificate with its chain")
    .option("--key <file>", "its PEM key, or the key of a bundle made for a CSR (default: SCB_PRIVATE_KEY)")
    .option("--ca <file>", "instead of a bundle: PEM roots of the servers (default: those of cluster.yaml)")
    .option("--contact <host:port>", "whom to ask (default: the nodes of cluster.yaml, then its endpoint)")
    .addOption(
      new Option("--address <kind>", "by which address the gateway reaches new nodes: what they tell clients, or nodes")
        .choices([...ADDRESS_KINDS])
        .default("rpc"),
    )
    .option("--timeout <seconds>", "for each connection", "5")
    .option("--write", "change cluster.yaml; the rest of the file stays as it is")
    .addHelpText("after", ENVIRONMENT)
    .action(async (name: string, options: Options) => {
      const { io } = invocation
      const { cluster, source } = await readCluster(name, options, io)
      const [{ readTopology }, { discover }, { withNodes }, { textOf }, { unifiedDiff }] = await Promise.all([
        import("../../adapters/cluster-topology.ts"),
        import("../../domain/live/discovery.ts"),
        import("../../schema/cluster-nodes.ts"),
        import("../../app/read-repository.ts"),
        import("../../render/unified-diff.ts"),
      ])
      const trusted = cluster.trust.map(file => textOf(source.tree, file))
      const live = await readTopology(await topologyOptions(cluster, trusted, options, io))
      const discovery = discover(cluster, live, options.address)
      const before = textOf(source.tree, cluster.file)
      const after = discovery.changes.length === 0 ? before : withNodes(before, discovery.nodes)
      const written = options.write === true && after !== before
      if (written) await write(pathOf(options.repo, io), cluster.file, after)
      for (const warning of discovery.warnings) io.stderr(`warning: ${warningText(warning)}\n`)
      if (discovery.warnings.some(({ kind }) => kind === "no-such-datacenter")) invocation.exitCode = EXIT.findings
      const report = {
        cluster: name,
        file: cluster.file,
        discovery,
        diff: unifiedDiff(cluster.file, before, after),
        written,
      }
      io.stdout(options.format === "json" ? renderDiscoveryJson(report) : renderDiscoveryText(report, styleOf(io)))
    })
}

const ENVIRONMENT = `
Environment:
  SCB_CQL_USERNAME, SCB_CQL_PASSWORD or SCB_CQL_PASSWORD_FILE   where the cluster asks for a login
  SCB_PRIVATE_KEY or SCB_PRIVATE_KEY_FILE, SCB_PRIVATE_KEY_PASSPHRASE   instead of --key
`

async function topologyOptions(
  cluster: Cluster,
  trusted: readonly string[],
  options: Options,
  io: Io,
): Promise<TopologyOptions> {
  const timeoutMillis = secondsOf("--timeout", options.timeout)
  if (timeoutMillis === 0) throw new UsageError("--timeout: expected more than 0 seconds")
  const login = await loginOf(io)
  return {
    contacts: await contactsOf(cluster, options),
    tls: { ...(await identityOf(trusted, options, io)), servername: cluster.endpoint.host },
    timeoutMillis,
    ...(login === undefined ? {} : { login }),
  }
}

async function contactsOf({ nodes, endpoint }: Cluster, { contact }: Options): Promise<TopologyOptions["contacts"]> {
  const { parseAddress } = await import("../../gateway/route.ts")
  const addresses = contact === undefined ? nodes.map(node => node.address) : [contact]
  const places = addresses.flatMap(address => parseAddress(address) ?? [])
  if (places.length < addresses.length) {
    throw new UsageError(`--contact: expected host:port, got ${JSON.stringify(contact)}`)
  }
  return contact === undefined ? [...places, { host: endpoint.host, port: endpoint.cqlPort }] : places
}

/** Of the client, and whom it trusts; in memory only. */
async function identityOf(trusted: readonly string[], options: Options, io: Io): Promise<TopologyOptions["tls"]> {
  const { bundle, certificate, ca } = options
  if (bundle !== undefined && (certificate ?? ca) !== undefined) {
    throw new UsageError("--bundle: has its own certificate and roots, expected neither --certificate nor --ca")
  }
  const [{ environmentSecrets }, { readOwnerKey }] = await Promise.all([
    import("../../adapters/secrets-environment.ts"),
    import("../owner-key.ts"),
  ])
  const ownKey = () => readOwnerKey(options.key, environmentSecrets(io.env), io)
  if (bundle !== undefined) return bundleIdentity(await readNamedFile(bundle, io), ownKey)
  const own = certificate === undefined ? undefined : await ownKey()
  if (certificate === undefined || own === undefined) {
    throw new UsageError("expected --bundle, or --certificate and --key")
  }
  const roots = ca === undefined ? trusted.join("\n") : await readNamedText(ca, io)
  return pemIdentity(await readNamedText(certificate, io), own, roots)
}

async function pemIdentity(certificatePem: string, own: OwnerKey, roots: string): Promise<TopologyOptions["tls"]> {
  const [{ X509Certificate }, { readPrivateKey }, { decodeCertificates, encodePem }] = await Promise.all([
    import("node:crypto"),
    import("../../artifact/keys.ts"),
    import("../../artifact/pem.ts"),
  ])
  const chain = decodeCertificates(certificatePem)
  const key = readPrivateKey(own.pem, own.passphrase)
  if (!new X509Certificate(chain[0] ?? "").checkPrivateKey(key.key)) {
    throw new ScbError("key-mismatch", "private key does not belong to --certificate")
  }
  return {
    cert: chain.map(der => encodePem("CERTIFICATE", der)).join(""),
    key: encodePem("PRIVATE KEY", key.pkcs8),
    ca: decodeCertificates(roots).map(der => encodePem("CERTIFICATE", der)),
  }
}

/** A bundle that was made for a CSR gets its key first. */
async function bundleIdentity(
  zip: Uint8Array,
  ownKey: () => Promise<OwnerKey | undefined>,
): Promise<TopologyOptions["tls"]> {
  const [{ completeBundle }, { readTarget }, { encodePem }] = await Promise.all([
    import("../../artifact/complete.ts"),
    import("../../artifact/bundle-target.ts"),
    import("../../artifact/pem.ts"),
  ])
  const { anchors, ...target } = readTarget(zip)
  const own = target.identity === undefined ? await ownKey() : undefined
  const identity =
    own === undefined ? target.identity : readTarget(completeBundle(zip, own.pem, own.passphrase)).identity
  if (identity === undefined || anchors.length === 0) {
    throw new ScbError("bundle-invalid", "--bundle: expected a certificate with its key, and roots, in it", {
      hint: "a bundle made for a CSR needs --key; scb verify says what else is wrong",
    })
  }
  return {
    cert: identity.certificatePem,
    key: identity.keyPem,
    ca: anchors.map(anchor => encodePem("CERTIFICATE", anchor)),
  }
}

async function loginOf(io: Io): Promise<TopologyOptions["login"]> {
  const username = io.env["SCB_CQL_USERNAME"]
  if (username === undefined) return undefined
  const { environmentSecrets } = await import("../../adapters/secrets-environment.ts")
  const password = await environmentSecrets(io.env).read("env:SCB_CQL_PASSWORD")
  if (password !== undefined) return { username, password }
  throw new UsageError(
    "SCB_CQL_USERNAME: expected its password in SCB_CQL_PASSWORD or SCB_CQL_PASSWORD_FILE, got neither",
  )
}

async function write(repository: string, file: string, text: string): Promise<void> {
  const [{ join }, { writeFileAtomically }, { encodeUtf8 }] = await Promise.all([
    import("node:path"),
    import("../../adapters/atomic-files.ts"),
    import("../../domain/utf8.ts"),
  ])
  await writeFileAtomically(join(repository, file), encodeUtf8(text))
}
