export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * The one text of a value: keys in code-unit order, no space, no `undefined` members, numbers as ECMAScript prints
 * them (RFC 8785 §3.2). Equal values give equal bytes, so digests of it can be compared.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  const members = Object.keys(value)
    .sort()
    .flatMap(key => {
      const member = value[key]
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`]
    })
  return `{${members.join(",")}}`
}

/** Two-space JSON with sorted keys and a final newline: for files that people read and digests cover. */
export function prettyJson(value: Json): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`
}

function sorted(value: Json | undefined): Json | undefined {
  if (value === null || typeof value !== "object") return value
  if (isArray(value)) return value.map(member => sorted(member) as Json)
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
