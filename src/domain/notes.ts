import type { Json } from "./json.ts"

/**
 * What earlier runs found out and this one could find out again: results of pure functions, under a name that says all
 * that they depend on, besides this version of the program. Only verbs that write nothing are given any.
 */
export interface Notes {
  get(kind: NoteKind, name: string): Json | undefined
  /** Kept for later runs, with those that were asked for. */
  set(kind: NoteKind, name: string, value: Json): void
}

export const NOTE_KINDS = ["yaml", "plain", "certificates", "request", "input", "decision"] as const
export type NoteKind = (typeof NOTE_KINDS)[number]

export const NO_NOTES: Notes = { get: () => undefined, set: () => {} }

/** `make()`, or what is noted of it. An absent name is noted nowhere. */
export function noted<T>(notes: Notes, kind: NoteKind, name: string | undefined, make: () => T): T {
  if (name === undefined) return make()
  const known = notes.get(kind, name)
  if (known !== undefined) return known as T
  const value = make()
  notes.set(kind, name, value as Json)
  return value
}
