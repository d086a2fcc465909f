import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { deadNode, HOST, hostId, openTcp, plainNode, readBytes, runGateway, sleep, until } from "./gateway-for-tests.ts"
import { helloMessage, records } from "./hello-bytes.ts"

const UNRECOGNIZED_NAME = Buffer.from("15030300020270", "hex")
const helloTo = (serverName?: string) => records(helloMessage(serverName === undefined ? {} : { serverName }))

describe("the SNI proxy", () => {
  it("carries every byte unchanged between a client and the node that it names", async () => {
    const [other, node] = [await plainNode(1), await plainNode(2)]
    const gateway = await runGateway({ nodes: [other, node] })
    const hello = helloTo(hostId(2).toUpperCase())
    const client = await openTcp(gateway.cqlPort)

    client.write(Buffer.concat([hello, Buffer.from("more")]))
    const server = await node.accepted()
    expect(await readBytes(server, hello.length + 4)).toEqual(Buffer.concat([hello, Buffer.from("more")]))
    server.write("answer")
    expect((await readBytes(client, 6)).toString()).toBe("answer")
    client.end()

    expect(other.sockets).toHaveLength(0)
    expect(gateway.events).toContainEqual(expect.objectContaining({ kind: "connected", hostId: hostId(2) }))
  })

  it("joins a hello that comes byte by byte", async () => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    const hello = helloTo(hostId(1))

    for (const byte of hello) {
      client.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }

    expect(await readBytes(await node.accepted(), hello.length)).toEqual(hello)
  })

  it.each([
    ["no server name", undefined],
    ["the gateway's own name", HOST],
  ])("takes clients with %s to the nodes in turn", async (_, name) => {
    const nodes = [await plainNode(1), await plainNode(2)]
    const gateway = await runGateway({ nodes })

    for (let count = 0; count < 4; count += 1) {
      const client = await openTcp(gateway.cqlPort)
      client.write(helloTo(name))
      await until(() => nodes.reduce((sum, node) => sum + node.sockets.length, 0) > count)
    }

    expect(nodes.map(node => node.sockets.length)).toEqual([2, 2])
  })

  it("tries the next node for a client that named none, and the failed one last from then on", async () => {
    const [dead, node] = [await deadNode(1), await plainNode(2)]
    const gateway = await runGateway({ nodes: [dead, node] })

    for (let count = 0; count < 3; count += 1) {
      const client = await openTcp(gateway.cqlPort)
      client.write(helloTo())
      await node.accepted()
    }

    expect(gateway.events.filter(({ kind }) => kind === "node-unreachable")).toEqual([
      { kind: "node-unreachable", hostId: hostId(1), address: dead.address, reason: "ECONNREFUSED" },
    ])
    expect(gateway.stats().nodes.map(({ reachable }) => reachable)).toEqual([false, true])
  })

  it("closes when the named node cannot be reached, and takes nobody else for it", async () => {
    const [dead, node] = [await deadNode(1), await plainNode(2)]
    const gateway = await runGateway({ nodes: [dead, node] })
    const client = await openTcp(gateway.cqlPort)

    client.write(helloTo(hostId(1)))

    expect(await readBytes(client, 1)).toHaveLength(0)
    expect(gateway.stats().refused).toEqual({ "no-node-reachable": 1 })
    expect(node.sockets).toHaveLength(0)
  })

  it.each([
    ["an unknown host id", hostId(9), "unknown-host-id"],
    ["another host's name", "other.example.com", "foreign-server-name"],
  ])("refuses %s with the alert unrecognized_name and closes", async (_, serverName, reason) => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)

    client.write(helloTo(serverName))

    expect(await readBytes(client, 100)).toEqual(UNRECOGNIZED_NAME)
    expect(await gateway.event("refused")).toMatchObject({ reason, serverName })
    expect(node.sockets).toHaveLength(0)
  })

  it.each([
    ["what is not TLS", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "not-tls"],
    ["a malformed hello", Buffer.from("16030100050200000100", "hex"), "malformed-hello"],
    ["an endless hello", Buffer.from("160301000401ffffff", "hex"), "hello-too-large"],
  ])("closes on %s without an answer", async (_, bytes, reason) => {
    const gateway = await runGateway()
    const client = await openTcp(gateway.cqlPort)

    client.write(bytes)

    expect(await readBytes(client, 1)).toHaveLength(0)
    expect(await gateway.event("refused")).toMatchObject({ reason })
  })

  it("closes on a client that does not say hello in time", async () => {
    const gateway = await runGateway({ helloTimeoutMillis: 50 })
    const client = await openTcp(gateway.cqlPort)

    client.write(helloTo(hostId(1)).subarray(0, 20))

    expect(await readBytes(client, 1)).toHaveLength(0)
    expect(await gateway.event("refused")).toMatchObject({ reason: "hello-timeout" })
  })

  it("says nothing of a connection that says nothing, as health checks do", async () => {
    const gateway = await runGateway()
    const client = await openTcp(gateway.cqlPort)

    client.end()
    await readBytes(client, 1)

    expect(gateway.events.map(({ kind }) => kind)).toEqual(["listening", "listening"])
  })

  it("gives up on a node that does not accept in time", async () => {
    // 192.0.2.0/24 is nobody's (RFC 5737): packets to it get lost, or the network says so at once.
    const gateway = await runGateway({
      nodes: [{ hostId: hostId(1), address: "192.0.2.1:9042" }],
      connectTimeoutMillis: 50,
    })
    const client = await openTcp(gateway.cqlPort)

    client.write(helloTo(hostId(1)))

    expect(await readBytes(client, 1)).toHaveLength(0)
    expect(await gateway.event("node-unreachable")).toMatchObject({ hostId: hostId(1) })
  })

  it("passes the end of one direction on and lets the other one finish", async () => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    const hello = helloTo(hostId(1))

    client.end(hello)
    const server = await node.accepted()
    await readBytes(server, hello.length + 1)
    expect(server.readableEnded).toBe(true)
    server.end("last words")

    expect((await readBytes(client, 100)).toString()).toBe("last words")
    expect(await gateway.event("closed")).toMatchObject({
      cause: "ended",
      bytesFromClient: hello.length,
      bytesFromNode: 10,
    })
  })

  it("passes the node's end on and lets the client finish", async () => {
    const node = await plainNode(1, socket => socket.end("first"))
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    const hello = helloTo(hostId(1))

    client.write(hello)
    expect((await readBytes(client, 100)).toString()).toBe("first")
    expect(client.readableEnded).toBe(true)
    client.end("last words")

    const server = await node.accepted()
    expect((await readBytes(server, 1000)).toString("latin1")).toBe(`${hello.toString("latin1")}last words`)
    expect(await gateway.event("closed")).toMatchObject({ cause: "ended", bytesFromNode: 5 })
  })

  it("delivers what a node has sent before it closes", async () => {
    const node = await plainNode(1, socket => socket.end(Buffer.alloc(1_000_000, 7)))
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)

    client.write(helloTo(hostId(1)))

    expect(await readBytes(client, 2_000_000)).toHaveLength(1_000_000)
  })

  it("closes the client when the node resets the connection", async () => {
    const node = await plainNode(1, socket => socket.once("data", () => socket.resetAndDestroy()))
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)

    client.write(helloTo(hostId(1)))

    expect(await readBytes(client, 1)).toHaveLength(0)
    expect(await gateway.event("closed")).toMatchObject({ cause: "broken" })
  })

  it("closes the node's side when the client vanishes", async () => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    client.write(helloTo(hostId(1)))
    const server = await node.accepted()
    server.resume()

    client.resetAndDestroy()
    await Promise.race([once(server, "close"), once(server, "end")])

    expect(await gateway.event("closed")).toMatchObject({ cause: "broken" })
  })

  it("closes both sides of a connection on which nothing moves", async () => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node], idleTimeoutMillis: 80 })
    const client = await openTcp(gateway.cqlPort)
    client.write(helloTo(hostId(1)))
    const server = await node.accepted()

    await Promise.all([once(client.resume(), "end"), once(server.resume(), "end")])

    expect(await gateway.event("closed")).toMatchObject({ cause: "idle" })
  })

  it.each(["client", "node"] as const)("is not idle while only the %s sends", async sender => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node], idleTimeoutMillis: 300 })
    const client = await openTcp(gateway.cqlPort)
    client.write(helloTo(hostId(1)))
    const server = await node.accepted()
    client.resume()
    server.resume()

    for (let count = 0; count < 12; count += 1) {
      const from = sender === "client" ? client : server
      from.write("x")
      await sleep(50)
    }

    expect(gateway.events.map(({ kind }) => kind)).not.toContain("closed")
  })

  it("makes a node wait for a client that does not read", async () => {
    const size = 64 * 1024 * 1024
    const node = await plainNode(1, socket => socket.end(Buffer.alloc(size)))
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    client.pause().write(helloTo(hostId(1)))
    const server = await node.accepted()

    await sleep(300)
    expect(server.writableFinished).toBe(false)
    await once(client.resume(), "end")

    expect(client.bytesRead).toBe(size)
  })

  it("carries 200 connections at once", async () => {
    const nodes = [await plainNode(1, socket => socket.pipe(socket)), await plainNode(2, socket => socket.pipe(socket))]
    const gateway = await runGateway({ nodes })

    const echoes = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const client = await openTcp(gateway.cqlPort)
        const sent = Buffer.concat([helloTo(hostId(1 + (index % 2))), Buffer.alloc(20_000, index)])
        client.write(sent)
        return (await readBytes(client, sent.length)).equals(sent)
      }),
    )

    expect(echoes.every(Boolean)).toBe(true)
    expect(gateway.stats().nodes.map(({ openConnections }) => openConnections)).toEqual([100, 100])
  })

  it("drops connections above its limit", async () => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node], maximumConnections: 1 })
    const first = await openTcp(gateway.cqlPort)
    first.write(helloTo(hostId(1)))
    await node.accepted()

    const second = await openTcp(gateway.cqlPort)

    expect(await readBytes(second, 1)).toHaveLength(0)
    expect(gateway.stats().dropped).toBe(1)
  })

  it("takes new connections to new nodes and leaves open ones where they are", async () => {
    const [before, after] = [await plainNode(1, socket => socket.pipe(socket)), await plainNode(2)]
    const gateway = await runGateway({ nodes: [before] })
    const client = await openTcp(gateway.cqlPort)
    const hello = helloTo(hostId(1))
    client.write(hello)
    await readBytes(client, hello.length)

    gateway.updateNodes([after])

    client.write("still there")
    expect((await readBytes(client, 11)).toString()).toBe("still there")
    const late = await openTcp(gateway.cqlPort)
    late.write(hello)
    expect(await readBytes(late, 100)).toEqual(UNRECOGNIZED_NAME)
    const next = await openTcp(gateway.cqlPort)
    next.write(helloTo(hostId(2)))
    await after.accepted()
  })
})

