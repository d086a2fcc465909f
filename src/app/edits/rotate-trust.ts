import { readCertificateFacts } from "../../artifact/x509-read.ts"
import type { Cluster } from "../../domain/cluster.ts"
import { endOf, type LiveVersion, liveVersionsOf, named, reliantOn } from "../../domain/rotation-guard.ts"
import { append, removeValue, setValue } from "../../schema/yaml-edit.ts"
import { fileOf, textOf } from "../read-repository.ts"
import { type CertificateFile, placeCertificates, requireRoot } from "./certificate-file.ts"
import { type Edit, type EditScene, type Proposal, Refusal } from "./proposal.ts"

/** A step of a rotation of the servers' root, each a small edit of cluster.yaml, in this order. */
export type TrustStep =
  | { readonly kind: "overlap"; readonly file: CertificateFile }
  /** All servers show the new chain, which only people can know. */
  | { readonly kind: "served"; readonly reason: string }
  /** C# believes the first root alone. */
  | { readonly kind: "first" }
  | { readonly kind: "drop" }
  /** Takes a step back, where that is safe. */
  | { readonly kind: "back"; readonly step: "overlap" | "served" | "first"; readonly reason?: string }

/** Refuses a step whose time has not come. */
export function rotateTrust(name: string, step: TrustStep): Edit {
  return scene => {
    const subject = clusterOf(scene, name)
    switch (step.kind) {
      case "overlap":
        return overlap(subject, step.file)
      case "served":
        return served(subject, step.reason)
      case "first":
        return first(subject)
      case "drop":
        return drop(subject)
      case "back":
        return back(subject, step.step, step.reason)
    }
  }
}

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

function overlap(subject: ClusterSubject, file: CertificateFile): Proposal {
  const { cluster, text, scene, digests } = subject
  requireRoot(file)
  const placed = placeCertificates(file, cluster, scene)
  const title = `trust ${placed.written} beside the root`
  const known = new Set(cluster.trust.flatMap(digests))
  if (placed.digests.every(each => known.has(each))) return clusterProposal(subject, title, text)
  if (cluster.trust.length > 1) {
    throw new Refusal(`${cluster.name} trusts ${list(subject)} already`, "finish that rotation first, or take it back")
  }
  const edited = removeValue(append(text, ["trust"], placed.written), ["serving"])
  return clusterProposal(subject, title, edited, { files: new Map([[placed.path, placed.text]]) })
}

function served(subject: ClusterSubject, reason: string): Proposal {
  const { cluster, text, live, digests, written } = subject
  const root = cluster.serving?.root ?? cluster.trust.at(-1) ?? ""
  const title = `servers show ${written(root)}: root`
  if (cluster.serving !== undefined) return clusterProposal(subject, title, text)
  if (cluster.trust.length < 2) throw notUnderWay(cluster)
  const lacking = live.filter(({ input }) => !digests(root).some(each => input.cluster.trust.includes(each)))
  if (lacking.length > 0) {
    const hint = `${endOf(lacking)}; to end one sooner, revoke it once nobody uses it any more`
    throw new Refusal(`servers must go on showing the old chain, on which ${named(lacking)}`, hint)
  }
  return clusterProposal(subject, title, setValue(text, ["serving"], { root: written(root), reason }), { reason })
}

function first(subject: ClusterSubject): Proposal {
  const { cluster, text } = subject
  const { root } = servedIn(cluster)
  return clusterProposal(subject, "put the new one first: root", inOrder(subject, text, root))
}

function drop(subject: ClusterSubject): Proposal {
  const { cluster, text, live, digests } = subject
  const { root } = servedIn(cluster)
  const others = cluster.trust.filter(path => path !== root)
  const title = "drop the old root"
  if (others.length === 0) return clusterProposal(subject, title, text)
  if (cluster.trust[0] !== root && usesCsharp(subject)) {
    throw new Refusal(
      "C# believes the first root alone: the new one must come first",
      `scb rotate ca ${cluster.name} --first`,
    )
  }
  const reliant = reliantOn(live, digests(root))
  if (reliant.length > 0) {
    throw new Refusal(`the old root cannot go: on it ${named(reliant)}`, `${endOf(reliant)}; or revoke them`)
  }
  const edited = cluster.trust.reduceRight(
    (left, path, index) => (path === root ? left : removeValue(left, ["trust", index])),
    text,
  )
  return clusterProposal(subject, title, edited)
}

/** Less is trusted again only where people say that servers show what is still trusted. */
function back(subject: ClusterSubject, step: "overlap" | "served" | "first", reason: string | undefined): Proposal {
  const { cluster, text, written } = subject
  const title = `take back ${step}: root`
  const [head = "", ...rest] = cluster.trust
  if (rest.length === 0) {
    if (step === "overlap") return clusterProposal(subject, title, text)
    throw new Refusal(
      "the old root has been dropped",
      "the way back is another rotation: --new with the old root's file",
    )
  }
  if (step === "served") return clusterProposal(subject, title, removeValue(text, ["serving"]))
  if (reason === undefined) throw new Refusal("expected --reason: how it is known that servers show the old chain")
  if (step === "first") {
    if (cluster.serving === undefined || head !== cluster.serving.root) return clusterProposal(subject, title, text)
    const old = rest[0] ?? head
    const ordered = inOrder(subject, text, old)
    return clusterProposal(subject, title, setValue(ordered, ["serving"], { root: written(old), reason }), { reason })
  }
  if (cluster.serving !== undefined) {
    throw new Refusal(`servers show ${written(cluster.serving.root)}`, "take --served back first, if they no longer do")
  }
  const shorter = rest.reduceRight((left, _, index) => removeValue(left, ["trust", index + 1]), text)
  return clusterProposal(subject, title, setValue(shorter, ["serving"], { root: written(head), reason }), { reason })
}

function inOrder({ cluster, written }: ClusterSubject, text: string, first: string): string {
  const others = cluster.trust.filter(path => path !== first)
  return setValue(text, ["trust"], [first, ...others].map(written))
}

function servedIn({ name, serving, trust }: Cluster): NonNullable<Cluster["serving"]> {
  if (serving !== undefined) return serving
  if (trust.length < 2) throw notUnderWay({ name })
  throw new Refusal("nobody has said that servers show the new chain", `scb rotate ca ${name} --served --reason …`)
}

export function usesCsharp({ scene, cluster }: Pick<ClusterSubject, "scene" | "cluster">): boolean {
  return [...scene.repository.bundles.values()].some(
    bundle => bundle.cluster === cluster.name && bundle.drivers.includes("csharp"),
  )
}

function notUnderWay({ name }: Pick<Cluster, "name">): Refusal {
  return new Refusal(`no other root is trusted in ${name} yet`, `scb rotate ca ${name} --new <file>`)
}

function list({ cluster, written }: ClusterSubject): string {
  return cluster.trust.map(written).join(", ")
}
