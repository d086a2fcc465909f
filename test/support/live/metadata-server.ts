import { createServer, type TLSSocket, type TlsOptions } from "node:tls"
import { type LiveServer, listenAnywhere } from "./live-server.ts"

/** What matters of the head of a request. */
export interface MetadataRequest {
  readonly target: string
  readonly version: "1.0" | "1.1"
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
}

/** Bytes as they go over the wire. */
export interface Wire {
  /** One TLS record each, some time apart. */
  readonly pieces: readonly (string | Uint8Array)[]
  readonly afterMillis?: number
  readonly pauseMillis?: number
  /** The connection stays open afterwards. */
  readonly keep?: boolean
}

/** The whole behaviour of a metadata service; undefined is silence. */
export type Answering = (request: MetadataRequest) => Wire | undefined

/** Answers HTTP over TLS with full control of every byte. */
export function startMetadataServer(tls: TlsOptions, answering: Answering): Promise<LiveServer> {
  const open = new Set<TLSSocket>()
  const server = createServer({ noDelay: true, ...tls }, socket => {
    open.add(socket)
    socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy())
    let received = ""
    socket.on("data", chunk => {
      received += chunk.toString("latin1")
      const end = received.indexOf("\r\n\r\n")
      if (end < 0) return
      const head = received.slice(0, end)
      received = received.slice(end + 4)
      const wire = answering(readHead(head))
      if (wire !== undefined) void send(socket, wire)
    })
  })
  server.on("tlsClientError", (_error, socket) => socket.destroy())
  return listenAnywhere(server, open)
}

function readHead(head: string): MetadataRequest {
  const [first = "", ...lines] = head.split("\r\n")
  const [, target = "", version] = first.split(" ")
  const headers = lines.map(line => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return { target, version: version === "HTTP/1.0" ? "1.0" : "1.1", headers: new Map(headers) }
}

async function send(
  socket: TLSSocket,
  { pieces, afterMillis = 0, pauseMillis = 50, keep = false }: Wire,
): Promise<void> {
  await pause(afterMillis)
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await pause(pauseMillis)
    socket.write(piece)
  }
  if (!keep) socket.end()
}

function pause(millis: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, millis))
}
