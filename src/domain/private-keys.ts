import { type Finding, finding } from "./findings.ts"

/**
 * PEM (RFC 7468 §10, §11) and OpenPGP armor (RFC 9580 §6.2) of private keys, and base64 of the former at its three
 * alignments, as in a pasted Kubernetes secret.
 */
const PRIVATE_KEY = /PRIVATE KEY-----|PGP PRIVATE KEY BLOCK|UFJJVkFURSBLRVkt|BSSVZBVEUgS0VZLS|QUklWQVRFIEtFWS/

/** Every file that holds the text of a private key, whether or not anything refers to it. The key itself is not shown. */
export function findPrivateKeys(files: ReadonlyMap<string, Uint8Array>): readonly Finding[] {
  const decoder = new TextDecoder("latin1")
  return [...files].flatMap(([file, bytes]) => {
    const text = decoder.decode(bytes)
    const found = PRIVATE_KEY.exec(text)
    return found === null ? [] : [privateKeyFinding(file, text.slice(0, found.index).split("\n").length)]
  })
}

export function privateKeyFinding(file: string, line: number): Finding {
  return finding("R07", file, `${file} holds a PRIVATE KEY: everybody who can read this repository has it`, {
    at: { file, line, column: 1 },
    hint: "treat the key as stolen: revoke it and what it signed, make a new one, then remove the file and its history",
  })
}
