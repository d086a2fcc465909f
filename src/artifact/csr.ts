import { createHash, createPrivateKey } from "node:crypto"
import { ScbError } from "../domain/errors.ts"
import type { KeyPair } from "../domain/issuing.ts"
import type { RequestFacts } from "../domain/repository.ts"
import { bitString, encode, explicit, integer, members, parseDer, readBitString, sequence, TAG } from "./der.ts"
import { algorithmOf } from "./keys.ts"
import { decodePem } from "./pem.ts"
import { readSignatureScheme, signingScheme, verifySignature } from "./signature.ts"
import { commonName } from "./x509.ts"

/** All that we take from a request: its subject, attributes and extensions are its author's wishes, and are not read. */
export interface ReadRequest {
  readonly facts: RequestFacts
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
}

/** Reads a PKCS#10 request (RFC 2986 §4), PEM or DER. Throws `key-unreadable`, also for a file that holds a private key too. */
export function readRequest(bytes: Uint8Array): ReadRequest {
  const [info, algorithm, signature] = members(parseDer(bytes[0] === TAG.SEQUENCE ? bytes : requestOf(bytes)))
  const [, , publicKey] = members(info)
  if (info === undefined || publicKey === undefined) throw unreadable("its fields are missing")
  const { algorithm: keyAlgorithm, bits: keyBits } = algorithmOf(publicKey.raw)
  const scheme = readSignatureScheme(algorithm)
  const broken = scheme?.hash === "MD5" || scheme?.hash === "SHA-1"
  return {
    publicKey: Uint8Array.from(publicKey.raw),
    facts: {
      keyAlgorithm,
      keyBits,
      spkiSha256: createHash("sha256").update(publicKey.raw).digest("hex"),
      provesPossession: !broken && verifySignature(scheme, info.raw, readBitString(signature), publicKey.raw),
    },
  }
}

/** A DER PKCS#10 request for a common name. Its PEM label is `CERTIFICATE REQUEST`. */
export function buildRequest(key: KeyPair, name: string): Uint8Array {
  const info = sequence(integer(0), commonName(name), key.publicKey, encode(explicit(0)))
  const scheme = signingScheme(createPrivateKey({ key: Buffer.from(key.privateKey), format: "der", type: "pkcs8" }))
  if (scheme === undefined) throw new Error("certificate request: expected a P-256, P-384, P-521 or RSA key")
  return sequence(info, scheme.algorithm, bitString(scheme.sign(info)))
}

function requestOf(bytes: Uint8Array): Uint8Array {
  const blocks = decodePem(Buffer.from(bytes).toString("latin1"))
  if (blocks.some(block => block.label.endsWith("PRIVATE KEY"))) {
    throw new ScbError("key-unreadable", "certificate request: its file holds a private key beside it", {
      hint: "the key is no secret any more: make a new one, and commit the request alone",
    })
  }
  const [block, ...more] = blocks
  if (block === undefined || more.length > 0 || !/^(NEW )?CERTIFICATE REQUEST$/.test(block.label)) {
    throw unreadable(
      `expected one CERTIFICATE REQUEST in PEM, got ${blocks.map(each => each.label).join(", ") || "none"}`,
    )
  }
  return block.der
}

function unreadable(what: string): ScbError {
  return new ScbError("key-unreadable", `certificate request: ${what}`)
}
