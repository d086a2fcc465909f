import { ScbError } from "../domain/errors.ts"

/** Whether something outside is asked: always, not for a while, or once to see whether it is back. */
export type Circuit =
  | { readonly kind: "closed"; readonly failures: number }
  | { readonly kind: "open"; readonly until: number }
  | { readonly kind: "half-open" }

export interface CircuitLimits {
  /** Failures in a row that open it. */
  readonly failures: number
  readonly openMillis: number
}

export const CLOSED: Circuit = { kind: "closed", failures: 0 }

/** Before a request; one that is open afterwards lets nothing pass. */
export function circuitBefore(circuit: Circuit, now: number): Circuit {
  return circuit.kind === "open" && now >= circuit.until ? { kind: "half-open" } : circuit
}

export function circuitAfter(circuit: Circuit, answered: boolean, now: number, limits: CircuitLimits): Circuit {
  if (answered) return CLOSED
  switch (circuit.kind) {
    case "open":
      return circuit // others that were on the way have failed as well
    case "half-open":
      return { kind: "open", until: now + limits.openMillis }
    case "closed": {
      const failures = circuit.failures + 1
      return failures < limits.failures
        ? { kind: "closed", failures }
        : { kind: "open", until: now + limits.openMillis }
    }
  }
}

export interface CircuitBreaker {
  /** `failed` tells whether an error means that it did not answer. Throws `forge-unreachable` while it is not asked. */
  run<T>(work: () => Promise<T>, failed: (error: unknown) => boolean): Promise<T>
}

export function circuitBreaker(subject: string, limits: CircuitLimits, now: () => number): CircuitBreaker {
  let circuit = CLOSED
  return {
    async run(work, failed) {
      const before = circuitBefore(circuit, now())
      if (before.kind === "open" || (before === circuit && circuit.kind === "half-open")) throw resting(subject)
      circuit = before
      try {
        const result = await work()
        circuit = circuitAfter(circuit, true, now(), limits)
        return result
      } catch (error) {
        circuit = circuitAfter(circuit, !failed(error), now(), limits)
        throw error
      }
    },
  }
}

function resting(subject: string): ScbError {
  return new ScbError("forge-unreachable", `${subject} has not answered several times in a row and is left alone`, {
    hint: "run it again in a few minutes; what is done already is not done again",
  })
}
