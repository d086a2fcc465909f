import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { hostId, openTcp, plainNode, readBytes, runGateway, until } from "../unit/gateway/gateway-for-tests.ts"
import { helloMessage, records } from "../unit/gateway/hello-bytes.ts"

const HELLO = records(helloMessage({ serverName: hostId(1) }))
const echoNode = () => plainNode(1, socket => socket.pipe(socket))

describe("A08 slow retrieval at the gateway", () => {
  it("serves others while hundreds send their hello a byte at a time, and is rid of those in time", async () => {
    const gateway = await runGateway({ nodes: [await echoNode()], helloTimeoutMillis: 1500 })
    const slow = await Promise.all(Array.from({ length: 300 }, () => openTcp(gateway.cqlPort)))
    let sent = 0
    const trickle = setInterval(() => {
      for (const socket of slow) socket.write(HELLO.subarray(sent, sent + 1))
      sent += 1
    }, 50)

    for (let count = 0; count < 20; count += 1) {
      const honest = await openTcp(gateway.cqlPort)
      honest.write(HELLO)
      expect(await readBytes(honest, HELLO.length)).toEqual(HELLO)
    }
    await until(() => gateway.stats().refused["hello-timeout"] === slow.length)
    clearInterval(trickle)

    expect(gateway.stats()).toMatchObject({ connections: 20, refused: { "hello-timeout": slow.length } })
  })

  it("counts those that say nothing against the limit, says so, and takes others again afterwards", async () => {
    const gateway = await runGateway({ nodes: [await echoNode()], helloTimeoutMillis: 200, maximumConnections: 5 })
    const silent = await Promise.all(Array.from({ length: 5 }, () => openTcp(gateway.cqlPort)))

    const refused = await openTcp(gateway.cqlPort)
    expect(await readBytes(refused, 1)).toHaveLength(0)
    expect(await gateway.event("connection-limit")).toEqual({ kind: "connection-limit", role: "cql" })

    await Promise.all(silent.map(socket => readBytes(socket, 1)))
    await Promise.all(silent.map(socket => once(socket.end(), "close")))
    const later = await openTcp(gateway.cqlPort)
    later.write(HELLO)
    expect(await readBytes(later, HELLO.length)).toEqual(HELLO)
  })
})
