import { readFile, stat } from "node:fs/promises"
import { ScbError } from "../domain/errors.ts"
import { decodeUtf8 } from "../domain/utf8.ts"
import { pathOf } from "./command.ts"
import type { Io } from "./io.ts"

/** Nothing that is named on the command line comes near this. */
const LARGEST_FILE = 16 * 1024 * 1024

/** A file that the user named. Throws `not-found`, `io`, or `too-large` before reading more than 16 MiB. */
export async function readNamedFile(file: string, io: Io): Promise<Uint8Array> {
  const path = pathOf(file, io)
  try {
    const { size } = await stat(path)
    if (size > LARGEST_FILE)
      throw new ScbError("too-large", `${file} has ${size} bytes, expected at most ${LARGEST_FILE}`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof ScbError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") throw new ScbError("not-found", `${file} does not exist`, { cause: error })
    throw new ScbError(
      "io",
      `${file} ${code === "EISDIR" ? "is a folder, expected a file" : `cannot be read: ${code}`}`,
      {
        cause: error,
      },
    )
  }
}

export async function readNamedText(file: string, io: Io): Promise<string> {
  return decodeUtf8(await readNamedFile(file, io))
}
