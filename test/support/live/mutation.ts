import type { Ground, Setting } from "./setting.ts"

/** Where on the way from bundle to data something is changed, in the order in which a driver comes by. */
export const PARTS = [
  "good",
  "bundle",
  "names",
  "metadata-tls",
  "metadata",
  "cql-tls",
  "routing",
  "cql",
  "cassandra",
] as const
export type Part = (typeof PARTS)[number]

/** One change of a cloud that works. Whom it breaks is not written here: it is measured. */
export interface LiveMutation {
  /** Unique, kebab-case, for good: what was measured is kept under it. */
  readonly id: string
  readonly part: Part
  /** What is changed, in words. */
  readonly title: string
  readonly change: (ground: Ground, good: Setting) => Partial<Setting>
}