describe("stopping", () => {
  it("accepts nothing more, carries on until the grace is over, then closes", async () => {
    const node = await plainNode(1, socket => socket.pipe(socket))
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    const hello = helloTo(hostId(1))
    client.write(hello)
    await readBytes(client, hello.length)

    const stopped = gateway.stop(250)
    await expect(openTcp(gateway.cqlPort)).rejects.toThrow("ECONNREFUSED")
    client.write("last request")
    expect((await readBytes(client, 12)).toString()).toBe("last request")
    await stopped

    expect(await readBytes(client, 1)).toHaveLength(0)
    expect(await gateway.event("closed")).toMatchObject({ cause: "stopped" })
  })

  it("is done as soon as the last connection has ended", async () => {
    const node = await plainNode(1, socket => socket.pipe(socket))
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    const hello = helloTo(hostId(1))
    client.write(hello)
    await readBytes(client, hello.length)

    const stopped = gateway.stop(60_000)
    client.end()
    await stopped

    expect(await gateway.event("closed")).toMatchObject({ cause: "ended" })
  })

  it("can be hurried", async () => {
    const node = await plainNode(1)
    const gateway = await runGateway({ nodes: [node] })
    const client = await openTcp(gateway.cqlPort)
    client.write(helloTo(hostId(1)))
    await node.accepted()

    const patient = gateway.stop(60_000)
    await gateway.stop(0)
    await patient

    expect(gateway.stats().nodes[0]?.openConnections).toBe(0)
  })
})
