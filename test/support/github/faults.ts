/** What goes wrong on purpose, each once unless it is said otherwise. */
export type Fault =
  /** The connection ends before anything has happened. */
  | { readonly kind: "reset" }
  /** It has happened; nobody is told. */
  | { readonly kind: "lost-answer" }
  /** Nothing happens, no answer comes; ends with the connection. */
  | { readonly kind: "hang" }
  /** It has happened; the answer waits. */
  | { readonly kind: "slow"; readonly until: Promise<unknown> }
  /** Half of the answer, then the connection ends. */
  | { readonly kind: "truncated" }
  /** Nothing has happened. */
  | { readonly kind: "502" }
  | { readonly kind: "500" }
  | { readonly kind: "503"; readonly retryAfter?: number }
  /** It has happened. */
  | { readonly kind: "502-after-effect" }
  /** Upload: 502, and an asset without content stays in state `starter` (description of repos/upload-release-asset). */
  | { readonly kind: "starter" }
  /** Secondary limit; `retryAfter` in seconds. */
  | { readonly kind: "403-secondary"; readonly retryAfter?: number }
  | { readonly kind: "429"; readonly retryAfter?: number }
  /** Primary limit: `x-ratelimit-remaining: 0`, to be lifted in so many seconds. */
  | { readonly kind: "403-primary"; readonly resetIn: number }
  /** An uploaded or downloaded asset has another byte. */
  | { readonly kind: "corrupt" }
  /** 404 although it is there: replicas lag. */
  | { readonly kind: "not-yet" }
  /** Instead of the place of an asset. */
  | { readonly kind: "redirect"; readonly location: string }

export interface Faults {
  /** For the next call of this operation (`repos/create-release`, or one of the README's names) that has none yet. */
  next(operation: string, fault: Fault): void
  /** For every call, until `clear`. */
  always(operation: string, fault: Fault): void
  clear(): void
  /** Faults that nobody has met: a test that plans one wants it met. */
  readonly unmet: readonly string[]
}

export function plannedFaults(): Faults & { take(operation: string): Fault | undefined } {
  const once: { readonly operation: string; readonly fault: Fault }[] = []
  const constant = new Map<string, Fault>()
  return {
    next: (operation, fault) => void once.push({ operation, fault }),
    always: (operation, fault) => void constant.set(operation, fault),
    clear() {
      once.length = 0
      constant.clear()
    },
    get unmet() {
      return once.map(({ operation, fault }) => `${operation}: ${fault.kind}`)
    },
    take(operation) {
      const at = once.findIndex(planned => planned.operation === operation)
      return at < 0 ? constant.get(operation) : once.splice(at, 1)[0]?.fault
    },
  }
}
