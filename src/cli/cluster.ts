import type { SoundRepository } from "../app/read-repository.ts"
import type { World } from "../app/world.ts"
import type { Cluster } from "../domain/cluster.ts"
import type { RepositoryOptions } from "./command.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"
import { openWorld } from "./world.ts"

/** A cluster as its files lie on disk now. */
export interface ReadCluster {
  readonly cluster: Cluster
  /** The files of all issuers whose certificates servers accept, the one that issues first. */
  readonly issuerPems: readonly string[]
  readonly source: SoundRepository
  readonly world: World
}

/** Throws a usage error for a name that no cluster has, and `invalid-repository`. */
export async function readCluster(name: string, options: RepositoryOptions, io: Io): Promise<ReadCluster> {
  const { readSoundRepository, textOf } = await import("../app/read-repository.ts")
  const world = await openWorld(options, io)
  const tree = await world.workspace.readWorkingTree()
  const source = await readSoundRepository(tree, world)
  const cluster = source.repository.clusters.get(name)
  if (cluster === undefined) {
    throw new UsageError(`no cluster ${name}: expected one of ${[...source.repository.clusters.keys()].join(", ")}`)
  }
  const issuers = [cluster.issuer.certificate, ...(cluster.issuer.accepts ?? [])]
  return { cluster, issuerPems: issuers.map(path => textOf(tree, path)), source, world }
}
