import { constants } from "node:fs"
import { open } from "node:fs/promises"
import { ScbError } from "../domain/errors.ts"
import { ignoring } from "./atomic-files.ts"

/**
 * Reads a regular file without following a symbolic link or waiting for a pipe. Throws `too-large` before reading more
 * than `maximumBytes`, `io` for anything that is no regular file, and the operating system's error otherwise.
 */
export async function readRegular(path: string, maximumBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(ignoring("ELOOP", undefined))
  if (file === undefined) throw new ScbError("io", `${path} is a symbolic link, expected a regular file`)
  try {
    const facts = await file.stat()
    if (!facts.isFile()) throw new ScbError("io", `${path} is not a regular file`)
    if (facts.size > maximumBytes)
      throw new ScbError("too-large", `${path} has ${facts.size} bytes, at most ${maximumBytes} are read`)
    const bytes = new Uint8Array(facts.size)
    const { bytesRead } = await file.read(bytes, 0, facts.size, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
