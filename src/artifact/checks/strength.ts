import type { Client } from "../../domain/clients.ts"
import { type Finding, finding } from "../../domain/findings.ts"
import { algorithmOf } from "../keys.ts"
import type { Certificate } from "../x509-read.ts"
import { PYTHON, union } from "./readers.ts"

/**
 * K8. Named are those who refuse to load such a certificate as their own: OpenSSL 3 at its default security level, and
 * at the level 2 that distributions give Python. The signature of a root is not judged: nobody verifies it.
 */
export function checkStrength(entry: "ca.crt" | "cert", certificate: Certificate): readonly Finding[] {
  const { facts, publicKey, scheme } = certificate
  const { family, bits, algorithm } = algorithmOf(publicKey)
  const say = (what: string, refusing: readonly Client[]): Finding => {
    const breaks = entry === "cert" ? refusing : []
    const severity = breaks.length > 0 ? "error" : "warning"
    return finding("K8", entry, `${facts.subject} in ${entry} ${what}`, { breaks, severity })
  }
  const found: Finding[] = []
  if (family === "rsa" && bits < 2048) {
    found.push(say(`has RSA of ${bits} bits: expected at least 2048`, PYTHON))
  } else if (family !== "rsa" && algorithm === "other") {
    found.push(say(`has a key of ${bits} bits and an unusual kind: expected P-256, P-384 or RSA`, []))
  }
  if (!facts.selfSigned && (scheme?.hash === "MD5" || scheme?.hash === "SHA-1")) {
    found.push(say(`is signed with ${scheme.hash}: expected SHA-256 or better`, union(PYTHON, ["nodejs", "cpp"])))
  }
  return found
}
