import { type Finding, finding } from "../../domain/findings.ts"
import type { Instant } from "../../domain/instant.ts"
import type { Certificate } from "../x509-read.ts"
import { readCertificateFile } from "./certificate-file.ts"
import { READERS } from "./readers.ts"
import { checkStrength } from "./strength.ts"
import { checkValidity } from "./validity.ts"

export interface CheckedAnchors {
  readonly findings: readonly Finding[]
  /** In their order; undefined when ca.crt cannot be read. */
  readonly anchors: readonly Certificate[] | undefined
}

const ENTRY = "ca.crt"

/** K1, and K7 and K8 of the certificates that drivers trust. */
export function checkCaCertificates(bytes: Uint8Array, now: Instant): CheckedAnchors {
  const anchors = readCertificateFile(bytes)
  if (typeof anchors === "string") {
    return {
      findings: [finding("K1", ENTRY, `ca.crt ${anchors}`, { breaks: READERS[ENTRY] })],
      anchors: undefined,
    }
  }
  return {
    findings: [
      ...checkFirst(anchors[0]),
      ...anchors.flatMap(anchor => checkAnchorValidity(anchor, anchors, now)),
      ...anchors.flatMap(anchor => checkStrength(ENTRY, anchor)),
    ],
    anchors,
  }
}

function checkFirst(first: Certificate): readonly Finding[] {
  if (isRoot(first)) return []
  const { subject, selfSigned } = first.facts
  if (selfSigned) {
    const message = `${subject} at the head of ca.crt is not a CA: expected CA:TRUE and keyCertSign`
    return [finding("K1", ENTRY, message, { breaks: READERS[ENTRY] })]
  }
  const message = `ca.crt begins with ${subject}, which ${first.facts.issuer} issued: expected a self-signed root first`
  return [finding("K1", ENTRY, message, { breaks: ["csharp"] })]
}

/** A version 1 certificate has no way to say that it is a CA, and is taken for one when it is trusted. */
function isRoot({ facts, keyUsage, extensions }: Certificate): boolean {
  const mayIssue = extensions.length === 0 || (facts.isCa && keyUsage?.has("keyCertSign") !== false)
  return facts.selfSigned && mayIssue
}

/** While another one is valid, the loss of one breaks nobody for certain: two roots are how a CA is exchanged. */
function checkAnchorValidity(anchor: Certificate, all: readonly Certificate[], now: Instant): readonly Finding[] {
  const valid = all.some(({ facts }) => facts.notBefore <= now && now <= facts.notAfter)
  const found = checkValidity(ENTRY, anchor.facts, now, READERS[ENTRY])
  return valid ? found.map(each => ({ ...each, severity: "warning", breaks: [] })) : found
}
