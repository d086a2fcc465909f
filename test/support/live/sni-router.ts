import { connect, createServer, type Socket } from "node:net"
import { readClientHello } from "../../../src/gateway/client-hello.ts"
import { type LiveServer, listenAnywhere } from "./live-server.ts"

/** Which node a server name leads to, by its number from 0; or what is done to the connection instead. */
export type Routing = (serverName: string | undefined) => number | "unrecognized" | "close" | "silence"

/** Fatal `unrecognized_name` (RFC 6066 §3). */
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 3, 0, 2, 2, 112)

export interface NodeAddress {
  readonly address: string
  readonly port: number
}

/** A pass-through proxy that leads astray as it is told to. */
export function startSniRouter(nodes: readonly NodeAddress[], routing: Routing): Promise<LiveServer> {
  const open = new Set<Socket>()
  const keep = (socket: Socket): void => {
    open.add(socket)
    socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy())
  }
  const server = createServer({ noDelay: true }, client => {
    keep(client)
    let received = Buffer.alloc(0)
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const hello = readClientHello(received)
      if (hello.kind === "incomplete") return
      client.off("data", onData).pause()
      const route = hello.kind === "hello" ? routing(hello.serverName) : "close"
      if (route === "silence") return
      const place = typeof route === "number" ? nodes[route] : undefined
      if (place === undefined) {
        if (route === "unrecognized") client.write(UNRECOGNIZED_NAME)
        client.destroySoon()
        return
      }
      const node = connect({ host: place.address, port: place.port, noDelay: true })
      keep(node)
      client.once("close", () => node.destroy())
      node.once("close", () => client.destroySoon())
      node.write(received)
      client.pipe(node).pipe(client)
    }
    client.on("data", onData)
  })
  return listenAnywhere(server, open)
}
