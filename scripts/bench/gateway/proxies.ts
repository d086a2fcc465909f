import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { freePorts } from "../../demo/free-ports.ts"
import { listensAt } from "./processes.ts"
import type { Target } from "./traffic.ts"

/** A way to the nodes. */
export interface Way {
  readonly name: string
  /** Absent: no proxy at all. */
  readonly process?: ChildProcess
  to(node: Target): Target
  stop(): Promise<void>
}

/** What every proxy is told. `folder` is its own and exists not yet. */
export interface ProxySettings {
  readonly folder: string
  readonly nodes: readonly Target[]
}

export const SCB = "scb gateway"
export const HAPROXY = "HAProxy"
export const DIRECT: Way = { name: "direct", to: node => node, stop: async () => {} }

const PROGRAM = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url))
/** Node 20 reads these certificates at every start, needed or not. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env

/** `scb gateway serve`, as it is shipped, with a demonstration's repository that names these nodes. */
export async function startScbGateway({ folder, nodes }: ProxySettings, program = PROGRAM): Promise<Way> {
  mkdirSync(folder)
  const port = await freePorts(2)
  const repository = join(folder, "repository")
  execFileSync(process.execPath, [program, "init", repository, "--demo", "--demo-port", String(port)], {
    stdio: "pipe",
  })
  const cluster = join(repository, "bundles/shop-dev/cluster.yaml")
  const list = nodes.map(node => `  - { hostId: ${node.hostId}, address: "127.0.0.1:${node.port}" }\n`).join("")
  writeFileSync(cluster, readFileSync(cluster, "utf8").replace(/(?: {2}- \{ hostId: .*\n)+/, list))
  const keys = `${repository}-keys`
  const [, passphrase = ""] = /SCB_GATEWAY_KEY_PASSPHRASE='(.*)'/.exec(readFileSync(join(keys, "env.sh"), "utf8")) ?? []
  const args = ["gateway", "serve", "shop-dev", "--certificate", join(keys, "server.crt"), "--listen", "127.0.0.1"]
  return startProxy(SCB, port + 1, folder, process.execPath, [program, ...args, "--grace", "0"], {
    cwd: repository,
    env: {
      ...ENVIRONMENT,
      SCB_GATEWAY_KEY_FILE: join(keys, "server.key"),
      SCB_GATEWAY_KEY_PASSPHRASE: passphrase,
    },
  })
}

/** One thread, because the gateway has one; a line in the log for each connection, because the gateway writes two. */
export async function startHaproxy({ folder, nodes }: ProxySettings): Promise<Way> {
  mkdirSync(folder)
  const port = await freePorts(1)
  const write = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), `${lines.join("\n")}\n`)
  write(
    "nodes.map",
    nodes.map(({ hostId }) => `${hostId} ${hostId}`),
  )
  const routed = `req.ssl_sni,lower,map(${join(folder, "nodes.map")})`
  write("haproxy.cfg", [
    ...["global", "  nbthread 1", "  maxconn 6000", "  log stdout format raw local0"],
    ...["defaults", "  mode tcp", "  log global", "  option tcplog", "  option clitcpka", "  option srvtcpka"],
    ...["  timeout connect 5s", "  timeout client 1h", "  timeout server 1h"],
    ...["frontend cql", `  bind 127.0.0.1:${port}`, "  tcp-request inspect-delay 5s"],
    ...["  tcp-request content accept if { req.ssl_hello_type 1 }", "  tcp-request content reject if WAIT_END"],
    `  use_backend %[${routed}] if { ${routed} -m found }`,
    ...nodes.flatMap(node => [`backend ${node.hostId}`, `  server node 127.0.0.1:${node.port}`]),
  ])
  return startProxy(HAPROXY, port, folder, "haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], {})
}

/** `2.6.12-1+deb12u4`; undefined where there is none. */
export function haproxyVersion(): string | undefined {
  try {
    const [line = ""] = execFileSync("haproxy", ["-v"], { encoding: "utf8" }).split("\n")
    return /version (\S+)/.exec(line)?.[1] ?? line
  } catch {
    return undefined
  }
}

async function startProxy(
  name: string,
  port: number,
  folder: string,
  command: string,
  args: readonly string[],
  more: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Way> {
  const log = openSync(join(folder, "log"), "w")
  const child = spawn(command, args, { ...more, stdio: ["ignore", log, log] })
  const ended = once(child, "exit")
  process.once("exit", () => child.kill())
  while (!listensAt(child, port)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `${name} ended with ${child.exitCode ?? child.signalCode}: ${readFileSync(join(folder, "log"), "utf8")}`,
      )
    }
    await sleep(20)
  }
  return {
    name,
    process: child,
    to: ({ hostId }) => ({ hostId, port }),
    async stop() {
      child.kill("SIGTERM")
      await ended
    },
  }
}
