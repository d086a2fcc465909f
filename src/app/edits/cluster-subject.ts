import { readCertificateFacts } from "../../artifact/x509-read.ts"
import type { Cluster } from "../../domain/cluster.ts"
import { type LiveVersion, liveVersionsOf } from "../../domain/rotation/guard.ts"
import { fileOf, textOf } from "../read-repository.ts"
import { type EditScene, type Proposal, Refusal } from "./proposal.ts"

/** The cluster that an edit is about. */
export interface ClusterSubject {
  readonly scene: EditScene
  readonly cluster: Cluster
  /** Of its file. */
  readonly text: string
  readonly live: readonly LiveVersion[]
  /** SHA-256 of what stands in a certificate file, by its path in the repository. */
  digests(path: string): readonly string[]
  /** As cluster.yaml writes a path. */
  written(path: string): string
}

export function clusterOf(scene: EditScene, name: string): ClusterSubject {
  const { clusters } = scene.repository
  const cluster = clusters.get(name)
  if (cluster === undefined) {
    throw new Refusal(`there is no cluster ${name}`, `known here: ${[...clusters.keys()].join(", ")}`)
  }
  return {
    scene,
    cluster,
    text: textOf(scene.tree, cluster.file),
    live: liveVersionsOf(name, scene.ledger, scene.moment),
    digests(path) {
      const facts = readCertificateFacts(fileOf(scene.tree, path))
      return facts.ok ? facts.value.map(({ sha256 }) => sha256) : []
    },
    written: path => path.slice(cluster.file.lastIndexOf("/") + 1),
  }
}

/** Of cluster.yaml, and of files that come along. */
export function clusterProposal(
  { cluster, text }: ClusterSubject,
  title: string,
  edited: string,
  more: { readonly reason?: string; readonly files?: ReadonlyMap<string, string> } = {},
): Proposal {
  const { reason, files = new Map() } = more
  const own = edited === text ? new Map<string, string>() : new Map([...files, [cluster.file, edited]])
  return { title: `${title} of ${cluster.name}`, files: own, ...(reason === undefined ? {} : { reason }) }
}
