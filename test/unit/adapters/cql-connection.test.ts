import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { cqlConnection, logIn, openTcp, openTls, selectRows } from "../../../src/adapters/cql-connection.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { IDENTITY } from "../../support/bundle.ts"
import { type CqlAuthentication, startCqlCluster } from "../../support/cql-node.ts"
import { makePki } from "../../support/pki.ts"

const TIMEOUT = 2000

async function connectToNode(authentication: CqlAuthentication) {
  const pki = await makePki({ now: instantFromMillis(Date.now()) })
  const nodes = await startCqlCluster(2, {
    datacenter: "dc1",
    certificatePem: pki.server.chainPem,
    keyPem: pki.server.keyPem,
    clientCaPem: pki.root.certificatePem,
    authentication,
  })
  onTestFinished(async () => {
    await Promise.all(nodes.map(node => node.stop()))
  })
  const client = await pki.client({ identity: IDENTITY })
  const tls = {
    host: "127.0.0.1",
    port: nodes[0]?.port ?? 0,
    servername: pki.host,
    ca: pki.root.certificatePem,
    cert: client.chainPem,
    key: client.keyPem,
  }
  return { connection: cqlConnection(await openTls(tls, TIMEOUT), TIMEOUT), tls }
}

/** A server that does with a connection what the test says. */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    socket.on("error", () => socket.destroy())
    onTestFinished(() => void socket.destroy())
    onConnection(socket)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const askServer = async (onConnection: (socket: Socket) => void, timeoutMillis = TIMEOUT) => {
  const socket = await openTcp({ host: "127.0.0.1", port: await serve(onConnection) }, TIMEOUT)
  return cqlConnection(socket, timeoutMillis).ask({ kind: "options" })
}

describe("a session", () => {
  it("reads who is there from a node that knows the certificate", async () => {
    const { connection } = await connectToNode({ kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw" } })
    expect(await connection.ask({ kind: "options" })).toMatchObject({ kind: "supported" })
    await logIn(connection)
    expect(await selectRows(connection, "SELECT host_id, data_center, rpc_address FROM system.local")).toEqual([
      { host_id: "aaaaaaaa-0000-4000-8000-000000000001", data_center: "dc1", rpc_address: "10.0.0.1" },
    ])
    expect(await selectRows(connection, "SELECT host_id, native_address, native_port FROM system.peers_v2")).toEqual([
      { host_id: "aaaaaaaa-0000-4000-8000-000000000002", native_address: "10.0.0.2", native_port: 9042 },
    ])
    connection.close()
  })

  it("logs in with a password where that is asked for", async () => {
    const { connection } = await connectToNode({ kind: "password", passwords: { ann: "secret-of-ann" } })
    await logIn(connection, { username: "ann", password: "secret-of-ann" })
    expect(await selectRows(connection, "SELECT release_version FROM system.local")).toHaveLength(1)
    connection.close()
  })

  it("is refused without a login, with a wrong one, and as somebody unknown", async () => {
    const password = { kind: "password", passwords: { ann: "secret-of-ann" } } as const
    await expect(logIn((await connectToNode(password)).connection)).rejects.toMatchObject({ code: "server-refused" })
    const wrong = logIn((await connectToNode(password)).connection, { username: "ann", password: "wrong-secret" })
    await expect(wrong).rejects.toSatisfy(error => !String(error).includes("wrong-secret"))
    await expect(wrong).rejects.toMatchObject({ code: "server-refused" })
    const stranger = logIn((await connectToNode({ kind: "mutual-tls", roles: {} })).connection)
    await expect(stranger).rejects.toMatchObject({ code: "server-refused" })
  })

  it("ends with the reason when the server does not take the certificate", async () => {
    const { tls } = await connectToNode({ kind: "mutual-tls", roles: {} })
    const { cert: _, key: __, ...anonymous } = tls
    const connection = cqlConnection(await openTls(anonymous, TIMEOUT), TIMEOUT)
    await expect(connection.ask({ kind: "options" })).rejects.toMatchObject({
      code: "server-unreachable",
      cause: { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" },
    })
  })
})

describe("a server that is none", () => {
  it("is told by where the connection fails", async () => {
    const port = await serve(socket => socket.destroy())
    await expect(openTls({ host: "127.0.0.1", port }, TIMEOUT)).rejects.toMatchObject({ code: "server-unreachable" })
    await expect(openTcp({ host: "127.0.0.1", port: 1 }, TIMEOUT)).rejects.toMatchObject({
      code: "server-unreachable",
      cause: { code: "ECONNREFUSED" },
    })
  })

  it.each([
    ["speaks HTTP", "server-malformed", (socket: Socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["hangs up", "server-unreachable", (socket: Socket) => void socket.end()],
    ["says nothing", "server-unreachable", () => {}],
    ["never ends its answer", "server-unreachable", drip],
  ])("%s", async (_, code, onConnection) => {
    await expect(askServer(onConnection, 300)).rejects.toMatchObject({ code })
  })

  it("sends without end and unasked", async () => {
    const port = await serve(socket => void socket.write(Buffer.alloc(2 << 20, 0x84)))
    const socket = await openTcp({ host: "127.0.0.1", port }, TIMEOUT)
    const connection = cqlConnection(socket, TIMEOUT)
    await once(socket, "close")
    await expect(connection.ask({ kind: "options" })).rejects.toMatchObject({ code: "server-malformed" })
  })
})

/** A byte now and then: the deadline is for the whole answer. */
function drip(socket: Socket): void {
  socket.write(Buffer.from("8400000006000fffff", "hex"))
  const timer = setInterval(() => socket.write("x"), 20)
  socket.once("close", () => clearInterval(timer))
}
