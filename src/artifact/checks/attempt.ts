import { ScbError } from "../../domain/errors.ts"
import type { FileFacts } from "../../domain/repository.ts"

/**
 * What a reader makes of bytes from a stranger. That it cannot read them is an answer here, whatever it throws: OpenSSL,
 * node-forge and our own readers all have errors of their own. Only the words of our own are passed on.
 */
export function attempt<T>(read: () => T): FileFacts<T> {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    return { ok: false, problem: error instanceof ScbError ? printable(error.message) : "it cannot be read" }
  }
}

/** Messages may quote a label or a name of the bytes. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?")
}
