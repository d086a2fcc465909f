import { createHash } from "node:crypto"
import type { FileDigest } from "../domain/release.ts"

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

export function fileDigest(name: string, bytes: Uint8Array): FileDigest {
  return { name, size: bytes.length, sha256: sha256(bytes) }
}
