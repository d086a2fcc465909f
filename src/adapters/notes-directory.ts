import { createHash } from "node:crypto"
import { lstat } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { NotesStore } from "../ports.ts"
import { makeDirectory, writeFileAtomically } from "./atomic-files.ts"
import { readRegular } from "./read-regular.ts"

/** Larger notes are not read; those of ten thousand bundles have some ten megabytes. */
const MAXIMUM_BYTES = 1 << 28

/**
 * Notes about one repository in a directory of the user's own, in a file named by the repository's place. Notes that
 * somebody else could have written are not read, and notes that cannot be read or written are done without.
 */
export function notesDirectory(directory: string, repository: string): NotesStore {
  const name = createHash("sha256").update(resolve(repository)).digest("hex").slice(0, 32)
  const path = join(directory, `${name}.notes`)
  return {
    async read() {
      if (!(await isOurs(directory)) || !(await isOurs(path))) return undefined
      return readRegular(path, MAXIMUM_BYTES).catch(() => undefined)
    },
    async write(bytes) {
      if (bytes.length > MAXIMUM_BYTES) return
      await makeDirectory(directory, 0o700).catch(() => {})
      if (await isOurs(directory)) await writeFileAtomically(path, bytes, 0o600).catch(() => {})
    },
  }
}

/** Nobody else owns it or may write to it. Systems without owners (Windows) keep a user's own folders apart themselves. */
async function isOurs(path: string): Promise<boolean> {
  const user = process.getuid?.()
  const facts = await lstat(path).catch(() => undefined)
  if (facts === undefined || facts.isSymbolicLink()) return false
  return user === undefined || (facts.uid === user && (facts.mode & 0o022) === 0)
}
