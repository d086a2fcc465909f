import { type ErrorCode, ScbError } from "../../domain/errors.ts"
import { printable } from "../printable.ts"

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string; readonly code: ErrorCode | undefined }

/**
 * What a reader makes of bytes from a stranger. That it cannot read them is an answer here, whatever it throws: OpenSSL,
 * node-forge and our own readers all have errors of their own. Only the words of our own are passed on.
 */
export function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    if (error instanceof ScbError) return { ok: false, problem: printable(error.message), code: error.code }
    return { ok: false, problem: "it cannot be read", code: undefined }
  }
}
