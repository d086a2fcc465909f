import { type ChildProcess, spawn } from "node:child_process"
import { createPrivateKey } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type CqlNode, startCqlNode } from "../../test/support/cql-node.ts"
import { Tables } from "../../test/support/cql-tables.ts"
import { startDnsResponder } from "../../test/support/dns-responder.ts"

export interface CloudRequest {
  /** The compiled command line. */
  readonly scb: string
  readonly repository: string
  readonly keys: string
  readonly cluster: string
  /** First port of the demonstration. */
  readonly port: number
  readonly env: NodeJS.ProcessEnv
  /** PEM revocation list of the issuer. */
  readonly revocationList?: string
}

const CLIENT = fileURLToPath(new URL("./client.cjs", import.meta.url))
const HOST = "cassandra.shop-dev.example.com"

/** Nodes, gateway and name server, for applications in processes of their own. */
export interface Cloud {
  /** Connects, writes and reads; throws when the driver does not get through. */
  connect(bundle: string): Promise<void>
  /** Throws when the driver does get through. */
  refuse(bundle: string): Promise<void>
  stop(): Promise<void>
}

export async function openCloud(request: CloudRequest): Promise<Cloud> {
  const nodes = await startNodes(request)
  const responder = await startDnsResponder([HOST])
  const gateway = startGateway(request)
  const stop = async () => {
    gateway.kill("SIGTERM")
    await Promise.all([responder.stop(), ...nodes.map(node => node.stop())])
  }
  const ask = (bundle: string) => {
    const env = { DEMO_DNS: `127.0.0.1:${responder.port}`, DEMO_BUNDLE: bundle }
    return outputOf(spawn(process.execPath, [CLIENT], { env: { ...process.env, ...env } }))
  }
  try {
    await listening(gateway)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async connect(bundle) {
      const { out, problem } = await ask(bundle)
      if (out === "") throw new Error(`the driver did not get through: ${problem}`)
      const answer = JSON.parse(out)
      const [session] = nodes.flatMap(node => node.sessions)
      console.log(`\nthe driver reached   ${answer.hosts.join(" and ")}`)
      console.log(`the nodes saw        ${session?.identity} as role ${session?.role} (${session?.tls})`)
      console.log(`written and read     ${JSON.stringify(answer.row)}`)
      if (answer.hosts.length !== nodes.length || answer.row?.value !== "paid") {
        throw new Error("the driver did not get through")
      }
    },
    async refuse(bundle) {
      const { out, problem } = await ask(bundle)
      if (out !== "") throw new Error(`the driver got through with what is revoked: ${out}`)
      console.log(`\nthe driver says      ${problem.split("\n").find(line => line.includes("rror")) ?? problem}`)
    },
    stop,
  }
}

/** Two stand-ins for Cassandra that check certificates as its MutualTlsAuthenticator does. */
async function startNodes({ repository, keys, cluster, port, env }: CloudRequest): Promise<readonly CqlNode[]> {
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

function startGateway({ scb, repository, keys, cluster, env, revocationList }: CloudRequest): ChildProcess {
  const certificate = ["--certificate", join(keys, "server.crt"), "--listen", "127.0.0.1", "--grace", "1"]
  const list = revocationList === undefined ? [] : ["--crl", revocationList]
  const shown = revocationList === undefined ? "" : ` --crl ${cluster}.crl`
  console.log(`\n$ scb gateway serve ${cluster} --certificate server.crt --listen 127.0.0.1${shown}`)
  const args = [scb, "gateway", "serve", cluster, ...certificate, ...list]
  return spawn(process.execPath, args, { cwd: repository, env: { ...process.env, ...env } })
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

/** What the child writes; nothing where it does not end well. */
async function outputOf(child: ChildProcess): Promise<{ readonly out: string; readonly problem: string }> {
  let out = ""
  let problem = ""
  child.stdout?.on("data", chunk => {
    out += chunk
  })
  child.stderr?.on("data", chunk => {
    problem += chunk
  })
  const [code] = await once(child, "close")
  return { out: code === 0 ? out : "", problem }
}
