import type { Static } from "typebox"
import type { Cluster } from "../domain/cluster.ts"
import type { ClusterForm } from "./forms/cluster.ts"
import { beside, type Written } from "./written.ts"

export type WrittenCluster = Static<typeof ClusterForm>

export function clusterFrom({ document: { file }, value }: Written<WrittenCluster>): Cluster {
  const { apiVersion: _version, kind: _kind, trust, issuer, ...rest } = value
  return {
    ...rest,
    file,
    trust: trust.map(path => beside(file, path)),
    issuer: { ...issuer, certificate: beside(file, issuer.certificate) },
  }
}
