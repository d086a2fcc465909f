import { randomUUID } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { freePorts } from "../../scripts/demo/free-ports.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import type { CassandraCluster, ClusterAccess } from "./cassandra.ts"
import { type CliResult, demoEnvironment, openShell } from "./cli.ts"
import { git } from "./git.ts"
import type { CertifiedLeaf, Pki } from "./pki.ts"

type Cluster = ClusterAccess & { readonly pki: Pki }

/** A bundle repository whose cluster `shop-prod` is a running one. */
export interface LiveRepository {
  readonly metadataPort: number
  readonly cqlPort: number
  /** Runs `scb …` in it, now. Rejects with what was printed when it fails. */
  scb(...args: readonly string[]): Promise<CliResult>
  read(path: string): string
  /** Plans are made from HEAD. */
  commit(files: Readonly<Record<string, string>>): void
  /** Certificates are issued by this CA from the next `scb apply` on. */
  issueBy(pki: Pki): void
  /** Those of the CA in force are accepted beside those of the one to come, as `scb rotate issuer` writes it. */
  acceptIssuer(): void
  /** Path of the ZIP that `scb fetch shop-prod/<name>` writes. */
  fetch(name: string): Promise<string>
  /** Runs `grant.cql` of `scb gateway render --target cassandra`, and grants what a client program does beyond reading. */
  grantIn(cluster: Pick<CassandraCluster, "execute">): Promise<void>
  /** `scb gateway serve shop-prod`; with `--crl` when a list is given. */
  serve(options?: { readonly crlPem?: string }): Promise<ServedGateway>
  remove(): void
}

export interface ServedGateway {
  /** What it has printed: an event a line. */
  events(): string
  /** Exchanges files, and does what SIGHUP does. */
  reload(change: GatewayFiles): Promise<void>
  stop(): Promise<void>
}

interface GatewayFiles {
  readonly server?: CertifiedLeaf
  readonly clientCaPem?: string
  readonly crlPem?: string
}

/** Its bundles by how their keys came about. The demonstration has the first two. */
export const LIVE_BUNDLES = [
  { name: "checkout", key: "RSA-2048, generated" },
  { name: "reporting", key: "P-256, kept by its owner" },
  { name: "ledger", key: "P-256, generated" },
] as const

