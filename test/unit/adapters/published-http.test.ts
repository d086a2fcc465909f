import type { RequestListener } from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import { boundedGet } from "../../../src/adapters/bounded-get.ts"
import { httpPublished } from "../../../src/adapters/published-http.ts"
import { secureFetch } from "../../../src/adapters/secure-fetch.ts"
import { decodeUtf8, encodeUtf8 } from "../../../src/domain/utf8.ts"
import type { PublishedFiles } from "../../../src/ports.ts"
import { customerOf, makePublisher, refusalOf, verdict } from "../../support/published.ts"
import { type StaticServer, serve, serveFiles } from "../../support/static-server.ts"

const SHARD = `catalog/shards/${"a".repeat(64)}.json`

describe("httpPublished", () => {
  const servers: StaticServer[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
  })

  function read(server: StaticServer): { readonly releases: PublishedFiles; readonly slept: readonly number[] } {
    servers.push(server)
    const slept: number[] = []
    const get = boundedGet({
      fetch: secureFetch({ hosts: [new URL(server.url).host] }),
      sleep: async millis => void slept.push(millis),
    })
    return { releases: httpPublished(server.url, get), slept }
  }

  it("reads the layout of a directory, down to the bundle", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog()
    const { releases } = read(await serveFiles(publisher.releases.files))
    expect((await customerOf(publisher).fetch({ releases })).version).toBe("1.0.0")
  })

  it("asks for the index only whether it is still so", async () => {
    const files = new Map([["catalog/index.json", encodeUtf8("{}")]])
    const server = await serveFiles(files)
    const { releases } = read(server)
    const index = async () => decodeUtf8(await releases.readCatalogFile("catalog/index.json", 100))
    for (let visit = 0; visit < 3; visit++) expect(await index()).toBe("{}")
    files.set("catalog/index.json", encodeUtf8("[]"))
    expect(await index()).toBe("[]")
    await server.close()
    expect(server.requests).toEqual([200, 304, 304, 200].map(status => `GET /catalog/index.json ${status}`))
  })

  it("knows what is not there from what cannot be read", async () => {
    const { releases } = read(await serve((_, response) => void response.writeHead(404).end()))
    expect(await releases.readCatalogFile(SHARD, 100)).toBeUndefined()
    expect(await verdict(releases.readAsset("a/b" as never, "1.0.0", "SHA256SUMS", 100))).toBe("release-missing")
  })

  it("asks for no path but those that releases have", async () => {
    const server = await serve((_, response) => void response.writeHead(200).end("secret"))
    const { releases } = read(server)
    expect(await verdict(releases.readCatalogFile("catalog/../../etc/passwd", 100))).toBe("catalog-malformed")
    expect(await verdict(releases.readAsset("a/b" as never, "1.0.0", "../SHA256SUMS", 100))).toBe("release-missing")
    expect(server.requests).toEqual([])
  })

  it.each([429, 503])("comes back once when it is told when (%d)", async status => {
    let asked = 0
    const answer: RequestListener = (_, response) => {
      asked += 1
      if (asked === 1) response.writeHead(status, { "retry-after": "7" }).end()
      else response.writeHead(200).end("{}")
    }
    const { releases, slept } = read(await serve(answer))
    expect(decodeUtf8(await releases.readCatalogFile(SHARD, 100))).toBe("{}")
    expect(slept).toEqual([7000])
  })

  it("asks once more when a connection ends before its answer", async () => {
    let asked = 0
    const answer: RequestListener = (request, response) => {
      asked += 1
      if (asked === 1) request.socket.destroy()
      else response.writeHead(200).end("{}")
    }
    const { releases, slept } = read(await serve(answer))
    expect(decodeUtf8(await releases.readCatalogFile(SHARD, 100))).toBe("{}")
    expect(slept).toEqual([1000])
  })

  const REFUSALS = [
    [429, { "retry-after": "1" }, "forge-limited", [1000]],
    [429, {}, "forge-limited", []],
    [503, { "retry-after": "86400" }, "forge-limited", []],
    [500, {}, "forge-unreachable", [1000]],
    [403, {}, "forge-refused", []],
  ] as const

  it.each(REFUSALS)("takes %d with %o for %s", async (status, headers, code, sleeps) => {
    const { releases, slept } = read(await serve((_, response) => void response.writeHead(status, headers).end("no")))
    const refusal = await refusalOf(releases.readCatalogFile(SHARD, 100))
    expect([refusal.code, slept]).toEqual([code, sleeps])
  })
})
