/** What `npm run interop` has seen: which version of which program connected to a real cluster, and how. */
export interface Measurements {
  /** Date, e.g. `2026-11-22`. */
  readonly measuredOn: string
  /** Version of Apache Cassandra. */
  readonly cassandra: string
  /** Versions by the names that {@link MeasuredProgram.passed} uses. */
  readonly gateways: Readonly<Record<string, string>>
  readonly programs: readonly MeasuredProgram[]
}

export interface MeasuredProgram {
  readonly platform: string
  readonly version: string
  /** Kinds of keys by gateway by authenticator, e.g. `mutual-tls` → `haproxy` → `P-256, generated`. */
  readonly passed: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}
