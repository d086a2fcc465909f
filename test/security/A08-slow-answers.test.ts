import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { describe, expect, it, onTestFinished } from "vitest"
import { nodeNetwork } from "../../src/adapters/network-node.ts"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { HTTP_ANSWER_MAXIMUM } from "../../src/domain/live/probes.ts"
import { makePki } from "../support/pki.ts"

const TIMEOUT = 300
const pki = await makePki({ now: instantFromMillis(Date.now()) })
const network = nodeNetwork({ timeoutMillis: TIMEOUT })

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A hostile server behind a perfect handshake. */
function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const { certificatePem: cert, keyPem: key } = pki.server
  return listening(
    createTlsServer({ cert, key }, socket => {
      socket.on("error", () => socket.destroy())
      onTestFinished(() => void socket.destroy())
      onConnection(socket)
    }),
  )
}

const at = (port: number) => ({ address: "127.0.0.1", port, highest: "TLSv1.3" }) as const
const request = (port: number) =>
  network.request({ ...at(port), httpVersion: "1.1", host: "cass.example.com", path: "/metadata" })

describe("A08 endless data and slow answers", () => {
  it("stops reading an answer at 64 KiB", async () => {
    const port = await serve(socket => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n")
      const flood = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(16_384, "x"))) {}
      }
      socket.on("drain", flood)
      flood()
    })
    const answer = await request(port)
    expect(answer).toMatchObject({ kind: "answered", ended: "too-large" })
    const size = answer.kind === "answered" ? answer.pieces.reduce((sum, piece) => sum + piece.length, 0) : 0
    expect(size).toBeLessThanOrEqual(HTTP_ANSWER_MAXIMUM + 16_384)
  })

  it("gives an answer that drips as much time as a whole one", async () => {
    const port = await serve(socket => {
      const timer = setInterval(() => socket.write("H"), 20)
      socket.once("close", () => clearInterval(timer))
    })
    const answer = await request(port)
    expect(answer).toMatchObject({ kind: "answered", ended: "timeout" })
    expect(answer.millis).toBeLessThan(4 * TIMEOUT)
  })

  it("waits for no handshake and no frame longer than that", async () => {
    const silent = await listening(
      createServer(socket => {
        onTestFinished(() => void socket.destroy())
      }),
    )
    const mute = await serve(() => {})
    expect(await request(silent)).toMatchObject({ kind: "failed", stage: "tls", reason: "ETIMEDOUT" })
    expect(await request(mute)).toMatchObject({ kind: "failed", stage: "answer", reason: "ETIMEDOUT" })
    expect(await network.converse(at(mute))).toMatchObject({ outcome: { kind: "silent", reason: "ETIMEDOUT" } })
  })

  it("believes no length of a frame", async () => {
    const port = await serve(socket => void socket.write(Buffer.from("840000000600ffffffff", "hex")))
    expect(await network.converse(at(port))).toMatchObject({ outcome: { kind: "malformed" } })
  })
})
