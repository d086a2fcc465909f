import { type ChildProcess, execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { stringify } from "yaml"
import { INTEROP_CACHE } from "./tools.ts"

const AGENT = join(INTEROP_CACHE, "cassandra", "jamm-0.4.0.jar")

/** Where CI promises that everything is there, its absence fails tests. */
export const CASSANDRA_IS_INSTALLED = process.env["CI"] === "true" || existsSync(AGENT)

export const DATACENTER = "dc1"
export const CQL_PORT = 9042
const STORAGE_PORT = 7000
/** All nodes' JMX is on 127.0.0.1: a port for each. */
const FIRST_JMX_PORT = 7200
const PATIENCE_MILLIS = 180_000

const JARS = join(INTEROP_CACHE, "cassandra", "*")
const ours = (file: string): string => fileURLToPath(new URL(`../interop/cassandra/${file}`, import.meta.url))

/** Keys of cassandra.yaml. */
export interface Settings {
  readonly [name: string]: unknown
}

/** What a node presents and whom it trusts about clients, PEM. */
export interface ServerTls {
  readonly chainPem: string
  /** PKCS#8: Cassandra's PEMReader knows no other. */
  readonly keyPem: string
  readonly clientCaPem: string
}

/** One JVM with Apache Cassandra on one address; cassandra.yaml, PEM files and data in a folder of its own. */
export class CassandraProcess {
  readonly address: string
  readonly #all: readonly string[]
  readonly #folder: string
  readonly #endWithUs = (): void => this.#kill()
  #child: ChildProcess | undefined
  #log = ""
  #startedAt = 0

  /** `all`: addresses of the cluster's nodes. */
  constructor(address: string, all: readonly string[], folder: string) {
    this.address = address
    this.#all = all
    this.#folder = folder
  }

  async writeTls({ chainPem, keyPem, clientCaPem }: ServerTls): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await writeFile(join(this.#folder, "keystore.pem"), keyPem + chainPem, { mode: 0o600 })
    await writeFile(join(this.#folder, "truststore.pem"), clientCaPem)
  }

  /** Resolves when it listens for CQL and sees the other nodes; rejects with the end of its log when it ends. */
  async start(settings: Settings): Promise<void> {
    await writeFile(join(this.#folder, "cassandra.yaml"), stringify(overlay(this.#settings(), settings)))
    await writeFile(join(this.#folder, "rackdc.properties"), `dc=${DATACENTER}\nrack=rack1\n`)
    const flags = [`@${ours("jvm.options")}`, `-javaagent:${AGENT}`, ...this.#properties(), "-cp", JARS]
    this.#startedAt = this.#log.length
    const child = spawn("java", [...flags, "org.apache.cassandra.service.CassandraDaemon"], {
      cwd: this.#folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    })
    const append = (words: unknown): void => {
      this.#log += String(words)
    }
    child.stdout.setEncoding("utf8").on("data", append)
    child.stderr.setEncoding("utf8").on("data", append)
    child.once("error", append)
    process.once("exit", this.#endWithUs)
    this.#child = child
    const others = this.#all.filter(address => address !== this.address)
    const awaited = ["Startup complete", ...others.map(address => `/${address}:${STORAGE_PORT} is now UP`)]
    await until(() => awaited.every(words => this.hasLogged(words)), `cassandra ${this.address} begins to serve`)
  }

  /** Whether its log holds these words since the last start. Throws, with the end of the log, when it has ended. */
  hasLogged(words: string): boolean {
    if (this.#log.includes(words, this.#startedAt)) return true
    if (this.#runs()) return false
    throw new Error(
      `cassandra ${this.address} ended before "${words}":\n${this.#log.split("\n").slice(-60).join("\n")}`,
    )
  }

  /** From the log of its first start: a node that nobody can log in to has one too. */
  get hostId(): string {
    const [, hostId] = /No host ID found, created ([0-9a-f-]{36})/.exec(this.#log) ?? []
    if (hostId === undefined) throw new Error(`cassandra ${this.address}: its log tells no host id`)
    return hostId
  }

  get log(): string {
    return this.#log
  }

  async nodetool(...command: readonly string[]): Promise<void> {
    const flags = [`@${ours("jvm.options")}`, `-Duser.home=${this.#folder}`, "-cp", JARS]
    const server = ["-h", "127.0.0.1", "-p", String(this.#jmxPort)]
    await promisify(execFile)("java", [...flags, "org.apache.cassandra.tools.NodeTool", ...server, ...command])
  }

  /** As a crash: what was written is in the commit log. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.#runs()) return
    const closed = new Promise(resolve => child.once("close", resolve))
    this.#kill()
    await closed
    process.off("exit", this.#endWithUs)
  }

  #runs(): boolean {
    return this.#child?.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  #kill(): void {
    if (this.#runs()) process.kill(-Number(this.#child?.pid), "SIGKILL")
  }

  get #jmxPort(): number {
    return FIRST_JMX_PORT + Number(this.address.split(".").at(-1))
  }

  #properties(): readonly string[] {
    const properties = {
      "cassandra.config": `file://${this.#folder}/cassandra.yaml`,
      "cassandra-rackdc.properties": `file://${this.#folder}/rackdc.properties`,
      "cassandra.storagedir": join(this.#folder, "data"),
      "logback.configurationFile": ours("logback.xml"),
      "cassandra-foreground": "yes",
      "cassandra.jmx.local.port": this.#jmxPort,
      "cassandra.skip_wait_for_gossip_to_settle": 0,
      "cassandra.ring_delay_ms": 1_000,
      "cassandra.superuser_setup_delay_ms": 0,
    }
    return Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
  }

  #settings(): Settings {
    return {
      cluster_name: "interop",
      num_tokens: 4,
      partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
      endpoint_snitch: "GossipingPropertyFileSnitch",
      seed_provider: [
        {
          class_name: "org.apache.cassandra.locator.SimpleSeedProvider",
          parameters: [{ seeds: this.#all.map(address => `${address}:${STORAGE_PORT}`).join(",") }],
        },
      ],
      storage_compatibility_mode: "NONE",
      storage_port: STORAGE_PORT,
      listen_address: this.address,
      rpc_address: this.address,
      native_transport_port: CQL_PORT,
      commitlog_sync: "batch",
      commitlog_segment_size: "4MiB",
      commitlog_total_space: "32MiB",
      authorizer: "CassandraAuthorizer",
      role_manager: "CassandraRoleManager",
      // What is dropped is gone at once.
      credentials_validity: "0ms",
      roles_validity: "0ms",
      permissions_validity: "0ms",
      client_encryption_options: {
        enabled: true,
        optional: false,
        ssl_context_factory: { class_name: "org.apache.cassandra.security.PEMBasedSslContextFactory" },
        keystore: join(this.#folder, "keystore.pem"),
        truststore: join(this.#folder, "truststore.pem"),
        require_client_auth: true,
        require_endpoint_verification: false,
        accepted_protocols: ["TLSv1.2", "TLSv1.3"],
      },
    }
  }
}

/** Resolves when `condition` holds; rejects when it throws or three minutes have passed. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MILLIS; !(await condition()); await pause(50))
    if (performance.now() > end) throw new Error(`not within ${PATIENCE_MILLIS / 1_000} s: ${what}`)
}

/** `upper` over `lower`, maps key by key; `undefined` takes a key away. */
export function overlay(lower: Settings, upper: Settings): Settings {
  const merged = Object.entries(upper).map(([name, value]) => {
    const below = lower[name]
    return [name, isMap(below) && isMap(value) ? overlay(below, value) : value]
  })
  return { ...lower, ...Object.fromEntries(merged) }
}

function isMap(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
