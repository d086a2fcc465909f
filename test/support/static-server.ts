import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface StaticServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Method and path of every request, with the status of its answer: `GET /catalog/index.json 200`. */
  readonly requests: string[]
  close(): Promise<void>
}

/** Any answers, on a free port of this machine. */
export async function serve(answer: RequestListener): Promise<StaticServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    response.on("close", () => requests.push(`${request.method} ${request.url} ${response.statusCode}`))
    answer(request, response)
  })
  await listening(server)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Files by their path without the leading slash, with an ETag each, as a static web server gives them. */
export function serveFiles(files: ReadonlyMap<string, Uint8Array>): Promise<StaticServer> {
  return serve((request, response) => answerFile(files, request, response))
}

function answerFile(files: ReadonlyMap<string, Uint8Array>, request: IncomingMessage, response: ServerResponse): void {
  const bytes = files.get((request.url ?? "").slice(1))
  if (bytes === undefined) return void response.writeHead(404).end()
  const etag = `"${Buffer.from(bytes).toString("base64url").slice(-24)}-${bytes.length}"`
  if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { etag }).end()
  response.writeHead(200, { etag, "content-length": bytes.length }).end(bytes)
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", resolve)
  })
}
