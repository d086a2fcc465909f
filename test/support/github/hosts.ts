/** GitHub's hosts on loopback: each an origin of its own, or all behind one port, told apart by name or by path. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { TlsOptions } from "node:tls"
import type { Urls } from "./model.ts"
import type { HostRole } from "./wire.ts"

/** GitHub's own names. */
export const HOSTS: Readonly<Record<HostRole, string>> = {
  api: "api.github.com",
  uploads: "uploads.github.com",
  assets: "release-assets.githubusercontent.com",
  web: "github.com",
  raw: "raw.githubusercontent.com",
}
const ROLES: readonly HostRole[] = ["api", "uploads", "assets", "web", "raw"]

/** docs.github.com/enterprise-server, "Getting started with the REST API"; the longest fits first. */
const ENTERPRISE_PATHS: readonly (readonly [HostRole, string])[] = [
  ["uploads", "/api/uploads"],
  ["api", "/api/v3"],
  ["assets", "/_assets"],
  ["raw", "/_raw"],
  ["web", ""],
]

export interface HostOptions {
  readonly tls?: TlsOptions
  readonly port?: number
  readonly listen?: string
  readonly enterprise?: boolean
}

export interface Hosts {
  readonly urls: Urls
  close(): Promise<void>
}

export async function listenAs(
  { enterprise = false, listen = "127.0.0.1", port, tls }: HostOptions,
  answer: (role: HostRole, path: string, request: IncomingMessage, response: ServerResponse) => void,
): Promise<Hosts> {
  const servers: Server[] = []
  const start = async (handler: RequestListener, wanted = 0): Promise<number> => {
    const server = tls === undefined ? createServer(handler) : createTlsServer(tls, handler)
    servers.push(server)
    server.listen(wanted, listen)
    await once(server, "listening")
    return (server.address() as AddressInfo).port
  }
  const close = async (): Promise<void> => {
    for (const server of servers) {
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    }
  }
  const scheme = tls === undefined ? "http" : "https"
  const urlsBy = (urlOf: (role: HostRole) => string): Urls => ({
    api: urlOf("api"),
    uploads: urlOf("uploads"),
    assets: urlOf("assets"),
    web: urlOf("web"),
    raw: urlOf("raw"),
  })
  // The names that a certificate of tests is for.
  const loopback = tls === undefined ? listen : "localhost"
  if (enterprise) {
    const own = await start((request, response) => {
      const url = (request.url ?? "/").replace(/^(\/[^/]+\/[^/]+)\/raw\//, "/_raw$1/") // where people open a file
      const [role, prefix] = ENTERPRISE_PATHS.find(([, path]) => url.startsWith(path)) ?? ["web", ""]
      answer(role, url.slice(prefix.length), request, response)
    }, port)
    const paths = new Map(ENTERPRISE_PATHS)
    return { urls: urlsBy(role => `${scheme}://${loopback}:${own}${paths.get(role) ?? ""}`), close }
  }
  if (port !== undefined) {
    const own = await start((request, response) => {
      const name = (request.headers.host ?? "").replace(/:\d+$/, "")
      answer(ROLES.find(role => HOSTS[role] === name) ?? "api", request.url ?? "/", request, response)
    }, port)
    const shown = own === (tls === undefined ? 80 : 443) ? "" : `:${own}`
    return { urls: urlsBy(role => `${scheme}://${HOSTS[role]}${shown}`), close }
  }
  const ports = new Map<HostRole, number>()
  for (const role of ROLES)
    ports.set(role, await start((request, response) => answer(role, request.url ?? "/", request, response)))
  return { urls: urlsBy(role => `${scheme}://${loopback}:${ports.get(role)}`), close }
}
