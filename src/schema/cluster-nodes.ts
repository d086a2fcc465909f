import type { ClusterNode } from "../domain/cluster.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { WrittenCluster } from "./cluster.ts"
import { readYaml } from "./yaml.ts"
import { append, removeValue, setValue } from "./yaml-edit.ts"

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
  const longer = added.reduce((all, { hostId, address }) => append(all, ["nodes"], { hostId, address }), text)
  return places.reduceRight(
    (all, node, index) => (node === undefined ? removeValue(all, ["nodes", index]) : withNode(all, index, node)),
    longer,
  )
}

function withNode(text: string, index: number, { hostId, address }: ClusterNode): string {
  return setValue(setValue(text, ["nodes", index, "hostId"], hostId), ["nodes", index, "address"], address)
}

function nodesOf(text: string): readonly ClusterNode[] {
  const { document } = readYaml("cluster.yaml", encodeUtf8(text))
  return (document?.value as WrittenCluster | undefined)?.nodes ?? []
}
