import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from "yaml"
import type { ClusterNode } from "../domain/cluster.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { WrittenCluster } from "./cluster.ts"
import { readYaml } from "./yaml.ts"

/** A piece of text to be put in place of another. */
interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

/**
 * The text of a cluster.yaml that lists `nodes`, with everything else, comments and form included, as it was. Nodes are
 * told apart by host id; where one is new, its address tells whose place it takes. Order is kept, new ones come last.
 */
export function withNodes(text: string, nodes: readonly ClusterNode[]): string {
  const list: unknown = parseDocument(text).get("nodes", true)
  if (!isSeq(list)) throw new Error("a cluster.yaml that passed the checks has a list of nodes")
  const splices = list.flow === true ? [rewritten(list, nodes)] : spliced(text, list, nodes)
  const edited = [...splices]
    .sort((a, b) => b.from - a.from)
    .reduce((whole, { from, to, text: piece }) => whole.slice(0, from) + piece + whole.slice(to), text)
  requireNodes(edited, nodes)
  return edited
}

function spliced(text: string, list: YAMLSeq, nodes: readonly ClusterNode[]): readonly Splice[] {
  const items = list.items.filter(isMap)
  const written = new Set(items.map(item => item.get("hostId")))
  const meant = (item: YAMLMap) =>
    nodes.find(node => node.hostId === item.get("hostId")) ??
    nodes.find(node => node.address === item.get("address") && !written.has(node.hostId))
  const wanted = new Map(items.map(item => [item, meant(item)]))
  const added = nodes.filter(node => ![...wanted.values()].includes(node))
  const changes = [...wanted].flatMap(([item, node]) =>
    node === undefined ? [without(text, item)] : changed(item, node),
  )
  const last = items.at(-1)
  if (last === undefined || added.length === 0) return changes
  const at = lineEnd(text, endOf(last))
  const indent = /^ */.exec(text.slice(lineStart(text, startOf(last))))?.[0] ?? "  "
  const lines = added.map(node => `${indent}- ${flowNode(node)}\n`).join("")
  const missing = text[at - 1] === "\n" ? "" : "\n"
  return [...changes, { from: at, to: at, text: missing + lines }]
}

function changed(item: YAMLMap, node: ClusterNode): readonly Splice[] {
  return (["hostId", "address"] as const).flatMap(key => {
    const scalar: unknown = item.get(key, true)
    if (!isScalar(scalar) || scalar.value === node[key]) return []
    const [from, to] = scalar.range ?? [0, 0]
    return [{ from, to, text: scalar.type === "PLAIN" ? word(node[key]) : JSON.stringify(node[key]) }]
  })
}

/** The lines of an item, with the comment behind it. */
function without(text: string, item: YAMLMap): Splice {
  return { from: lineStart(text, startOf(item)), to: lineEnd(text, endOf(item)), text: "" }
}

/** A list on one line has no lines to take out or put in. */
function rewritten(list: YAMLSeq, nodes: readonly ClusterNode[]): Splice {
  const [from, to] = list.range ?? [0, 0]
  return { from, to, text: `[${nodes.map(flowNode).join(", ")}]` }
}

function flowNode({ hostId, address }: ClusterNode): string {
  return `{ hostId: ${hostId}, address: ${word(address)} }`
}

/** A bracket would begin a list. */
function word(text: string): string {
  return text.startsWith("[") ? JSON.stringify(text) : text
}

function startOf(item: YAMLMap): number {
  return item.range?.[0] ?? 0
}

/** Of the last character that means something: a block map's range goes on through the comments behind it. */
function endOf(item: YAMLMap): number {
  if (item.flow === true) return item.range?.[1] ?? 0
  const last: unknown = item.items.at(-1)?.value
  return isScalar(last) ? (last.range?.[1] ?? 0) : (item.range?.[1] ?? 0)
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1
}

/** Behind the line's end. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at)
  return end === -1 ? text.length : end + 1
}

function requireNodes(text: string, nodes: readonly ClusterNode[]): void {
  const { document, findings } = readYaml("cluster.yaml", encodeUtf8(text))
  const read = (document?.value as WrittenCluster | undefined)?.nodes
  if (findings.length > 0 || JSON.stringify(read?.map(sortedNode)) !== JSON.stringify(nodes.map(sortedNode))) {
    throw new Error("the edited cluster.yaml does not list the nodes that it should")
  }
}

function sortedNode({ hostId, address }: ClusterNode): ClusterNode {
  return { hostId, address }
}
