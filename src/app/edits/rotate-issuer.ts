import { endOf, issuedElsewhere, named } from "../../domain/rotation/guard.ts"
import { append, removeValue, setValue } from "../../schema/yaml-edit.ts"
import { type CertificateFile, placeCertificates } from "./certificate-file.ts"
import { type ClusterSubject, clusterOf, clusterProposal } from "./cluster-subject.ts"
import { type Edit, type Proposal, Refusal } from "./proposal.ts"

/** A step of a rotation of who signs clients, in this order. */
export type IssuerStep =
  /** Gateways and nodes accept the one to come as well. */
  | { readonly kind: "accept"; readonly file: CertificateFile }
  /** `to`: as cluster.yaml writes it. There and back alike. */
  | { readonly kind: "switch"; readonly to: string; readonly key?: string }
  | { readonly kind: "drop" }

/** Refuses a step whose time has not come. */
export function rotateIssuer(name: string, step: IssuerStep): Edit {
  return scene => {
    const subject = clusterOf(scene, name)
    switch (step.kind) {
      case "accept":
        return accept(subject, step.file)
      case "switch":
        return switchTo(subject, step.to, step.key)
      case "drop":
        return drop(subject)
    }
  }
}

function accept(subject: ClusterSubject, file: CertificateFile): Proposal {
  const { cluster, text, scene, digests } = subject
  const placed = placeCertificates(file, cluster, scene)
  const title = `accept ${placed.written} too: issuer`
  const known = [cluster.issuer.certificate, ...(cluster.issuer.accepts ?? [])].map(path => digests(path)[0])
  if (known.includes(placed.digests[0])) return clusterProposal(subject, title, text)
  const edited = append(text, ["issuer", "accepts"], placed.written)
  return clusterProposal(subject, title, edited, { files: new Map([[placed.path, placed.text]]) })
}

function switchTo(subject: ClusterSubject, to: string, key: string | undefined): Proposal {
  const { cluster, text, written } = subject
  const { certificate, accepts = [] } = cluster.issuer
  const title = `certify by ${to}: issuer`
  const keyed = key === undefined ? text : setValue(text, ["issuer", "key"], key)
  if (written(certificate) === to) return clusterProposal(subject, title, keyed)
  const place = accepts.map(written).indexOf(to)
  if (place === -1) {
    const hint = `scb rotate issuer ${cluster.name} --new <file>, and set up gateways and nodes anew`
    throw new Refusal(`servers are not told to accept ${to} yet`, hint)
  }
  const swapped = setValue(keyed, ["issuer", "accepts", place], written(certificate))
  return clusterProposal(subject, title, setValue(swapped, ["issuer", "certificate"], to))
}

function drop(subject: ClusterSubject): Proposal {
  const { cluster, text, live, digests } = subject
  const inUse = issuedElsewhere(live, digests(cluster.issuer.certificate))
  if (inUse.length > 0) {
    throw new Refusal(`the other issuer cannot go: on it ${named(inUse)}`, `${endOf(inUse)}; or revoke them`)
  }
  return clusterProposal(subject, "accept no other: issuer", removeValue(text, ["issuer", "accepts"]))
}
