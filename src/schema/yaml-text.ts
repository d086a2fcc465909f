import type { Json } from "../domain/json.ts"

/**
 * The one block-style YAML text of a value, stable over the years because no library's taste is in it. Members keep their
 * order; text that is not plainly a word is written as its JSON, which YAML reads alike (YAML 1.2 §1.3).
 */
export function yamlText(value: { readonly [key: string]: Json | undefined }): string {
  return `${mapLines(value).join("\n")}\n`
}

function mapLines(map: { readonly [key: string]: Json | undefined }): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    if (value === undefined) return []
    const [first, ...rest] = blockLines(value)
    if (first === undefined) return [`${scalarText(key)}: ${inlineText(value)}`]
    return [`${scalarText(key)}:`, ...[first, ...rest].map(line => `  ${line}`)]
  })
}

function listLines(list: readonly Json[]): readonly string[] {
  return list.flatMap(item => {
    const [first, ...rest] = blockLines(item)
    return first === undefined ? [`- ${inlineText(item)}`] : [`- ${first}`, ...rest.map(line => `  ${line}`)]
  })
}

/** The lines of a map or list that has members; none for what fits on its key's line. */
function blockLines(value: Json): readonly string[] {
  if (typeof value !== "object" || value === null) return []
  return isList(value) ? listLines(value) : mapLines(value)
}

function inlineText(value: Json): string {
  if (typeof value === "string") return scalarText(value)
  if (typeof value === "object" && value !== null) return isList(value) ? "[]" : "{}"
  return JSON.stringify(value)
}

/** Begins with a letter or is a dotted version or an instant, and is no word that some YAML reads as another type. */
function scalarText(text: string): string {
  const plain =
    /^[A-Za-z][A-Za-z0-9_./@-]*(?::\/\/[A-Za-z0-9_./-]+)?$/.test(text) ||
    /^\d+\.\d+\.\d+$/.test(text) ||
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)
  return plain && !WORDS_OF_OTHER_TYPES.test(text) ? text : JSON.stringify(text)
}

const WORDS_OF_OTHER_TYPES = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
