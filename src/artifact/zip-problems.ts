/**
 * What is wrong with a ZIP, as data. Anything here is a place where two readers may see two different archives, or
 * where a naive one is harmed; whether it matters for a driver is decided by the bundle's checks.
 */
export type ZipProblem =
  // the archive
  | { readonly kind: "not-a-zip" }
  | { readonly kind: "archive-too-large"; readonly size: number; readonly maximum: number }
  | { readonly kind: "too-many-entries"; readonly count: number; readonly maximum: number }
  | { readonly kind: "entry-count-differs"; readonly claimed: number; readonly found: number }
  | { readonly kind: "directory-malformed"; readonly detail: string }
  | { readonly kind: "zip64-contradiction"; readonly detail: string; readonly entry?: string }
  | { readonly kind: "multiple-disks" }
  /** In front of the first local header: Node and Java fail. */
  | { readonly kind: "leading-bytes"; readonly size: number }
  /** After the end record: another archive can hide there. */
  | { readonly kind: "trailing-bytes"; readonly size: number }
  | { readonly kind: "comment"; readonly size: number }
  /** Bytes that belong to no entry: a streaming reader may find entries in them that the directory does not name. */
  /** `entry`: the name in the header that stands there; absent for what is none, where a stream ends. */
  | { readonly kind: "unlisted-bytes"; readonly offset: number; readonly size: number; readonly entry?: string }
  | { readonly kind: "total-too-large"; readonly maximum: number }
  // one entry
  /** Without `entry`, the end of the archive is missing; `left` is what is there of its directory. */
  | { readonly kind: "truncated"; readonly entry?: string; readonly left?: "entries" | "directory" | "end" }
  | { readonly kind: "local-header-missing"; readonly entry: string }
  | { readonly kind: "encrypted"; readonly entry: string }
  | { readonly kind: "method-unsupported"; readonly entry: string; readonly method: number }
  | { readonly kind: "stored-with-descriptor"; readonly entry: string }
  | { readonly kind: "crc-mismatch"; readonly entry: string }
  | { readonly kind: "data-corrupt"; readonly entry: string }
  | { readonly kind: "size-mismatch"; readonly entry: string; readonly claimed: number; readonly found: number }
  | { readonly kind: "entry-too-large"; readonly entry: string; readonly size: number; readonly maximum: number }
  | { readonly kind: "ratio-too-high"; readonly entry: string; readonly ratio: number; readonly maximum: number }
  | { readonly kind: "headers-differ"; readonly entry: string; readonly field: HeaderField }
  | { readonly kind: "overlap"; readonly entry: string; readonly other: string }
  | { readonly kind: "directory-entry"; readonly entry: string }
  | { readonly kind: "special-file"; readonly entry: string; readonly mode: number }
  | { readonly kind: "unsafe-name"; readonly entry: string; readonly reason: UnsafeName }
  | { readonly kind: "duplicate-name"; readonly entry: string }
  /** Two names that are one file where case does not count. */
  | { readonly kind: "case-collision"; readonly entry: string; readonly other: string }
  /** A Unicode Path field: a second name beside the first. */
  | { readonly kind: "second-name"; readonly entry: string }

export type HeaderField = "name" | "method" | "flags" | "sizes" | "crc" | "descriptor"

export type UnsafeName =
  | "empty"
  | "absolute"
  | "parent"
  | "dot-slash"
  | "drive"
  | "backslash"
  | "control-character"
  | "not-ascii"

/** Why a path must never reach a file system or a driver. A final slash is not judged here. */
export function unsafeName(name: string, raw: Uint8Array): UnsafeName | undefined {
  if (raw.length === 0) return "empty"
  if (raw.some(byte => byte < 0x20 || byte === 0x7f)) return "control-character"
  if (raw.some(byte => byte > 0x7f)) return "not-ascii"
  if (name.includes("\\")) return "backslash"
  if (name.startsWith("/")) return "absolute"
  if (name.includes(":")) return "drive"
  const steps = (name.endsWith("/") ? name.slice(0, -1) : name).split("/")
  if (steps.includes("..")) return "parent"
  if (steps.includes(".") || steps.includes("")) return "dot-slash"
  return undefined
}
