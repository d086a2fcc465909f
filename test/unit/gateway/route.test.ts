import { describe, expect, it } from "vitest"
import { parseAddress, routeOf } from "../../../src/gateway/route.ts"

const node = { hostId: "aaaaaaaa-0000-4000-8000-000000000001", address: "10.0.0.1:9042" }
const nodes = new Map([[node.hostId, node]])
const to = (serverName: string | undefined) => routeOf(serverName, "cass.example.com", nodes)

describe("routeOf", () => {
  it("takes a host id to its node", () => {
    expect(to(node.hostId)).toEqual({ kind: "node", node })
  })

  it("takes a client without server name, or with the gateway's, to any node", () => {
    expect(to(undefined)).toEqual({ kind: "any" })
    expect(to("cass.example.com")).toEqual({ kind: "any" })
  })

  it("refuses a host id that it does not know", () => {
    expect(to("aaaaaaaa-0000-4000-8000-000000000002")).toEqual({ kind: "refused", reason: "unknown-host-id" })
  })

  it("refuses any other name", () => {
    expect(to("other.example.com")).toEqual({ kind: "refused", reason: "foreign-server-name" })
    expect(to("node.cass.example.com")).toEqual({ kind: "refused", reason: "foreign-server-name" })
  })
})

describe("parseAddress", () => {
  it.each([
    ["10.0.0.1:9042", { host: "10.0.0.1", port: 9042 }],
    ["node1.example.com:1", { host: "node1.example.com", port: 1 }],
    ["[2001:db8::1]:65535", { host: "2001:db8::1", port: 65_535 }],
  ])("reads %s", (address, parsed) => {
    expect(parseAddress(address)).toEqual(parsed)
  })

  it.each(["10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "2001:db8::1:9042", ":9042", "a b:9042", "[10.0.0.1:9042"])(
    "refuses %s",
    address => {
      expect(parseAddress(address)).toBeUndefined()
    },
  )
})
