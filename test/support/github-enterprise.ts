import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { instantFromMillis } from "../../src/domain/instant.ts"
import type { FakeGithub } from "./github/server.ts"
import { makePki } from "./pki.ts"

export interface EnterpriseServer {
  /** `https://localhost:<port>` */
  readonly origin: string
  /** For SCB_CA_FILE, GIT_SSL_CAINFO and CURL_CA_BUNDLE. */
  readonly caFile: string
  close(): Promise<void>
}

/** Where GitHub Enterprise Server has what github.com has on hosts of their own (docs.github.com/enterprise-server). */
type Place = keyof FakeGithub["urls"]

const PLACES: readonly (readonly [RegExp, Place, string])[] = [
  [/^\/api\/v3\/(?=repositories\/|repos\/|user|rate_limit)/, "api", "/"],
  [/^\/api\/uploads\//, "uploads", "/"],
  [/^\/github-production-release-asset\//, "assets", "$&"],
  [/^(\/[^/]+\/[^/]+)\/raw\//, "raw", "$1/"],
  [/^\//, "web", "/"],
]
const PREFIXES: Readonly<Record<Place, string>> = {
  api: "/api/v3",
  uploads: "/api/uploads",
  assets: "",
  raw: "",
  web: "",
}

/**
 * The fake at one address and over TLS 1.3, for programs in processes of their own: they find it by its address, and need
 * to be told of nothing but a certificate.
 */
export async function startEnterpriseServer({ urls }: FakeGithub): Promise<EnterpriseServer> {
  const pki = await makePki({ host: "localhost", now: instantFromMillis(Date.now()) })
  const folder = mkdtempSync(join(tmpdir(), "scb-enterprise-"))
  const caFile = join(folder, "ca.pem")
  writeFileSync(caFile, pki.root.certificatePem)
  const tls = { key: pki.server.keyPem, cert: pki.server.chainPem, minVersion: "TLSv1.3" } as const
  const server = createServer(tls, (request, response) => {
    pass(request, response).catch((error: unknown) => void response.writeHead(502).end(String(error)))
  })
  await new Promise<void>(resolve => server.listen(0, "localhost", resolve))
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request
    const [pattern, place, to] = PLACES.find(([each]) => each.test(url)) ?? [/^/, "web", ""]
    const body = await buffer(request)
    const answer = await fetch(`${urls[place]}${url.replace(pattern, to)}`, {
      method,
      headers: headersOf(request),
      redirect: "manual",
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    })
    const type = answer.headers.get("content-type") ?? ""
    const bytes = Buffer.from(await answer.arrayBuffer())
    const headers = [...answer.headers]
      .filter(([name]) => !HOP_BY_HOP.has(name))
      .map(([name, value]) => [name, here(value)])
    response.writeHead(answer.status, Object.fromEntries(headers))
    response.end(type.includes("json") ? here(bytes.toString("utf8")) : bytes)
  }

  const here = (text: string): string =>
    Object.entries(urls).reduce(
      (all, [place, url]) => all.replaceAll(url, `${origin}${PREFIXES[place as Place]}`),
      text,
    )

  return {
    origin,
    caFile,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-encoding",
  "host",
  "keep-alive",
  "transfer-encoding",
  "expect",
])

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      HOP_BY_HOP.has(name) || value === undefined ? [] : [[name, String(value)]],
    ),
  )
}
