import { type Instant, parseInstant } from "./instant.ts"

/** What `npm run interop` has seen: which version of which program connected to a real cluster, and how. */
export interface Measurements {
  /** Version of Apache Cassandra. */
  readonly cassandra: string
  /** Versions by the names that {@link MeasuredProgram.passed} uses. */
  readonly gateways: Readonly<Record<string, string>>
  readonly programs: readonly MeasuredProgram[]
}

export interface MeasuredProgram {
  readonly name: string
  /** The platform of the catalogue whose rules it shares; most often of the same name. */
  readonly platform: string
  readonly version: string
  /** Date, e.g. `2026-11-22`. */
  readonly measuredOn: string
  /** Kinds of keys by gateway by authenticator, e.g. `mutual-tls` → `haproxy` → `P-256, generated`. */
  readonly passed: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/**
 * Why a platform is said to work: a version of it was run; only a version of the client that reads the bundle for it was
 * run; or nobody could run it here, and `scb verify` checks what its source demands.
 */
export type Evidence = "measured" | "client-measured" | "by-rule"

/** Says nothing of versions or dates: it is part of every bundle, and a bundle must not change with each new measurement. */
export function evidenceFor(
  platform: { readonly name: string; readonly client: string },
  measured: Measurements,
): Evidence {
  if (programsThatPassed(measured).some(program => program.name === platform.name)) return "measured"
  return programsThatPassed(measured).some(program => program.platform === platform.client)
    ? "client-measured"
    : "by-rule"
}

/** When it was last seen to work, itself or the client that reads the bundle for it; undefined for one by rule. */
export function measuredAt(
  platform: { readonly name: string; readonly client: string },
  measured: Measurements,
): Instant | undefined {
  const days = programsThatPassed(measured)
    .filter(program => program.name === platform.name || program.platform === platform.client)
    .map(program => program.measuredOn)
    .sort()
  const newest = days.at(-1)
  return newest === undefined ? undefined : parseInstant(newest)
}

function programsThatPassed({ programs }: Measurements): readonly MeasuredProgram[] {
  return programs.filter(program => Object.keys(program.passed).length > 0)
}
