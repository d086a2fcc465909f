import type { Cluster } from "../../domain/cluster.ts"
import { endOf, named, reliantOn } from "../../domain/rotation/guard.ts"
import { append, removeValue, setValue } from "../../schema/yaml-edit.ts"
import { type CertificateFile, placeCertificates, requireRoot } from "./certificate-file.ts"
import { type ClusterSubject, clusterOf, clusterProposal } from "./cluster-subject.ts"
import { type Edit, type Proposal, Refusal } from "./proposal.ts"

/**
 * A step of a rotation of the servers' root, each a small edit of cluster.yaml, in this order. The way back is the same
 * way, with the old root in the place of the new one.
 */
export type TrustStep =
  | { readonly kind: "overlap"; readonly file: CertificateFile }
  /** All servers show certificates under this root, which only people can know. `root`: as cluster.yaml writes it. */
  | { readonly kind: "served"; readonly root: string; readonly reason: string }
  /** C# believes the first root alone: it is to be what servers show. */
  | { readonly kind: "first" }
  /** Of all but what servers show. */
  | { readonly kind: "drop" }

/** Refuses a step whose time has not come. */
export function rotateTrust(name: string, step: TrustStep): Edit {
  return scene => {
    const subject = clusterOf(scene, name)
    switch (step.kind) {
      case "overlap":
        return overlap(subject, step.file)
      case "served":
        return served(subject, step.root, step.reason)
      case "first":
        return first(subject)
      case "drop":
        return drop(subject)
    }
  }
}

function overlap(subject: ClusterSubject, file: CertificateFile): Proposal {
  const { cluster, text, scene, digests } = subject
  requireRoot(file)
  const placed = placeCertificates(file, cluster, scene)
  const title = `trust ${placed.written} beside the root`
  const known = new Set(cluster.trust.flatMap(digests))
  if (placed.digests.every(each => known.has(each))) return clusterProposal(subject, title, text)
  if (cluster.trust.length > 1) {
    throw new Refusal(
      `${cluster.name} trusts ${list(subject)} already`,
      "finish that rotation first: scb rotate ca says how",
    )
  }
  const edited = removeValue(append(text, ["trust"], placed.written), ["serving"])
  return clusterProposal(subject, title, edited, { files: new Map([[placed.path, placed.text]]) })
}

function served(subject: ClusterSubject, root: string, reason: string): Proposal {
  const { cluster, text, live, digests, written } = subject
  const path = cluster.trust.find(each => written(each) === root)
  if (path === undefined) throw new Refusal(`${cluster.name} does not trust ${root}`, `it trusts ${list(subject)}`)
  const title = `servers show ${root}: root`
  if (cluster.serving?.root === path) return clusterProposal(subject, title, text)
  const lacking = live.filter(({ input }) => !digests(path).some(each => input.cluster.trust.includes(each)))
  if (lacking.length > 0) {
    const hint = `${endOf(lacking)}; to end one sooner, revoke it once nobody uses it any more`
    throw new Refusal(`servers must go on showing another chain, on which ${named(lacking)}`, hint)
  }
  return clusterProposal(subject, title, setValue(text, ["serving"], { root, reason }), { reason })
}

function first(subject: ClusterSubject): Proposal {
  const { cluster, text, written } = subject
  const { root } = servedIn(cluster)
  const ordered = [root, ...cluster.trust.filter(path => path !== root)].map(written)
  return clusterProposal(subject, "put what servers show first: root", setValue(text, ["trust"], ordered))
}

function drop(subject: ClusterSubject): Proposal {
  const { cluster, text, live, digests } = subject
  const { root } = servedIn(cluster)
  const others = cluster.trust.filter(path => path !== root)
  const title = "drop other roots"
  if (others.length === 0) return clusterProposal(subject, title, text)
  if (cluster.trust[0] !== root && usesCsharp(subject)) {
    throw new Refusal(
      "C# believes the first root alone: what servers show must come first",
      `scb rotate ca ${cluster.name} --first`,
    )
  }
  const reliant = reliantOn(live, digests(root))
  if (reliant.length > 0) {
    throw new Refusal(`another root cannot go: on it ${named(reliant)}`, `${endOf(reliant)}; or revoke them`)
  }
  const edited = cluster.trust.reduceRight(
    (left, path, index) => (path === root ? left : removeValue(left, ["trust", index])),
    text,
  )
  return clusterProposal(subject, title, edited)
}

function servedIn({ name, serving }: Cluster): NonNullable<Cluster["serving"]> {
  if (serving !== undefined) return serving
  throw new Refusal("nobody has said which root servers show", `scb rotate ca ${name} --served <file> --reason …`)
}

function usesCsharp({ scene, cluster }: Pick<ClusterSubject, "scene" | "cluster">): boolean {
  return [...scene.repository.bundles.values()].some(
    bundle => bundle.cluster === cluster.name && bundle.drivers.includes("csharp"),
  )
}

function list({ cluster, written }: ClusterSubject): string {
  return cluster.trust.map(written).join(", ")
}
