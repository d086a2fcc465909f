import { describe, expect, it } from "vitest"
import { withNodes } from "../../../src/schema/cluster-nodes.ts"

const id = (index: number): string => `aaaaaaaa-0000-4000-8000-00000000000${index}`
const node = (index: number, address = `10.0.0.${index}:9042`) => ({ hostId: id(index), address })

const file = (nodes: string): string => `apiVersion: scb/v1   # kept
kind: Cluster

datacenter: dc1 # exactly
nodes:${nodes}
trust: [ca/root.crt]   # kept too
`

const FLOW = file(`
  # the first rack
  - { hostId: ${id(1)}, address: 10.0.0.1:9042 } # one
  # the second
  -   {hostId: "${id(2)}",   address: '10.0.0.2:9042'}`)

const BLOCK = file(`
- hostId: ${id(1)} # one
  address: 10.0.0.1:9042 # by wire
  # of the next
- address: "10.0.0.2:9042"
  hostId: ${id(2)}
`)

describe("withNodes", () => {
  it.each([FLOW, BLOCK])("changes nothing where nothing is new", text => {
    expect(withNodes(text, [node(1), node(2)])).toBe(text)
  })

  it("puts new nodes behind the last, in its own indentation", () => {
    expect(withNodes(FLOW, [node(1), node(2), node(3), node(4, "[fd00::4]:9042")])).toBe(
      FLOW.replace(
        "\ntrust",
        `\n  - { hostId: ${id(3)}, address: 10.0.0.3:9042 }\n  - { hostId: ${id(4)}, address: "[fd00::4]:9042" }\ntrust`,
      ),
    )
    expect(withNodes(BLOCK, [node(1), node(2), node(3)])).toBe(
      BLOCK.replace(`${id(2)}\n`, `${id(2)}\n- { hostId: ${id(3)}, address: 10.0.0.3:9042 }\n`),
    )
  })

  it("takes out the lines of a node, and leaves the comments above the next", () => {
    expect(withNodes(FLOW, [node(2)])).toBe(FLOW.replace(/ {2}- \{ hostId.*one\n/, ""))
    expect(withNodes(BLOCK, [node(2)])).toBe(BLOCK.replace(/- hostId.*one\n.*by wire\n/, ""))
  })

  it("replaces a host id or an address alone, in its own quotes", () => {
    expect(withNodes(FLOW, [node(7, "10.0.0.1:9042"), node(2)])).toBe(FLOW.replace(id(1), id(7)))
    expect(withNodes(FLOW, [node(1), node(2, "10.9.9.9:9042")])).toBe(
      FLOW.replace("'10.0.0.2:9042'", "'10.9.9.9:9042'"),
    )
    expect(withNodes(BLOCK, [node(1, "10.9.9.9:9042"), node(2)])).toBe(BLOCK.replace("10.0.0.1", "10.9.9.9"))
  })

  it("does all of it at once, and all nodes anew", () => {
    expect(withNodes(FLOW, [node(2), node(3)])).toContain(`hostId: ${id(3)}`)
    expect(withNodes(FLOW, [node(3), node(4)])).toBe(
      file(`
  # the first rack
  # the second
  - { hostId: ${id(3)}, address: 10.0.0.3:9042 }
  - { hostId: ${id(4)}, address: 10.0.0.4:9042 }`),
    )
  })

  it("lets a node have the address of one that is gone", () => {
    expect(withNodes(FLOW, [node(2, "10.0.0.1:9042")])).toBe(
      FLOW.replace(/ {2}- \{ hostId.*one\n/, "").replace("'10.0.0.2:9042'", "'10.0.0.1:9042'"),
    )
  })

  it("writes a list on one line as one", () => {
    const line = file(` [{ hostId: ${id(1)}, address: 10.0.0.1:9042 }] # all`)
    expect(withNodes(line, [node(1), node(2)])).toBe(
      file(` [{ hostId: ${id(1)}, address: 10.0.0.1:9042 }, { hostId: ${id(2)}, address: 10.0.0.2:9042 }] # all`),
    )
  })

  it("lists hundreds of nodes at once, and changes all of them", () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      hostId: `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, "0")}`,
      address: `10.0.${index >> 8}.${index & 255}:9042`,
    }))
    const listed = withNodes(FLOW, many)
    const moved = many.slice(200).map(({ hostId, address }) => ({ hostId, address: `1${address}` }))
    const after = withNodes(listed, moved)
    expect(after.match(/hostId/g)).toHaveLength(200)
    expect(after).toContain("{ hostId: aaaaaaaa-0000-4000-8000-000000000399, address: 110.0.1.143:9042 }")
    expect(after).toContain("# the first rack")
  })

  it("ends the last line where a file has none at its end", () => {
    const text = FLOW.slice(0, FLOW.indexOf("\ntrust"))
    expect(withNodes(text, [node(1), node(2), node(3)])).toBe(
      `${text}\n  - { hostId: ${id(3)}, address: 10.0.0.3:9042 }\n`,
    )
  })
})
