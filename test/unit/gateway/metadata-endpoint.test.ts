import { X509Certificate } from "node:crypto"
import { once } from "node:events"
import { type AddressInfo, connect, createServer } from "node:net"
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls"
import { describe, expect, it, onTestFinished } from "vitest"
import { later } from "../../../src/domain/instant.ts"
import type { Pki } from "../../support/pki.ts"
import { revocationList } from "../../support/revocation-list.ts"
import { HOST, hostId, pkiOfToday, plainNode, runGateway, sleep } from "./gateway-for-tests.ts"

const GET = "GET /metadata HTTP/1.1\r\nHost: cass.example.com\r\n\r\n"
const GET_CLOSE = "GET /metadata HTTP/1.1\r\nHost: cass.example.com\r\nConnection: close\r\n\r\n"
const APPLICATION_DATA = 23
const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const

async function clientOptions(pki?: Pki): Promise<ConnectionOptions> {
  const { root, client } = pki ?? (await pkiOfToday())
  const certified = await client()
  return {
    host: "127.0.0.1",
    servername: HOST,
    ca: root.certificatePem,
    cert: certified.chainPem,
    key: certified.keyPem,
  }
}

async function open(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ ...options, port })
  onTestFinished(() => void socket.destroy())
  await once(socket, "secureConnect")
  return socket
}

/** Everything up to the end of the connection. */
async function ask(port: number, options: ConnectionOptions, request: string): Promise<string> {
  const socket = await open(port, options)
  socket.write(request)
  let answer = ""
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

/** As {@link ask}, where a refusal is silence: TLS 1.3 clients learn of it by the end of the connection, or by its reset. */
const askInVain = (port: number, options: ConnectionOptions): Promise<string> =>
  ask(port, options, GET_CLOSE).catch(() => "")

function recordTypes(bytes: Buffer): readonly number[] {
  const types: number[] = []
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes.readUInt8(at))
  return types
}

const refusedWith = (reason: string) => expect.objectContaining({ kind: "metadata-refused", reason })

