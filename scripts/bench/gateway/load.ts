// A load generator, in a process of its own.
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { Duplex } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { connect as connectTls } from "node:tls"
import { answerWith } from "./processes.ts"
import { type Done, REQUEST, RESPONSE, type Target, type Task, type TlsFiles } from "./traffic.ts"

const held: Lane[] = []

answerWith((task: Task): Promise<Done> => {
  switch (task.kind) {
    case "connections":
      return countConnections(task)
    case "bytes":
      return countBytes(task)
    case "requests":
      return countRequests(task)
    case "hold":
      return hold(task)
    case "ask":
      return askAll()
    case "release":
      for (const lane of held.splice(0)) lane.close()
      return Promise.resolve({ count: 0, latenciesMillis: [] })
  }
})

type Timed<Kind extends Task["kind"]> = Extract<Task, { readonly kind: Kind }>

async function countConnections({ targets, lanes, millis, tls }: Timed<"connections">): Promise<Done> {
  const end = performance.now() + millis
  const visit = tls === undefined ? greet : (target: Target) => shakeHands(target, tls)
  let count = 0
  await inLanes(lanes, async lane => {
    for (let turn = lane; performance.now() < end; turn++) {
      await visit(pick(targets, turn))
      if (performance.now() < end) count++
    }
  })
  return { count, latenciesMillis: [] }
}

async function greet(target: Target): Promise<void> {
  const socket = await open(target)
  socket.end()
  if (!socket.closed) await once(socket, "close")
}

async function shakeHands({ port, hostId }: Target, tls: TlsFiles): Promise<void> {
  // the node proves the name of the gateway, which is not what is asked for: as with drivers
  const socket = connectTls({
    ...tls,
    host: "127.0.0.1",
    port,
    servername: hostId,
    checkServerIdentity: () => undefined,
  })
  await greeting(socket)
  socket.end()
  if (!socket.closed) await once(socket, "close")
}

async function countBytes({ targets, lanes, millis }: Timed<"bytes">): Promise<Done> {
  const sockets: Socket[] = []
  await inLanes(lanes, async lane => void sockets.push(await open(pick(targets, lane))))
  const moved = () =>
    sockets.reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten - socket.writableLength, 0)
  const chunk = Buffer.alloc(256 * 1024, 0x0a)
  for (const socket of sockets) {
    const fill = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on("drain", fill).resume()
    fill()
  }
  const before = moved()
  await sleep(millis)
  const count = moved() - before
  for (const socket of sockets) socket.destroy()
  return { count, latenciesMillis: [] }
}

async function countRequests({ targets, lanes: width, millis, perSecond }: Timed<"requests">): Promise<Done> {
  const lanes: Lane[] = []
  await inLanes(width, async lane => void lanes.push(await openLane(pick(targets, lane))))
  const end = performance.now() + millis
  const latenciesMillis: number[] = []
  for (const lane of lanes) {
    lane.onResponse = latency => {
      latenciesMillis.push(latency)
      if (perSecond === undefined && performance.now() < end) lane.request()
    }
  }
  if (perSecond === undefined) for (const lane of lanes) lane.request()
  else await pace(perSecond, end, turn => pick(lanes, turn).request())
  while (performance.now() < end || lanes.some(lane => lane.waiting > 0)) await sleep(1)
  for (const lane of lanes) lane.close()
  return { count: latenciesMillis.length, latenciesMillis }
}

/** Calls `work` as often as the clock says, whether or not what it began before has ended. */
async function pace(perSecond: number, end: number, work: (turn: number) => void): Promise<void> {
  const started = performance.now()
  for (let turn = 0; performance.now() < end; await sleep(1)) {
    for (const due = ((performance.now() - started) / 1000) * perSecond; turn < due; turn++) work(turn)
  }
}

async function hold({ targets, lanes }: Timed<"hold">): Promise<Done> {
  let turn = 0
  await inLanes(64, async () => {
    while (turn < lanes) held.push(await openLane(pick(targets, turn++)))
  })
  return { count: held.length, latenciesMillis: [] }
}

async function askAll(): Promise<Done> {
  const latenciesMillis: number[] = []
  for (const lane of held) {
    lane.onResponse = latency => latenciesMillis.push(latency)
    lane.request()
  }
  const patience = performance.now() + 20_000
  while (latenciesMillis.length < held.length && performance.now() < patience) await sleep(5)
  return { count: latenciesMillis.length, latenciesMillis }
}

/** A connection on which requests are sent and responses counted. */
interface Lane {
  onResponse: (latencyMillis: number) => void
  /** Requests without their response. */
  readonly waiting: number
  request(): void
  close(): void
}

async function openLane(target: Target): Promise<Lane> {
  const socket = await open(target)
  const sentAt: number[] = []
  let received = 0
  socket.on("data", chunk => {
    received += chunk.length
    for (; received >= RESPONSE.length; received -= RESPONSE.length) {
      lane.onResponse(performance.now() - (sentAt.shift() ?? 0))
    }
  })
  const lane: Lane = {
    onResponse: () => {},
    get waiting() {
      return socket.destroyed ? 0 : sentAt.length
    },
    request() {
      sentAt.push(performance.now())
      socket.write(REQUEST)
    },
    close: () => void socket.destroy(),
  }
  return lane
}

/** A connection whose ClientHello has arrived and was answered. */
async function open({ port, hostId }: Target): Promise<Socket> {
  const hello = await helloFor(hostId)
  const socket = connect({ port, host: "127.0.0.1", noDelay: true })
  socket.write(hello)
  await greeting(socket)
  return socket
}

function greeting(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error("a connection was closed before its greeting"))
    socket.once("error", reject).once("close", closed)
    socket.once("data", () => {
      socket.off("error", reject).off("close", closed)
      resolve()
    })
  })
}

const hellos = new Map<string, Promise<Buffer>>()

/** What OpenSSL sends first to somebody of that name. */
function helloFor(serverName: string): Promise<Buffer> {
  const known = hellos.get(serverName)
  if (known !== undefined) return known
  const made = new Promise<Buffer>(resolve => {
    const wire = new Duplex({ read: () => {}, write: (chunk: Buffer) => resolve(chunk) })
    connectTls({ socket: wire, servername: serverName }).on("error", () => {})
  })
  hellos.set(serverName, made)
  return made
}

async function inLanes(count: number, work: (lane: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, lane) => work(lane)))
}

function pick<T>(all: readonly T[], turn: number): T {
  const picked = all[turn % all.length]
  if (picked === undefined) throw new Error("nothing to choose from")
  return picked
}
