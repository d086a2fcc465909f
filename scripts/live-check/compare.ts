import type { Answered } from "./questions.ts"

/** Where two answers to one question differ. `drift` is what our code could trip over; the rest is for the curious. */
export interface Difference {
  readonly kind: "drift" | "note"
  readonly what: string
}

/** Status, codes and messages of errors, and the members that an answer has. */
export function differences(real: Answered, imitated: Answered): readonly Difference[] {
  return [
    ...unequal("drift", "status", real.status, imitated.status),
    ...unequal("drift", "error codes", errorCodes(real.body), errorCodes(imitated.body)),
    ...(real.status >= 400 ? unequal("note", "message", messageOf(real.body), messageOf(imitated.body)) : []),
    ...missing(real.body, imitated.body),
  ]
}

function unequal(kind: Difference["kind"], what: string, real: unknown, imitated: unknown): readonly Difference[] {
  const [ours, theirs] = [imitated, real].map(value => JSON.stringify(value))
  return ours === theirs ? [] : [{ kind, what: `${what}: GitHub ${theirs}, imitation ${ours}` }]
}

/** A member that the imitation has and GitHub has not is one that our code may lean on. */
function missing(real: unknown, imitated: unknown): readonly Difference[] {
  const [theirs, ours] = [membersOf(real), membersOf(imitated)]
  return [
    ...ours
      .filter(path => !theirs.includes(path))
      .map(path => ({ kind: "drift" as const, what: `only the imitation has ${path}` })),
    ...theirs
      .filter(path => !ours.includes(path))
      .map(path => ({ kind: "note" as const, what: `only GitHub has ${path}` })),
  ]
}

/** Paths with the types of what stands there; null goes with any type, and items of a list are one. */
function membersOf(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(item => membersOf(item, `${path}[]`)))]
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => [`${path}.${key}`, ...membersOf(each, `${path}.${key}`)])
  }
  return []
}

function errorCodes(body: unknown): unknown {
  const errors = (body as { readonly errors?: unknown } | null)?.errors
  return Array.isArray(errors) ? errors.map(error => (error as { readonly code?: unknown })?.code) : undefined
}

function messageOf(body: unknown): unknown {
  return (body as { readonly message?: unknown } | null)?.message
}
