import { once } from "node:events"
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net"
import { hostname } from "node:os"
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls"
import { describe, expect, it, onTestFinished } from "vitest"
import { nodeNetwork } from "../../../src/adapters/network-node.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import type { HttpProbe, ProbeIdentity } from "../../../src/domain/live/probes.ts"
import { IDENTITY } from "../../support/bundle.ts"
import { type CqlAuthentication, startCqlCluster } from "../../support/cql-node.ts"
import { makePki } from "../../support/pki.ts"

const TIMEOUT = 500
const HOST = "cass.example.com"
const pki = await makePki({ now: instantFromMillis(Date.now()) })
const client = await pki.client({ identity: IDENTITY })
const identity: ProbeIdentity = { certificatePem: client.chainPem, keyPem: client.keyPem }
const network = nodeNetwork({ timeoutMillis: TIMEOUT, addresses: new Map([[HOST, ["10.0.0.5", "fd00::5"]]]) })

/** A TLS server that wants a certificate, and does with a connection what the test says. */
async function serve(onConnection: (socket: TLSSocket) => void, options: TlsOptions = {}): Promise<number> {
  const { server, root } = pki
  const listener = createTlsServer(
    {
      cert: server.chainPem,
      key: server.keyPem,
      ca: root.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
      ...options,
    },
    socket => {
      socket.on("error", () => socket.destroy())
      onTestFinished(() => void socket.destroy())
      onConnection(socket)
    },
  ).listen(0, "127.0.0.1")
  await once(listener, "listening")
  onTestFinished(() => void listener.close())
  return (listener.address() as AddressInfo).port
}