describe("the metadata endpoint", () => {
  it.each(VERSIONS)("answers over %s, with and without server name", async version => {
    const gateway = await runGateway()
    const options = { ...(await clientOptions()), maxVersion: version, minVersion: version }
    const nameless = { ...options, servername: "", checkServerIdentity: () => undefined }
    const expected =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 184\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n" +
      `{"version":1,"region":"dc1","contact_info":{"type":"sni_proxy","local_dc":"dc1","contact_points":["${hostId(1)}"],` +
      `"sni_proxy_address":"cass.example.com:${gateway.cqlPort}"}}`

    expect(await ask(gateway.metadataPort, options, GET_CLOSE)).toBe(expected)
    expect(await ask(gateway.metadataPort, nameless, GET_CLOSE)).toBe(expected)
  })

  it("answers the C++ driver: HTTP/1.0, a query, then the end", async () => {
    const gateway = await runGateway()
    const options = { ...(await clientOptions()), maxVersion: "TLSv1.2" } as const

    const answer = await ask(
      gateway.metadataPort,
      options,
      "GET /metadata?version=1 HTTP/1.0\r\nHost: cass.example.com\r\n\r\n",
    )

    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"version":1/s)
  })

  it("sends head and content in one TLS record", async () => {
    const nodes = await Promise.all(Array.from({ length: 50 }, (_, index) => plainNode(index)))
    const gateway = await runGateway({ nodes })
    const fromServer: Buffer[] = []
    const tap = createServer(client => {
      const server = connect(gateway.metadataPort, "127.0.0.1")
      client.pipe(server).on("data", chunk => fromServer.push(chunk))
      server.pipe(client)
    }).listen(0, "127.0.0.1")
    await once(tap, "listening")
    onTestFinished(() => void tap.close())

    const options = { ...(await clientOptions()), maxVersion: "TLSv1.2" } as const
    const answer = await ask((tap.address() as AddressInfo).port, options, GET_CLOSE)

    expect(answer.length).toBeGreaterThan(2000)
    expect(recordTypes(Buffer.concat(fromServer)).filter(type => type === APPLICATION_DATA)).toHaveLength(1)
  })

  it("answers one request after the other on one connection, pipelined or in pieces", async () => {
    const gateway = await runGateway()
    const socket = await open(gateway.metadataPort, await clientOptions())
    let answers = ""
    socket.on("data", chunk => {
      answers += String(chunk)
    })

    socket.write(`${GET}GET /other HTTP/1.1\r\nHost: x\r\n\r\n${GET.slice(0, 30)}`)
    await sleep(30)
    socket.write(`${GET.slice(30)}HEAD /metadata HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.write(GET_CLOSE)
    await once(socket, "end")

    expect(answers.match(/HTTP\/1\.1 \d+/g)?.map(line => line.slice(9))).toEqual(["200", "404", "200", "405", "200"])
    expect(answers.match(/Connection: [a-z-]+/g)?.at(-1)).toBe("Connection: close")
  })

  it("ends the connection after a request that it cannot delimit", async () => {
    const gateway = await runGateway()
    const options = await clientOptions()

    const answer = await ask(
      gateway.metadataPort,
      options,
      `POST /metadata HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n${GET}`,
    )

    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413"])
  })

  it("ends a connection that sends its request too slowly", async () => {
    const gateway = await runGateway({ requestTimeoutMillis: 500 })
    const socket = await open(gateway.metadataPort, await clientOptions())
    socket.on("error", () => {})
    const drip = setInterval(() => socket.writable && socket.write("G"), 20)
    onTestFinished(() => clearInterval(drip))

    // a reset is an end as good as any, so not `once`, which rejects at an error
    await new Promise(resolve => socket.resume().once("close", resolve))

    expect(gateway.stats().metadataAnswered).toBe(0)
  })

  it("ends a connection that never shakes hands", async () => {
    const gateway = await runGateway({ requestTimeoutMillis: 100 })
    const socket = connect(gateway.metadataPort, "127.0.0.1")

    await once(socket.resume(), "close")

    expect(await gateway.event("metadata-refused")).toMatchObject({ reason: "ERR_TLS_HANDSHAKE_TIMEOUT" })
  })

  it("counts and reports who asked, by the serial of the certificate", async () => {
    const gateway = await runGateway()
    const options = await clientOptions()

    await ask(gateway.metadataPort, options, GET_CLOSE)

    const { serialNumber } = new X509Certificate(String(options.cert))
    expect(await gateway.event("metadata-answered")).toMatchObject({
      status: 200,
      certificateSerial: serialNumber.toLowerCase(),
    })
    expect(gateway.stats()).toMatchObject({ metadataAnswered: 1, metadataRefused: 0 })
  })
})

describe("the metadata endpoint refuses", () => {
  it.each(VERSIONS)("a client without certificate, over %s", async version => {
    const gateway = await runGateway()
    const { host, servername, ca } = await clientOptions()

    await expect(ask(gateway.metadataPort, { host, servername, ca, maxVersion: version }, GET_CLOSE)).rejects.toThrow(
      version === "TLSv1.3" ? /certificate required/ : /handshake failure/,
    )
    expect(gateway.events).toContainEqual(refusedWith("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"))
  })

  it.each(VERSIONS)("a certificate of another CA, over %s", async version => {
    const gateway = await runGateway()
    const ours = await clientOptions()
    const { cert, key } = await clientOptions(await pkiOfToday("Other"))

    expect(await askInVain(gateway.metadataPort, { ...ours, cert, key, maxVersion: version })).toBe("")
    expect(await gateway.event("metadata-refused")).toMatchObject({ reason: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" })
  })

  it("an expired certificate", async () => {
    const gateway = await runGateway()
    const pki = await pkiOfToday()
    const expired = await pki.client({
      profile: { notBefore: later(pki.now, -7_200_000), notAfter: later(pki.now, -3_600_000) },
    })
    const options = { ...(await clientOptions()), cert: expired.chainPem, key: expired.keyPem }

    expect(await askInVain(gateway.metadataPort, options)).toBe("")
    expect(await gateway.event("metadata-refused")).toMatchObject({ reason: "CERT_HAS_EXPIRED" })
  })

  it("a revoked certificate, and takes the others", async () => {
    const pki = await pkiOfToday()
    const revoked = await pki.client()
    const gateway = await runGateway()
    const crlPem = revocationList(pki.issuer, pki.now, [revoked]) + revocationList(pki.root, pki.now, [])
    const { server, root } = pki
    const tls = { certificatePem: server.chainPem, privateKeyPem: server.keyPem, clientCaPem: root.certificatePem }
    gateway.updateTls({ ...tls, crlPem })
    const options = await clientOptions()

    expect(await askInVain(gateway.metadataPort, { ...options, cert: revoked.chainPem, key: revoked.keyPem })).toBe("")
    expect(await gateway.event("metadata-refused")).toMatchObject({ reason: "CERT_REVOKED" })
    expect(await ask(gateway.metadataPort, options, GET_CLOSE)).toContain("200 OK")
  })

  it.each(VERSIONS)("to resume a session, which would skip the check of the certificate, over %s", async version => {
    const gateway = await runGateway()
    const options = { ...(await clientOptions()), maxVersion: version }
    const sessions: Buffer[] = []
    const first = await open(gateway.metadataPort, options)
    first.on("session", session => sessions.push(session))
    first.write(GET_CLOSE)
    await once(first.resume(), "close")
    const session = sessions.at(-1) ?? first.getSession()

    const second = await open(gateway.metadataPort, { ...options, ...(session === undefined ? {} : { session }) })

    expect(second.isSessionReused()).toBe(false)
  })
})

describe("a running gateway", () => {
  it("shows new TLS files to new connections", async () => {
    const gateway = await runGateway()
    const other = await pkiOfToday("Other")
    const { server, root } = other

    gateway.updateTls({
      certificatePem: server.chainPem,
      privateKeyPem: server.keyPem,
      clientCaPem: root.certificatePem,
    })

    expect(await ask(gateway.metadataPort, await clientOptions(other), GET_CLOSE)).toContain("200 OK")
    await expect(ask(gateway.metadataPort, await clientOptions(), GET_CLOSE)).rejects.toThrow(
      /unable to get local issuer certificate/,
    )
    expect(gateway.stats().certificateExpiresAt).toBe(Date.parse(new X509Certificate(server.certificate).validTo))
  })

  it("ends connections that were let in by the old files: at once between requests, else after the answer", async () => {
    const gateway = await runGateway()
    const { server, root } = await pkiOfToday()
    const [idle, asking] = [
      await open(gateway.metadataPort, await clientOptions()),
      await open(gateway.metadataPort, await clientOptions()),
    ]
    idle.write(GET)
    await once(idle, "data")
    asking.write(GET.slice(0, 20))
    await gateway.event("metadata-answered")

    gateway.updateTls({
      certificatePem: server.chainPem,
      privateKeyPem: server.keyPem,
      clientCaPem: root.certificatePem,
    })
    await once(idle.resume(), "close")
    asking.write(GET.slice(20))

    expect(String(await once(asking, "data"))).toMatch(/200 OK[\s\S]*connection: close/i)
    await once(asking.resume(), "close")
  })

  it("keeps the old files and nodes when the new ones are unusable", async () => {
    const gateway = await runGateway()
    const options = await clientOptions()
    const before = await ask(gateway.metadataPort, options, GET_CLOSE)

    expect(() => gateway.updateTls({ certificatePem: "", privateKeyPem: "", clientCaPem: "" })).toThrow()
    expect(() => gateway.updateNodes([])).toThrow()

    expect(await ask(gateway.metadataPort, options, GET_CLOSE)).toBe(before)
  })

  it("tells new nodes to those who ask next", async () => {
    const gateway = await runGateway()

    gateway.updateNodes([{ hostId: hostId(7).toUpperCase(), address: "127.0.0.1:1" }])

    expect(await ask(gateway.metadataPort, await clientOptions(), GET_CLOSE)).toContain(
      `"contact_points":["${hostId(7)}"]`,
    )
  })

  it("stops at once while its metadata connections only wait", async () => {
    const gateway = await runGateway()
    const socket = await open(gateway.metadataPort, await clientOptions())
    socket.write(GET)
    await once(socket, "data")

    await gateway.stop(60_000)

    expect(gateway.stats().metadataAnswered).toBe(1)
  })
})
