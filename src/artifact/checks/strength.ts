import { type Finding, finding } from "../../domain/findings.ts"
import { algorithmOf } from "../keys.ts"
import type { Certificate } from "../x509-read.ts"

/** K8. The signature of a root is not judged: nobody verifies it. */
export function checkStrength(entry: string, certificate: Certificate): readonly Finding[] {
  const { facts, publicKey, scheme } = certificate
  const { family, bits, algorithm } = algorithmOf(publicKey)
  const say = (what: string): Finding => finding("K8", entry, `${facts.subject} in ${entry} ${what}`, { breaks: [] })
  const found: Finding[] = []
  if (family === "rsa" ? bits < 2048 : algorithm === "other") {
    const got = family === "rsa" ? `RSA of ${bits} bits` : `${family === "ec" ? "a curve" : "a key"} of ${bits} bits`
    found.push(say(`has ${got}: expected RSA of at least 2048 bits, P-256 or P-384`))
  }
  if (!facts.selfSigned && (scheme?.hash === "MD5" || scheme?.hash === "SHA-1")) {
    found.push(say(`is signed with ${scheme.hash}: expected SHA-256 or better`))
  }
  return found
}
