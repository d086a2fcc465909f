import { spawn } from "node:child_process"
import type { IncomingMessage, ServerResponse } from "node:http"
import { buffer } from "node:stream/consumers"
import type { TlsOptions } from "node:tls"
import { type AnsweringServer, answering } from "./answering.ts"

/** What goes wrong with the next request whose path or service it names, once. */
export interface GitFault {
  readonly on: "info/refs" | "git-upload-pack" | "git-receive-pack"
  /** `lost-answer`: it has happened, and nobody is told. */
  readonly fault: "lost-answer" | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
}

export interface GitHttpServer extends AnsweringServer {
  readonly faults: GitFault[]
}

export interface GitHttpOptions {
  /** Holds bare repositories. */
  readonly root: string
  /** Without it nobody gets in. */
  readonly token?: string
  readonly tls?: TlsOptions
}

/** Git over HTTP as forges speak it: git-http-backend(1) behind a server of a few lines. */
export async function gitHttp({ root, token, tls }: GitHttpOptions): Promise<GitHttpServer> {
  const faults: GitFault[] = []
  const server = await answering((request, response) => {
    void serve(request, response).catch(() => response.destroy())
  }, tls)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const place = faults.findIndex(({ on }) => request.url?.includes(`/${on}`) === true)
    const [planned] = place < 0 ? [] : faults.splice(place, 1)
    if (planned !== undefined && planned.fault !== "lost-answer") {
      response.writeHead(planned.fault.status, planned.fault.headers).end()
      return
    }
    const expected = `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`
    if (token !== undefined && request.headers.authorization !== expected) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="GitHub"' }).end()
      return
    }
    const { headers, body } = await backend(request, root)
    if (planned !== undefined) {
      response.destroy()
      return
    }
    response.writeHead(Number(headers["status"]?.slice(0, 3) ?? 200), headers).end(body)
  }

  return { ...server, faults }
}

async function backend(request: IncomingMessage, root: string) {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost")
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: "scb",
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  })
  request.pipe(child.stdin).on("error", () => {})
  const output = await buffer(child.stdout)
  const end = output.indexOf("\r\n\r\n")
  const lines = output.toString("latin1", 0, end).split("\r\n")
  const headers: Readonly<Record<string, string>> = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  )
  return { headers, body: output.subarray(end + 4) }
}
