import type { ClusterNode } from "../domain/cluster.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { WrittenCluster } from "./cluster.ts"
import { readYaml } from "./yaml.ts"
import { type Change, changeAll } from "./yaml-edit.ts"

/**
 * The text of a cluster.yaml that lists `nodes`, with everything else, comments and form included, as it was. Nodes are
 * told apart by host id; where one is new, its address tells whose place it takes. Order is kept, new ones come last.
 */
export function withNodes(text: string, nodes: readonly ClusterNode[]): string {
  const written = nodesOf(text)
  const known = new Set(written.map(({ hostId }) => hostId))
  const places = written.map(
    ({ hostId, address }) =>
      nodes.find(node => node.hostId === hostId) ??
      nodes.find(node => node.address === address && !known.has(node.hostId)),
  )
  const added = nodes.filter(node => !places.includes(node))
  const kept = places.flatMap((node, index): readonly Change[] => {
    if (node === undefined) return []
    const at = (key: string) => ["nodes", index, key]
    return [
      { path: at("hostId"), value: node.hostId },
      { path: at("address"), value: node.address },
    ]
  })
  const longer = added.map(({ hostId, address }, index) => ({
    path: ["nodes", written.length + index],
    value: { hostId, address },
  }))
  const gone = places.flatMap((node, index) => (node === undefined ? [{ path: ["nodes", index] }] : []))
  return changeAll(text, [...kept, ...longer, ...gone.reverse()])
}

function nodesOf(text: string): readonly ClusterNode[] {
  const { document } = readYaml("cluster.yaml", encodeUtf8(text))
  return (document?.value as WrittenCluster | undefined)?.nodes ?? []
}
