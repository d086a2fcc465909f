// The nodes behind every contender, in a process of their own. Asked once: which to be.
import { constants } from "node:crypto"
import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { answerWith } from "./processes.ts"
import { GREETING, type NodeAddress, type NodeKind, REQUEST, RESPONSE, type TlsFiles } from "./traffic.ts"

export interface NodesWanted {
  readonly nodes: readonly { readonly hostId: string; readonly kind: NodeKind }[]
  readonly tls: TlsFiles
}

const STREAM = Buffer.alloc(256 * 1024, 0x09)

answerWith(async ({ nodes, tls }: NodesWanted) => {
  const addresses: NodeAddress[] = []
  for (const node of nodes) {
    const server = SERVERS[node.kind](tls).listen({ host: "127.0.0.1", port: 0, backlog: 4096 })
    await once(server, "listening")
    addresses.push({ ...node, port: (server.address() as AddressInfo).port })
  }
  return addresses
})

const SERVERS: Readonly<Record<NodeKind, (tls: TlsFiles) => Server>> = {
  answers: () => greeter(answerRequests),
  streams: () => greeter(socket => socket.resume().on("drain", () => stream(socket)) && stream(socket)),
  tls: ({ ca, cert, key }) =>
    createTlsServer(
      // no tickets: each handshake is a whole one
      { ca, cert, key, requestCert: true, rejectUnauthorized: true, secureOptions: constants.SSL_OP_NO_TICKET },
      socket =>
        socket
          .on("error", () => socket.destroy())
          .resume()
          .write(GREETING),
    ),
}

/** Takes the first bytes of a connection for a ClientHello. */
function greeter(then: (socket: Socket) => void): Server {
  return createServer({ noDelay: true }, socket => {
    socket.on("error", () => socket.destroy())
    socket.once("data", () => {
      socket.write(GREETING)
      then(socket)
    })
  })
}

function answerRequests(socket: Socket): void {
  let received = 0
  socket.on("data", chunk => {
    received += chunk.length
    for (; received >= REQUEST.length; received -= REQUEST.length) socket.write(RESPONSE)
  })
}

function stream(socket: Socket): void {
  while (!socket.destroyed && socket.write(STREAM));
}
