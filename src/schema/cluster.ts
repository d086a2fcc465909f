import type { Static } from "typebox"
import type { Cluster } from "../domain/cluster.ts"
import type { ClusterForm } from "./forms/cluster.ts"
import { beside, type Written } from "./written.ts"

export type WrittenCluster = Static<typeof ClusterForm>

export function clusterFrom({ document: { file }, value }: Written<WrittenCluster>): Cluster {
  const { apiVersion: _version, kind: _kind, trust, serving, issuer, ...rest } = value
  const { accepts } = issuer
  return {
    ...rest,
    file,
    trust: trust.map(path => beside(file, path)),
    ...(serving === undefined ? {} : { serving: { ...serving, root: beside(file, serving.root) } }),
    issuer: {
      ...issuer,
      certificate: beside(file, issuer.certificate),
      ...(accepts === undefined ? {} : { accepts: accepts.map(path => beside(file, path)) }),
    },
  }
}
