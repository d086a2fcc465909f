import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import type { Socket } from "node:net"
import { platform, tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { usageOf } from "../../scripts/bench/gateway/processes.ts"
import { startScbGateway } from "../../scripts/bench/gateway/proxies.ts"
import { compiledMain } from "../support/child.ts"
import { hostId, openTcp, type PlainNode, plainNode, readBytes, sleep } from "../unit/gateway/gateway-for-tests.ts"
import { helloMessage, records } from "../unit/gateway/hello-bytes.ts"

const HELLO = records(helloMessage({ serverName: hostId(1) }))

/** `scb gateway serve` in a process of its own. */
async function gatewayTo(node: PlainNode) {
  const folder = mkdtempSync(join(tmpdir(), "scb-crowd-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const way = await startScbGateway({ folder: join(folder, "gateway"), nodes: [node] }, compiledMain())
  onTestFinished(() => way.stop())
  return {
    megabytes: () => (way.process === undefined ? Number.NaN : usageOf(way.process).residentMegabytes),
    log: () => readFileSync(join(folder, "gateway/log"), "utf8"),
    async open(): Promise<Socket> {
      const client = await openTcp(way.to(node).port)
      client.write(HELLO)
      return client
    },
  }
}

async function inTurn<T>(count: number, atOnce: number, make: () => Promise<T>): Promise<readonly T[]> {
  const made: T[] = []
  while (made.length < count) made.push(...(await Promise.all(Array.from({ length: atOnce }, make))))
  return made
}

// memory of another process is read from /proc
describe.runIf(platform() === "linux")("a gateway with many connections", () => {
  it("keeps 5,000 that say nothing, and serves a new one meanwhile", async () => {
    const gateway = await gatewayTo(await plainNode(1, socket => socket.pipe(socket)))
    const echoed = async (socket: Socket, bytes: Uint8Array) => {
      socket.write(bytes)
      return (await readBytes(socket, bytes.length)).equals(bytes)
    }
    const open = async () => {
      const client = await gateway.open()
      expect(await readBytes(client, HELLO.length)).toEqual(HELLO)
      return client
    }
    const before = gateway.megabytes()
    const idle = await inTurn(5000, 100, open)
    expect(gateway.megabytes() - before).toBeLessThan(150)

    await sleep(10_000)
    expect(await echoed(await open(), Buffer.alloc(100_000, 1))).toBe(true)
    const alive = await Promise.all(idle.map(socket => echoed(socket, Buffer.of(2))))

    expect(alive.filter(Boolean)).toHaveLength(5000)
    expect(gateway.log()).not.toMatch(/ (?:closed|refused|accept-failed|connection-limit) /)
  })

  it.each(["clients", "nodes"] as const)("holds no more for %s that do not read", async idlers => {
    const node = await plainNode(1, socket => socket.pause())
    const gateway = await gatewayTo(node)
    const clients = (await inTurn(100, 20, gateway.open)).map(client => client.pause())
    const servers = await inTurn(clients.length, 1, node.accepted)
    const before = gateway.megabytes()

    // 128 MiB for each of a hundred: what the system's buffers do not take has to wait where it comes from
    const flood = Buffer.alloc(1 << 27)
    const senders = idlers === "clients" ? servers : clients
    for (const socket of senders) socket.write(flood)
    await sleep(5000)

    expect(senders.every(socket => socket.writableLength > 0)).toBe(true)
    expect(gateway.megabytes() - before).toBeLessThan(100)
    for (const socket of [...clients, ...servers]) socket.destroy()
    await Promise.all([...clients, ...servers].map(socket => socket.closed || once(socket, "close")))
  })
})
