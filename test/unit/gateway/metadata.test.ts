import { describe, expect, it } from "vitest"
import { formatResponse } from "../../../src/gateway/http.ts"
import { answer, metadataDocument } from "../../../src/gateway/metadata.ts"

const hostId = (index: number) => `AAAAAAAA-0000-4000-8000-${String(index).padStart(12, "0")}`
const nodes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ hostId: hostId(index), address: "10.0.0.1:9042" }))
const facts = { host: "Cass.Example.com", cqlPort: 29_042, datacenter: "dc1" }

describe("metadataDocument", () => {
  it("tells drivers the data centre, the proxy and the nodes by lower-case host id", () => {
    expect(metadataDocument({ ...facts, nodes: nodes(2) })).toBe(
      '{"version":1,"region":"dc1","contact_info":{"type":"sni_proxy","local_dc":"dc1",' +
        '"contact_points":["aaaaaaaa-0000-4000-8000-000000000000","aaaaaaaa-0000-4000-8000-000000000001"],' +
        '"sni_proxy_address":"cass.example.com:29042"}}',
    )
  })

  it("lists 50 nodes of 1000 and stays far below the 8 KiB of the C++ driver", () => {
    const document = metadataDocument({ ...facts, nodes: nodes(1000) })

    expect(JSON.parse(document).contact_info.contact_points).toHaveLength(50)
    expect(formatResponse({ status: 200, body: document }, true).length).toBeLessThan(3000)
  })

  it("refuses to make a response that the C++ driver cannot read", () => {
    expect(() => metadataDocument({ ...facts, datacenter: "d".repeat(5000), nodes: nodes(1) })).toThrow(
      expect.objectContaining({ code: "gateway-misconfigured" }),
    )
  })
})

describe("answer", () => {
  const asked = (method: string, path: string) => answer({ method, path, keepAlive: true }, "{}")

  it("is the document for GET /metadata", () => {
    expect(asked("GET", "/metadata")).toEqual({ status: 200, body: "{}" })
  })

  it("is 404 elsewhere, with a message that drivers show", () => {
    const { status, body } = asked("GET", "/")

    expect(status).toBe(404)
    expect(JSON.parse(body)).toEqual({ code: 404, message: "not found: the only resource is /metadata" })
  })

  it.each(["HEAD", "POST", "get"])("is 405 for %s", method => {
    expect(asked(method, "/metadata")).toMatchObject({ status: 405, headers: { Allow: "GET" } })
  })
})
