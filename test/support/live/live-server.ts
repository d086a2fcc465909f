import type { AddressInfo, Server, Socket } from "node:net"

export interface LiveServer {
  readonly port: number
  stop(): Promise<void>
}

/** Any free port of both address families, because some names have an IPv6 address alone. `open` is ended with it. */
export function listenAnywhere(server: Server, open: ReadonlySet<Socket>): Promise<LiveServer> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host: "::", port: 0 }, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        stop: () =>
          new Promise(done => {
            server.close(() => done())
            for (const socket of open) socket.destroy()
          }),
      }),
    )
  })
}
