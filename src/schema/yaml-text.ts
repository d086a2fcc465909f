import type { Json } from "../domain/json.ts"

/**
 * The one block-style YAML text of a value, stable over the years because no library's taste is in it. Members keep their
 * order; text that is not plainly a word is written as its JSON, which YAML reads alike (YAML 1.2 §1.3).
 */
export function yamlText(value: { readonly [key: string]: Json | undefined }): string {
  return `${mapLines(value).join("\n")}\n`
}

/**
 * The inverse of {@link yamlText}, some ten times as fast as reading all of YAML. Undefined for any text that
 * {@link yamlText} would not have written: what was read is written again and compared.
 */
export function parseYamlText(text: string): Json | undefined {
  try {
    const value = readMap({ lines: text.split("\n"), at: 0 }, 0)
    return yamlText(value) === text ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
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

/** Begins with a letter or is a version, a length of time or an instant, and is no word that some YAML reads as another type. */
function scalarText(text: string): string {
  const plain =
    /^[A-Za-z][A-Za-z0-9_./@-]*(?::\/\/[A-Za-z0-9_./-]+)?$/.test(text) ||
    /^\d+(?:\.\d+\.\d+|[smhd])$/.test(text) ||
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)
  return plain && !WORDS_OF_OTHER_TYPES.test(text) ? text : JSON.stringify(text)
}

const WORDS_OF_OTHER_TYPES = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i

interface Cursor {
  readonly lines: string[]
  at: number
}

/** A key, and what follows it on its line. */
const MEMBER = /^("(?:[^"\\]|\\.)*"|[^\s":]+):(?: (.+))?$/
const MAXIMUM_INDENT = 32

function readBlock(cursor: Cursor, indent: number): Json {
  if (indent > MAXIMUM_INDENT) throw new SyntaxError("too deep")
  return isAt(cursor, indent, "- ") ? readList(cursor, indent) : readMap(cursor, indent)
}

function readMap(cursor: Cursor, indent: number): { readonly [key: string]: Json } {
  const members: [string, Json][] = []
  while (isAt(cursor, indent)) {
    const [, key = "", rest] = MEMBER.exec((cursor.lines[cursor.at] ?? "").slice(indent)) ?? []
    if (key === "") throw new SyntaxError("no key")
    cursor.at += 1
    members.push([String(readInline(key)), rest === undefined ? readBlock(cursor, indent + 2) : readInline(rest)])
  }
  return Object.fromEntries(members)
}

function readList(cursor: Cursor, indent: number): readonly Json[] {
  const items: Json[] = []
  while (isAt(cursor, indent, "- ")) {
    const rest = (cursor.lines[cursor.at] ?? "").slice(indent + 2)
    if (MEMBER.test(rest) || rest.startsWith("- ")) {
      cursor.lines[cursor.at] = " ".repeat(indent + 2) + rest
      items.push(readBlock(cursor, indent + 2))
    } else {
      items.push(readInline(rest))
      cursor.at += 1
    }
  }
  return items
}

function readInline(text: string): Json {
  return /^(?:["[{]|-?\d+$|(?:true|false|null)$)/.test(text) ? (JSON.parse(text) as Json) : text
}

function isAt({ lines, at }: Cursor, indent: number, start = ""): boolean {
  const line = lines[at] ?? ""
  return line.length > indent && line.startsWith(" ".repeat(indent) + start) && line[indent] !== " "
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
