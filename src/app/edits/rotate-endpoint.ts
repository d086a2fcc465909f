import type { Endpoint } from "../../domain/cluster.ts"
import { setValue } from "../../schema/yaml-edit.ts"
import { clusterOf, clusterProposal } from "./cluster-subject.ts"
import type { Edit } from "./proposal.ts"

/** Sends whoever gets the next version to another place; both are served until the last has gone there. */
export function rotateEndpoint(name: string, to: Partial<Endpoint>, reason: string): Edit {
  return scene => {
    const subject = clusterOf(scene, name)
    const edited = Object.entries(to).reduce(
      (text, [key, value]) => setValue(text, ["endpoint", key], value),
      subject.text,
    )
    return clusterProposal(subject, "move the endpoint", edited, { reason })
  }
}