async function serveTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const listener = createTcpServer(socket => {
    socket.on("error", () => socket.destroy())
    onTestFinished(() => void socket.destroy())
    onConnection(socket)
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  onTestFinished(() => void listener.close())
  return (listener.address() as AddressInfo).port
}

const probe = (port: number, change: Partial<HttpProbe> = {}): HttpProbe => ({
  address: "127.0.0.1",
  port,
  serverName: HOST,
  highest: "TLSv1.3",
  identity,
  httpVersion: "1.1",
  host: HOST,
  path: "/metadata",
  ...change,
})

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"

describe("a name", () => {
  it("is taken for what was given instead of asking", async () => {
    expect(await network.resolve(HOST.toUpperCase())).toMatchObject({
      ipv4: { kind: "found", addresses: ["10.0.0.5"] },
      ipv6: { kind: "found", addresses: ["fd00::5"] },
      system: { kind: "found", addresses: ["10.0.0.5", "fd00::5"] },
    })
  })

  it("that nobody knows has an answer too", async () => {
    const answer = await network.resolve("nowhere.invalid")
    expect([answer.ipv4.kind, answer.ipv6.kind, answer.system.kind]).toEqual(["failed", "failed", "failed"])
    expect(answer.millis).toBeLessThan(3 * TIMEOUT)
  })
})

describe("an address", () => {
  it("may have a name; what is no address has none", async () => {
    expect([undefined, "localhost", hostname()]).toContain(await network.nameOf("127.0.0.1"))
    expect(await network.nameOf("https://cass.example.com")).toBeUndefined()
  })
})

describe("a place", () => {
  it("is open, or says why it is not", async () => {
    const port = await serveTcp(() => {})
    expect(await network.connect({ address: "127.0.0.1", port })).toMatchObject({ kind: "open" })
    expect(await network.connect({ address: "127.0.0.1", port: 1 })).toMatchObject({
      kind: "failed",
      stage: "tcp",
      reason: "ECONNREFUSED",
    })
  })
})

describe("a request", () => {
  it("is what the client in question sends", async () => {
    const seen: (readonly [string, string | false | null, string | null])[] = []
    const port = await serve(socket =>
      socket.once("data", text => {
        seen.push([String(text).split("\r\n")[0] ?? "", socket.servername, socket.getProtocol()])
        socket.end(`${OK}{}`)
      }),
    )
    const { serverName: _, ...unnamed } = probe(port, {
      highest: "TLSv1.2",
      httpVersion: "1.0",
      path: "/metadata?version=1",
    })
    await network.request(probe(port))
    await network.request(unnamed)
    expect(seen).toEqual([
      ["GET /metadata HTTP/1.1", HOST, "TLSv1.3"],
      ["GET /metadata?version=1 HTTP/1.0", false, "TLSv1.2"],
    ])
  })

  it("brings the server's chain and the pieces of its answer, and waits for no more", async () => {
    const port = await serve(socket =>
      socket.once("data", () => {
        socket.write(OK)
        setTimeout(() => socket.write("{}"), 30)
      }),
    )
    const answer = await network.request(probe(port))
    expect(answer).toMatchObject({ kind: "answered", ended: "complete", tls: { version: "TLSv1.3" } })
    if (answer.kind !== "answered") return
    expect(answer.pieces.map(String)).toEqual([OK, "{}"].map(text => String(new Uint8Array(Buffer.from(text)))))
    expect(answer.tls.chain.map(der => Buffer.from(der))).toEqual(pki.server.chain.map(der => Buffer.from(der)))
    expect(answer.millis).toBeLessThan(TIMEOUT)
  })

  it.each([
    ["TLSv1.2", "tls"],
    ["TLSv1.3", "answer"],
  ] as const)("without a certificate is refused, in %s at the stage %s", async (highest, stage) => {
    const { identity: _, ...anonymous } = probe(await serve(() => {}), { highest })
    expect(await network.request(anonymous)).toMatchObject({
      kind: "failed",
      stage,
      alert: highest === "TLSv1.2" ? 40 : 116,
    })
  })

  it.each([
    ["speaks no TLS", (socket: Socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), /^ERR_SSL_/],
    ["is silent", () => {}, /^ETIMEDOUT$/],
    ["hangs up", (socket: Socket) => void socket.destroy(), /^ECONNRESET$/],
  ])("to a server that %s fails in the handshake", async (_, onConnection, reason) => {
    const answer = await network.request(probe(await serveTcp(onConnection)))
    expect(answer).toMatchObject({ kind: "failed", stage: "tls", reason: expect.stringMatching(reason) })
  })

  it("to a server without TLS 1.3 falls back, and to one without TLS 1.2 fails", async () => {
    const old = await serve(socket => void socket.end(`${OK}{}`), { maxVersion: "TLSv1.2" })
    const modern = await serve(socket => void socket.end(`${OK}{}`), { minVersion: "TLSv1.3" })
    expect(await network.request(probe(old))).toMatchObject({ kind: "answered", tls: { version: "TLSv1.2" } })
    expect(await network.request(probe(modern, { highest: "TLSv1.2" }))).toMatchObject({
      kind: "failed",
      stage: "tls",
      alert: 70,
    })
  })

  it("with a key that does not fit is an answer as well", async () => {
    const stranger = { ...identity, keyPem: pki.server.keyPem }
    expect(await network.request(probe(await serve(() => {}), { identity: stranger }))).toMatchObject({
      kind: "failed",
      stage: "tls",
    })
  })
})

describe("a conversation", () => {
  async function cluster(authentication: CqlAuthentication): Promise<number> {
    const nodes = await startCqlCluster(1, {
      datacenter: "dc1",
      certificatePem: pki.server.chainPem,
      keyPem: pki.server.keyPem,
      clientCaPem: pki.root.certificatePem,
      authentication,
    })
    onTestFinished(async () => {
      await Promise.all(nodes.map(node => node.stop()))
    })
    return nodes[0]?.port ?? 0
  }
  const converse = (port: number, more = {}) =>
    network.converse({ address: "127.0.0.1", port, serverName: HOST, highest: "TLSv1.3", identity, ...more })

  it("ends with who the node is", async () => {
    const port = await cluster({ kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw" } })
    expect(await converse(port)).toMatchObject({
      kind: "answered",
      outcome: {
        kind: "in",
        node: { hostId: "aaaaaaaa-0000-4000-8000-000000000001", datacenter: "dc1", release: "4.1.11" },
      },
    })
  })

  it("answers a login that is a formality, as Cassandra 5.0 asks for it, with nobody's", async () => {
    const port = await cluster({ kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw" }, asksForLogin: true })
    expect(await converse(port)).toMatchObject({
      outcome: { kind: "in", authenticator: "org.apache.cassandra.auth.MutualTlsAuthenticator" },
    })
  })

  it("ends where the node does not go on", async () => {
    const strangers = await cluster({ kind: "mutual-tls", roles: {} })
    expect(await converse(strangers)).toMatchObject({ outcome: { kind: "refused", code: 0x100, loggedIn: false } })
    const port = await cluster({ kind: "password", passwords: { ann: "secret-of-ann" } })
    expect(await converse(port)).toMatchObject({ outcome: { kind: "login-wanted" } })
    const login = { username: "ann", password: "secret-of-ann" }
    expect(await converse(port, { login })).toMatchObject({ outcome: { kind: "in" } })
    const wrong = await converse(port, { login: { ...login, password: "wrong-secret" } })
    expect(wrong).toMatchObject({ outcome: { kind: "refused", code: 0x100 } })
    expect(JSON.stringify(wrong)).not.toContain("wrong-secret")
    expect(await converse(port, { identity: undefined })).toMatchObject({ outcome: { kind: "silent", alert: 116 } })
    expect(await converse(await serve(socket => void socket.end("220 smtp\r\n")))).toMatchObject({
      outcome: { kind: "malformed" },
    })
  })
})
