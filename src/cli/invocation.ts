import type { Io } from "./io.ts"

/** One run of the program. A verb that found something to mend sets `exitCode`. */
export interface Invocation {
  readonly io: Io
  exitCode: number
}

/** The command line itself is wrong: exit 2. */
export class UsageError extends Error {
  readonly hint: string | undefined
  constructor(message: string, options: { readonly hint?: string } = {}) {
    super(message)
    this.name = "UsageError"
    this.hint = options.hint
  }
}
