import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ClusterNode } from "../../src/domain/cluster.ts"
import { type ProxyMode, proxyFacts } from "../../src/gateway/configurations/proxy-facts.ts"
import { type ProxyTarget, renderProxy } from "../../src/gateway/configurations/targets.ts"
import { inCache } from "../interop/clients/client.ts"

export interface ProxyOptions {
  readonly host: string
  readonly datacenter: string
  readonly nodes: readonly ClusterNode[]
  readonly metadataPort: number
  readonly cqlPort: number
  /** PEM, as `scb gateway serve` takes them. */
  readonly certificatePem: string
  readonly privateKeyPem: string
  readonly clientCaPem: string
  /** Lists of every CA in the clients' chains. */
  readonly crlPem?: string
  /** 127.0.0.1. */
  readonly listen?: string
  /** Opens TLS and encrypts anew; HAProxy only. */
  readonly terminate?: {
    readonly nodeCaPem: string
    /** What the nodes know the proxy by. */
    readonly certificatePem: string
    readonly privateKeyPem: string
    /** The name in the nodes' certificates, where it is not `host`. */
    readonly nodeName?: string
  }
}

export interface RunningProxy {
  readonly target: ProxyTarget
  readonly metadataPort: number
  readonly cqlPort: number
  /** With all configuration files. */
  readonly folder: string
  /** What it has printed so far. */
  log(): string
  /** Puts files anew, and has the proxy take them up without an end to what is open. Not for Envoy and Traefik. */
  reload(changed: Partial<Pick<ProxyOptions, "nodes" | "crlPem" | "certificatePem" | "privateKeyPem">>): Promise<void>
  stop(): Promise<void>
}

/** Where `scripts/setup-interop.sh` puts it. */
export const ENVOY = inCache("envoy", "bin", "envoy")
/** Traefik's routing, see test/interop/gateways/traefik. */
export const TRAEFIK = inCache("traefik", "traefik")

export const startHaproxy = (options: ProxyOptions): Promise<RunningProxy> =>
  startProxy("haproxy", options, folder => [["haproxy", "-W", "-db", "-f", join(folder, "haproxy.cfg")]], "SIGUSR2")

export const startNginx = (options: ProxyOptions): Promise<RunningProxy> =>
  startProxy("nginx", options, folder => [nginx(folder, "nginx.conf")], "SIGHUP")

export const startEnvoy = (options: ProxyOptions): Promise<RunningProxy> =>
  startProxy("envoy", options, folder => [
    [ENVOY, "-c", join(folder, "envoy.yaml"), "--use-dynamic-base-id", "--concurrency", "2", "--log-level", "warning"],
  ])

/** Beside it nginx answers for metadata. */
export const startTraefik = (options: ProxyOptions): Promise<RunningProxy> =>
  startProxy("traefik", options, folder => [
    [TRAEFIK, join(folder, "traefik.yaml")],
    nginx(folder, "metadata-nginx.conf"),
  ])

type Command = readonly [string, ...string[]]

function nginx(folder: string, configuration: string): Command {
  const alone = `daemon off; pid ${folder}/nginx.pid; error_log stderr;`
  return ["nginx", "-e", "stderr", "-c", join(folder, configuration), "-g", alone]
}

/** Writes what `scb gateway render` writes, and beside it the files that its head asks for; resolves when both ports answer. */
async function startProxy(
  target: ProxyTarget,
  options: ProxyOptions,
  commandsFor: (folder: string) => readonly Command[],
  reloadSignal?: NodeJS.Signals,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `scb-${target}-`))
  await chmod(folder, 0o755)
  await writeFiles(target, options, folder)
  const children = commandsFor(folder).map(([program, ...rest]) =>
    spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] }),
  )
  let printed = ""
  for (const { stdout, stderr } of children) {
    for (const stream of [stdout, stderr]) stream.on("data", text => (printed += text))
  }
  const proxy: RunningProxy = {
    target,
    metadataPort: options.metadataPort,
    cqlPort: options.cqlPort,
    folder,
    log: () => printed,
    async reload(changed) {
      if (reloadSignal === undefined) throw new Error(`${target} reads its files when it starts only`)
      await writeFiles(target, { ...options, ...changed }, folder)
      const before = printed.length
      for (const child of children) child.kill(reloadSignal)
      await reloaded(target, () => printed.slice(before))
    },
    async stop() {
      await Promise.all(children.map(ended))
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    const address = options.listen ?? "127.0.0.1"
    for (const port of [options.metadataPort, options.cqlPort]) await answers(address, port, children)
  } catch (error) {
    await proxy.stop()
    throw new Error(`${target} did not start: ${printed}`, { cause: error })
  }
  return proxy
}

async function writeFiles(target: ProxyTarget, options: ProxyOptions, folder: string): Promise<void> {
  const { host, datacenter, nodes, metadataPort, cqlPort, terminate, crlPem } = options
  const mode: ProxyMode = terminate === undefined ? "passthrough" : "terminate"
  const facts = proxyFacts(
    {
      name: "test",
      file: "bundles/test/cluster.yaml",
      endpoint: { host, metadataPort, cqlPort },
      datacenter,
      nodes,
    },
    {
      mode,
      directory: folder,
      listen: options.listen ?? "127.0.0.1",
      idleSeconds: 3600,
      checksRevocation: crlPem !== undefined,
      ...(terminate?.nodeName === undefined ? {} : { nodeName: terminate.nodeName }),
    },
  )
  const files = new Map<string, string>(renderProxy(target, facts).map(({ name, text }) => [name, text]))
  files.set("server.crt", options.certificatePem).set("server.key", options.privateKeyPem)
  files.set("clients-ca.crt", options.clientCaPem)
  if (crlPem !== undefined) files.set("crl.pem", crlPem)
  if (terminate !== undefined) {
    files.set("nodes-ca.crt", terminate.nodeCaPem)
    files.set("proxy.crt", terminate.certificatePem).set("proxy.key", terminate.privateKeyPem)
  }
  for (const [name, text] of files) {
    await writeFile(join(folder, name), text, { mode: name.endsWith(".key") ? 0o600 : 0o644 })
  }
}

/** Resolves when somebody accepts; rejects when the program has ended, or after 10 s. */
async function answers(host: string, port: number, children: readonly ChildProcess[]): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (children.some(hasEnded)) throw new Error("it has ended")
    if (await accepts(host, port)) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error(`nobody listens on ${host}:${port}`)
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    socket.once("connect", () => socket.destroy())
  })
}

/** HAProxy says so; nginx's new workers take over within some milliseconds. */
async function reloaded(target: ProxyTarget, printed: () => string): Promise<void> {
  for (let attempt = 0; target === "haproxy" && !printed().includes("Loading success") && attempt < 200; attempt += 1) {
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  await new Promise(resolve => setTimeout(resolve, 500))
}

async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.kill("SIGTERM")
  const force = setTimeout(() => child.kill("SIGKILL"), 5000)
  await once(child, "exit")
  clearTimeout(force)
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
