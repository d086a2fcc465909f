import { describe, expect, it } from "vitest"
import { discover, type LiveNode } from "../../../../src/domain/live/discovery.ts"

const id = (index: number): string => `aaaaaaaa-0000-4000-8000-00000000000${index}`
const written = (index: number, address = `10.0.0.${index}:9042`) => ({ hostId: id(index), address })
const live = (index: number, more: Partial<LiveNode> = {}): LiveNode => ({
  hostId: id(index),
  datacenter: "dc1",
  rpcAddress: `10.0.0.${index}`,
  broadcastAddress: `192.168.0.${index}`,
  nativePort: 9042,
  ...more,
})
const cluster = (...nodes: readonly ReturnType<typeof written>[]) => ({ datacenter: "dc1", nodes })

describe("discover", () => {
  it("changes nothing where all is as it is written", () => {
    expect(discover(cluster(written(1), written(2)), [live(2), live(1)], "rpc")).toEqual({
      nodes: [written(1), written(2)],
      changes: [],
      warnings: [],
    })
  })

  it("adds new nodes behind the others, by host id, and takes out those that are gone", () => {
    const { nodes, changes } = discover(cluster(written(2), written(1)), [live(4), live(2), live(3)], "rpc")
    expect(nodes).toEqual([written(2), written(3), written(4)])
    expect(changes).toEqual([
      { kind: "removed", node: written(1) },
      { kind: "added", node: written(3) },
      { kind: "added", node: written(4) },
    ])
  })

  it("gives a rebuilt node its new host id in its old place", () => {
    const rebuilt = live(7, { rpcAddress: "10.0.0.1" })
    const { nodes, changes } = discover(cluster(written(1), written(2)), [rebuilt, live(2)], "rpc")
    expect(nodes).toEqual([written(7, "10.0.0.1:9042"), written(2)])
    expect(changes).toEqual([{ kind: "replaced", node: written(1), hostId: id(7) }])
  })

  it("follows a node to another address", () => {
    const { nodes, changes } = discover(cluster(written(1)), [live(1, { rpcAddress: "10.0.9.9" })], "rpc")
    expect(nodes).toEqual([written(1, "10.0.9.9:9042")])
    expect(changes).toEqual([{ kind: "moved", node: written(1), address: "10.0.9.9:9042" }])
  })

  it.each(["cass-1.internal:9042", "192.168.0.1:9042", "10.0.0.1:9042"])(
    "leaves %s, a name or an address that the node tells itself",
    address => {
      expect(discover(cluster(written(1, address)), [live(1)], "rpc").changes).toEqual([])
    },
  )

  it("takes the address that nodes tell each other where it is asked to, with their own port, IPv6 in brackets", () => {
    const { nodes } = discover(
      cluster(),
      [live(1), live(2, { broadcastAddress: "fd00::2", nativePort: 19042 })],
      "broadcast",
    )
    expect(nodes).toEqual([written(1, "192.168.0.1:9042"), written(2, "[fd00::2]:19042")])
  })

  it("takes the usual port where a node tells none", () => {
    const { nativePort: _, ...old } = live(1)
    expect(discover(cluster(), [old], "rpc").nodes).toEqual([written(1)])
  })

  it("leaves out other data centres, and says so", () => {
    const { nodes, warnings } = discover(
      cluster(written(1)),
      [live(1), live(2, { datacenter: "dc2" }), live(3, { datacenter: "dc2" })],
      "rpc",
    )
    expect(nodes).toEqual([written(1)])
    expect(warnings).toEqual([{ kind: "other-datacenter", datacenter: "dc2", nodes: 2 }])
  })

  it("proposes nothing where nobody is in the data centre that is written", () => {
    expect(discover(cluster(written(1)), [live(2, { datacenter: "DC1" })], "rpc")).toEqual({
      nodes: [written(1)],
      changes: [],
      warnings: [{ kind: "no-such-datacenter", expected: "dc1", got: ["DC1"] }],
    })
  })

  it("warns of addresses that drivers could not tell apart, and of such as lead nowhere", () => {
    const { warnings } = discover(
      cluster(),
      [live(1), live(2, { rpcAddress: "10.0.0.1" }), live(3, { rpcAddress: "0.0.0.0" })],
      "broadcast",
    )
    expect(warnings).toEqual([
      { kind: "useless-address", address: "0.0.0.0", hostId: id(3) },
      { kind: "shared-address", address: "10.0.0.1", hostIds: [id(1), id(2)] },
    ])
  })
})
