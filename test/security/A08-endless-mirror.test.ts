import type { RequestListener } from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import { boundedGet } from "../../src/adapters/bounded-get.ts"
import { httpPublished } from "../../src/adapters/published-http.ts"
import { secureFetch } from "../../src/adapters/secure-fetch.ts"
import { verdict } from "../support/published.ts"
import { type StaticServer, serve } from "../support/static-server.ts"

describe("A08 endless data and slow retrieval, from a mirror", () => {
  let server: StaticServer | undefined
  afterEach(() => server?.close())

  async function verdictOn(answer: RequestListener, timeoutMillis = 60_000): Promise<string> {
    server = await serve(answer)
    const fetch = secureFetch({ hosts: [new URL(server.url).host] })
    const get = boundedGet({ fetch, timeoutMillis, sleep: async () => {} })
    return verdict(httpPublished(server.url, get).readCatalogFile("catalog/index.json", 1 << 16))
  }

  it("stops reading a stream that does not end", async () => {
    const chunk = Buffer.alloc(1 << 14)
    const more = (response: Parameters<RequestListener>[1]): void => {
      if (!response.destroyed) response.write(chunk, () => more(response))
    }
    expect(await verdictOn((_, response) => more(response))).toBe("too-large")
  })

  it("stops reading what grows when it is unpacked", async () => {
    const { gzipSync } = await import("node:zlib")
    const packed = gzipSync(Buffer.alloc(1 << 24))
    const answer: RequestListener = (_, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end(packed)
    expect(await verdictOn(answer)).toBe("too-large")
  })

  it("cuts off an answer that has begun and never ends", async () => {
    expect(await verdictOn((_, response) => void response.writeHead(200).write("{"), 50)).toBe("forge-unreachable")
  })

  it("cuts off a connection on which nothing is ever said", async () => {
    expect(await verdictOn(() => {}, 50)).toBe("forge-unreachable")
  })

  it("takes an answer that is shorter than it says for none", async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("{")
      response.destroy()
    }
    expect(await verdictOn(answer)).toBe("forge-unreachable")
  })

  it("is led to no other host by a redirect", async () => {
    const answer: RequestListener = (_, response) =>
      void response.writeHead(302, { location: "https://elsewhere.example.com/index.json" }).end()
    expect(await verdictOn(answer)).toBe("forge-refused")
  })
})