/** The demonstration's repository, edited to the nodes, host, trust and issuer of `cluster`, and applied. */
export async function openLiveRepository(cluster: Cluster): Promise<LiveRepository> {
  const shell = openShell()
  const demoPort = await freePorts(8)
  const made = await shell.scb(["init", "demo", "--demo", "--demo-port", String(demoPort)], {
    now: instantFromMillis(Date.now()),
  })
  if (made.code !== 0) throw new Error(made.stderr)
  const keys = join(shell.folder, "demo-keys")
  const {
    SCB_CA_KEY_FILE: _1,
    SCB_CA_KEY_PASSPHRASE: _2,
    SCB_GATEWAY_KEY_PASSPHRASE: _3,
    ...demo
  } = demoEnvironment(keys)
  let env = { ...demo, SCB_CA_KEY: cluster.pki.issuer.keyPem }

  const repository: LiveRepository = {
    metadataPort: demoPort + 4,
    cqlPort: demoPort + 5,
    async scb(...args) {
      const result = await shell.scb(args, { in: "demo", env, now: instantFromMillis(Date.now()) })
      if (result.code !== 0) throw new Error(`scb ${args.join(" ")}: ${result.stdout}${result.stderr}`)
      return result
    },
    read: path => readFileSync(join(shell.folder, "demo", path), "utf8"),
    commit(files) {
      for (const [path, content] of Object.entries(files)) writeFileSync(join(shell.folder, "demo", path), content)
      git(join(shell.folder, "demo"), "add", "--all")
      git(join(shell.folder, "demo"), "commit", "--quiet", "--message=edit")
    },
    issueBy({ issuer }) {
      const { certificatePem } = issuer // one key for both clusters, as in the demonstration
      env = { ...env, SCB_CA_KEY: issuer.keyPem }
      repository.commit({
        "bundles/shop-prod/ca/issuer.crt": certificatePem,
        "bundles/shop-dev/ca/issuer.crt": certificatePem,
      })
    },
    acceptIssuer() {
      for (const name of ["shop-prod", "shop-dev"]) {
        const [file, folder] = [`bundles/${name}/cluster.yaml`, `bundles/${name}/ca`]
        const key = "  key: env:SCB_CA_KEY\n"
        repository.commit({
          [`${folder}/issuer-before.crt`]: repository.read(`${folder}/issuer.crt`),
          [file]: repository.read(file).replace(key, `${key}  accepts: [ca/issuer-before.crt]\n`),
        })
      }
    },
    async fetch(name) {
      const out = join(shell.folder, `${name}-${randomUUID()}.zip`)
      await repository.scb("fetch", `shop-prod/${name}`, "--out", out)
      return out
    },
    async grantIn({ execute }) {
      const args = ["gateway", "render", "shop-prod", "--target", "cassandra", "--format", "json"]
      const { files } = JSON.parse((await repository.scb(...args)).stdout) as Rendered
      const cql = files.find(({ name }) => name === "grant.cql")?.content.replace(/^--.*$/gm, "") ?? ""
      const statements = cql.split(";").filter(statement => statement.trim() !== "")
      const more = ["checkout_rw", "reporting_ro", "ledger_rw"].map(role => `GRANT ALL ON ALL KEYSPACES TO ${role}`)
      for (const statement of [KEYSPACE, ...statements, ...more]) await execute(statement)
    },
    async serve({ crlPem } = {}) {
      const paths = { server: join(keys, "live.crt"), key: join(keys, "live.key"), crl: join(keys, "live.crl") }
      const clientCa = join(keys, "live-clients.crt")
      const put = (files: GatewayFiles): void => {
        if (files.server !== undefined) writeFileSync(paths.server, files.server.chainPem)
        if (files.server !== undefined) writeFileSync(paths.key, files.server.keyPem)
        if (files.clientCaPem !== undefined) writeFileSync(clientCa, files.clientCaPem)
        if (files.crlPem !== undefined) writeFileSync(paths.crl, files.crlPem)
      }
      const { server, issuer, root } = cluster.pki
      put({
        server,
        clientCaPem: issuer.certificatePem + root.certificatePem,
        ...(crlPem === undefined ? {} : { crlPem }),
      })
      const files = ["--certificate", paths.server, "--key", paths.key, "--client-ca", clientCa]
      const crl = crlPem === undefined ? [] : ["--crl", paths.crl]
      const signals = new GatewaySignals()
      const ended = shell.scb(
        ["gateway", "serve", "shop-prod", ...files, ...crl, "--listen", "127.0.0.1", "--grace", "0"],
        {
          in: "demo",
          env,
          now: instantFromMillis(Date.now()),
          io: signals.io,
        },
      )
      const failed = ended.then(({ stderr }) => Promise.reject(new Error(stderr)))
      failed.catch(() => undefined)
      await Promise.race([signals.printing("role=metadata"), failed])
      return {
        events: () => signals.printed,
        async reload(change) {
          put(change)
          await signals.reload()
        },
        async stop() {
          signals.stop()
          await ended
        },
      }
    },
    remove: () => shell.remove(),
  }

  const ledger = repository.read("bundles/shop-prod/checkout.yaml").replace("RSA-2048", "P-256")
  repository.commit({
    "bundles/shop-prod/cluster.yaml": edited(repository.read("bundles/shop-prod/cluster.yaml"), cluster),
    "bundles/shop-prod/ca/server-root.crt": cluster.pki.root.certificatePem,
    "bundles/shop-prod/ledger.yaml": ledger.replace(/checkout(?!-ci)/g, "ledger"),
  })
  repository.issueBy(cluster.pki)
  await repository.scb("apply")
  return repository
}

const KEYSPACE =
  "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"

interface Rendered {
  readonly files: readonly { readonly name: string; readonly content: string }[]
}

/** cluster.yaml as someone edits it who has looked at the cluster. */
function edited(yaml: string, { nodes, authentication, pki }: Cluster): string {
  const lines = nodes.map(({ hostId, address, port }) => `  - { hostId: ${hostId}, address: "${address}:${port}" }\n`)
  return yaml
    .replace(/(^nodes:.*\n)( {2}- .*\n)+/m, `$1${lines.join("")}`)
    .replace(/^( {2}host:).*$/m, `$1 ${pki.host}`)
    .replace(/^(authentication:).*$/m, `$1 ${authentication}`)
}

/** What a service manager does to `scb gateway serve`. */
class GatewaySignals {
  printed = ""
  #onReload = (): void => undefined
  #onStop = (): void => undefined
  readonly #stopped = new Promise<void>(resolve => {
    this.#onStop = resolve
  })
  readonly io = {
    stdout: (text: string | Uint8Array): void => {
      this.printed += String(text)
    },
    stopRequested: (): Promise<void> => this.#stopped,
    onReload: (handler: () => void): void => {
      this.#onReload = handler
    },
  }

  stop(): void {
    this.#onStop()
  }

  async reload(): Promise<void> {
    const before = this.printed.length
    this.#onReload()
    await this.printing("reload", before)
    const answer = this.printed.slice(before)
    if (answer.includes("reload-failed")) throw new Error(answer)
  }

  async printing(words: string, from = 0): Promise<void> {
    while (!this.printed.includes(words, from)) await pause(20)
  }
}
