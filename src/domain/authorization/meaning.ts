import { canonicalJson, type Json } from "../json.ts"

/**
 * Whether two values of the domain mean the same: maps by their keys in any order, lists in their order. What is said
 * only in comments or by the order of keys is no part of them.
 */
export function sameMeaning(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b)
}

function textOf(value: unknown): string {
  return canonicalJson(plain(value))
}

function plain(value: unknown): Json {
  if (value instanceof Map) return { map: Object.fromEntries([...value].map(([key, each]) => [`${key}`, plain(each)])) }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
  }
  return (value ?? null) as Json
}

/** What is only in the second list, and what is only in the first. */
export function listDifference(before: readonly string[], after: readonly string[]) {
  return {
    added: after.filter(each => !before.includes(each)),
    removed: before.filter(each => !after.includes(each)),
  }
}
