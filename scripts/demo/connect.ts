import { type ChildProcess, spawn } from "node:child_process"
import { createPrivateKey } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type CqlNode, startCqlNode } from "../../test/support/cql-node.ts"
import { Tables } from "../../test/support/cql-tables.ts"
import { startDnsResponder } from "../../test/support/dns-responder.ts"

export interface ConnectRequest {
  /** The compiled command line. */
  readonly scb: string
  readonly repository: string
  readonly keys: string
  readonly cluster: string
  readonly bundle: string
  /** First port of the demonstration. */
  readonly port: number
  readonly env: NodeJS.ProcessEnv
}

const CLIENT = fileURLToPath(new URL("./client.cjs", import.meta.url))
const HOST = "cassandra.shop-dev.example.com"

/** Nodes, gateway, name server, and the application in a process of its own. */
export async function connectWithNodeDriver(request: ConnectRequest): Promise<void> {
  const nodes = await startNodes(request)
  const responder = await startDnsResponder([HOST])
  const gateway = startGateway(request)
  try {
    await listening(gateway)
    const env = { DEMO_DNS: `127.0.0.1:${responder.port}`, DEMO_BUNDLE: request.bundle }
    const answer = JSON.parse(await outputOf(spawn(process.execPath, [CLIENT], { env: { ...process.env, ...env } })))
    const [session] = nodes.flatMap(node => node.sessions)
    console.log(`\nthe driver reached   ${answer.hosts.join(" and ")}`)
    console.log(`the nodes saw        ${session?.identity} as role ${session?.role} (${session?.tls})`)
    console.log(`written and read     ${JSON.stringify(answer.row)}`)
    if (answer.hosts.length !== nodes.length || answer.row?.value !== "paid")
      throw new Error("the driver did not get through")
  } finally {
    gateway.kill("SIGTERM")
    await Promise.all([responder.stop(), ...nodes.map(node => node.stop())])
  }
}

/** Two stand-ins for Cassandra that check certificates as its MutualTlsAuthenticator does. */
async function startNodes({ repository, keys, cluster, port, env }: ConnectRequest): Promise<readonly CqlNode[]> {
  const key = createPrivateKey({
    key: readFileSync(join(keys, "server.key")),
    passphrase: env["SCB_GATEWAY_KEY_PASSPHRASE"] ?? "",
  })
  const identities = [1, 2].map(node => ({
    hostId: `00000001-0000-4000-8000-00000000000${node}`,
    rpcAddress: `10.0.0.${node}`,
  }))
  const tables = new Tables()
  return Promise.all(
    identities.map((identity, index) =>
      startCqlNode({
        identity,
        peers: identities.filter(peer => peer !== identity),
        tables,
        port: port + 2 + index,
        datacenter: "dc1",
        certificatePem: readFileSync(join(keys, "server.crt"), "utf8"),
        keyPem: key.export({ format: "pem", type: "pkcs8" }).toString(),
        clientCaPem: readFileSync(join(repository, "bundles", cluster, "ca/issuer.crt"), "utf8"),
        authentication: { kind: "mutual-tls", roles: { [`spiffe://example.com/${cluster}/checkout`]: "checkout_rw" } },
      }),
    ),
  )
}

function startGateway({ scb, repository, keys, cluster, env }: ConnectRequest): ChildProcess {
  const args = [
    "gateway",
    "serve",
    cluster,
    "--certificate",
    join(keys, "server.crt"),
    "--listen",
    "127.0.0.1",
    "--grace",
    "1",
  ]
  console.log(`\n$ scb gateway serve ${cluster} --certificate server.crt --listen 127.0.0.1`)
  return spawn(process.execPath, [scb, ...args], { cwd: repository, env: { ...process.env, ...env } })
}

/** Resolves once both ports are open. */
async function listening(gateway: ChildProcess): Promise<void> {
  let seen = ""
  gateway.stderr?.on("data", chunk => {
    seen += chunk
  })
  await new Promise<void>((resolve, reject) => {
    gateway.stdout?.on("data", chunk => {
      seen += chunk
      if (/listening.*metadata/.test(seen)) resolve()
    })
    gateway.once("exit", code => reject(new Error(`the gateway ended with ${code}: ${seen}`)))
  })
  process.stdout.write(seen.replace(/^\S+Z /gm, ""))
}

async function outputOf(child: ChildProcess): Promise<string> {
  let out = ""
  let problem = ""
  child.stdout?.on("data", chunk => {
    out += chunk
  })
  child.stderr?.on("data", chunk => {
    problem += chunk
  })
  const [code] = await once(child, "close")
  if (code !== 0) throw new Error(`the client ended with ${code}: ${problem}`)
  return out
}
