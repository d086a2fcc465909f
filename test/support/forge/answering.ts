import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { TlsOptions } from "node:tls"

/** A server of a few lines; what it was asked stays to be looked at. */
export interface AnsweringServer {
  readonly url: string
  readonly port: number
  readonly asked: readonly {
    readonly method: string
    readonly path: string
    readonly headers: IncomingMessage["headers"]
  }[]
  close(): Promise<void>
}

export async function answering(listener: RequestListener, tls?: TlsOptions): Promise<AnsweringServer> {
  const asked: AnsweringServer["asked"][number][] = []
  const recording: RequestListener = (request, response) => {
    asked.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers })
    return listener(request, response)
  }
  const server = tls === undefined ? createServer(recording) : createTlsServer(tls, recording)
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    asked,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
