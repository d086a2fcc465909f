import type { Client } from "./clients.ts"
import type { Finding } from "./findings.ts"

/** What a driver says, and what it means. `…` stands for any text. */
export interface DriverError {
  readonly message: string
  readonly clients: readonly Client[]
  /** Codes of findings, or their causes. */
  readonly causes: readonly string[]
}

export const DRIVER_ERRORS: readonly DriverError[] = []

/** What `client` would say of `finding`. */
export function driverErrors(client: Client, { cause, code }: Finding): readonly string[] {
  return DRIVER_ERRORS.filter(
    ({ clients, causes }) =>
      clients.includes(client) && (causes.includes(code) || (cause !== undefined && causes.includes(cause))),
  ).map(({ message }) => message)
}
