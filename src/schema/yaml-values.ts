import type { Json } from "../domain/json.ts"
import type { Path } from "./problems.ts"

/** A map of plain YAML. */
export type Members = { readonly [key: string]: Json | undefined }

/** The maps and lists of one member each that lead to `value`. */
export function nested(path: Path, value: Json): Json {
  return path.reduceRight((inner: Json, part) => (typeof part === "number" ? [inner] : { [part]: inner }), value)
}

export function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce(
    (value: unknown, part) =>
      (isRecord(value) || isList(value)) && Object.hasOwn(value, part)
        ? (value as Readonly<Record<string | number, unknown>>)[part]
        : undefined,
    whole,
  )
}

/** The same with `value` at `path`; maps on the way that are missing are made. */
export function withValue(whole: unknown, [part, ...rest]: Path, value: Json): unknown {
  if (part === undefined) return value
  if (typeof part === "number") {
    const list: unknown[] = isList(whole) ? [...whole] : []
    list[part] = withValue(list[part], rest, value)
    return list
  }
  const members = isRecord(whole) ? whole : {}
  return { ...members, [part]: withValue(members[part], rest, value) }
}

export function withoutValue(whole: unknown, [part, ...rest]: Path): unknown {
  if (isList(whole)) {
    return whole.flatMap((each: unknown, index) =>
      index === part ? (rest.length === 0 ? [] : [withoutValue(each, rest)]) : [each],
    )
  }
  return Object.fromEntries(
    Object.entries(whole as Members).flatMap(([key, each]) =>
      key === part ? (rest.length === 0 ? [] : [[key, withoutValue(each, rest)]]) : [[key, each]],
    ),
  )
}

export function membersOf(members: Members): readonly (readonly [string, Json])[] {
  return Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
}

export function keysOf(collection: Members | readonly unknown[]): readonly (string | number)[] {
  return isList(collection) ? collection.map((_, index) => index) : Object.keys(collection)
}

/** Order of members counts: an edit keeps it. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !isList(value)
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}
