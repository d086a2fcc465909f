import type { Json } from "../domain/json.ts"

/**
 * The one block-style YAML text of a value, stable over the years because no library's taste is in it. Members keep their
 * order; text that is not plainly a word is written as its JSON, which YAML reads alike (YAML 1.2 §1.3).
 */
export function yamlText(value: { readonly [key: string]: Json | undefined }): string {
  return mapText(value, "") || "\n"
}

/** The lines of a map. `first` stands where the indentation of the first line has been written already. */
function mapText(map: { readonly [key: string]: Json | undefined }, indent: string, first = indent): string {
  let text = ""
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue
    const block = blockText(value, `${indent}  `)
    const rest = block === "" ? ` ${inlineText(value)}\n` : `\n${block}`
    text += `${text === "" ? first : indent}${scalarText(key)}:${rest}`
  }
  return text
}

function listText(list: readonly Json[], indent: string, first = indent): string {
  let text = ""
  for (const item of list) {
    const start = `${text === "" ? first : indent}- `
    const block = blockText(item, `${indent}  `, start)
    text += block === "" ? `${start}${inlineText(item)}\n` : block
  }
  return text
}

/** The lines of a map or list that has members; none for what fits on its key's line. */
function blockText(value: Json, indent: string, first = indent): string {
  if (typeof value !== "object" || value === null) return ""
  return isList(value) ? listText(value, indent, first) : mapText(value, indent, first)
}

function inlineText(value: Json): string {
  if (typeof value === "string") return scalarText(value)
  if (typeof value === "object" && value !== null) return isList(value) ? "[]" : "{}"
  return JSON.stringify(value)
}

function scalarText(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text)
}

/** Begins with a letter or is a version, a length of time or an instant, and is no word that some YAML reads as another type. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text) && !(text.length <= 5 && WORDS_OF_OTHER_TYPES.test(text))
}

const PLAIN =
  /^(?:[A-Za-z][A-Za-z0-9_./@-]*(?::\/\/[A-Za-z0-9_./-]+)?|\d+(?:\.\d+\.\d+|[smhd])|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/
const WORDS_OF_OTHER_TYPES = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i

/**
 * The inverse of {@link yamlText}, some fifty times as fast as reading all of YAML. Undefined for any text that
 * {@link yamlText} would not have written: each line is compared with what would stand there.
 */
export function parseYamlText(text: string): Json | undefined {
  if (text === "\n") return {}
  const cursor: Cursor = { text, at: 0 }
  try {
    const value = readMap(cursor, 0, newPlace())
    return cursor.at === text.length ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

interface Cursor {
  readonly text: string
  at: number
}

/** What stood in one place of a text the last time: histories repeat themselves, release after release. */
interface Place {
  /** The keys of the map, found to be written as they should, in their order. */
  keys: readonly string[]
  readonly below: Map<string, Place>
  last?: { readonly text: string; readonly value: Json }
}

function newPlace(): Place {
  return { keys: [], below: new Map() }
}

function below({ below }: Place, key: string): Place {
  const known = below.get(key)
  if (known !== undefined) return known
  const place = newPlace()
  below.set(key, place)
  return place
}

const MAXIMUM_INDENT = 32
const INDENTS = Array.from({ length: MAXIMUM_INDENT + 4 }, (_, indent) => " ".repeat(indent))

/** Stands after the indentation of the first line. */
function readMap(cursor: Cursor, indent: number, place: Place): Json {
  const members: Record<string, Json> = {}
  const keys: string[] = []
  let same = true
  do {
    const expected: string | undefined = same ? place.keys[keys.length] : undefined
    const key: string = expected !== undefined && skipKey(cursor, expected) ? expected : newKey(cursor, members)
    same &&= key === expected
    keys.push(key)
    members[key] = readMember(cursor, indent, key, place)
  } while (skipIndent(cursor, indent, ""))
  if (!same && keys.every(isPlain)) place.keys = keys
  return members
}

/** Reads the colon as well. */
function skipKey(cursor: Cursor, key: string): boolean {
  const { text, at } = cursor
  if (!text.startsWith(key, at) || text[at + key.length] !== ":") return false
  cursor.at = at + key.length + 1
  return true
}

function newKey(cursor: Cursor, members: Readonly<Record<string, Json>>): string {
  const key = readKey(cursor)
  if (RESERVED_KEYS.has(key) || Object.hasOwn(members, key)) throw new SyntaxError(`${key} is reserved or stands twice`)
  return key
}

function readMember(cursor: Cursor, indent: number, key: string, place: Place): Json {
  if (cursor.text[cursor.at] !== "\n") {
    if (cursor.text[cursor.at] !== " ") throw new SyntaxError(`no value of ${key}`)
    cursor.at += 1
    return readInline(cursor)
  }
  cursor.at += 1
  return readBlock(cursor, indent + 2, below(place, key))
}

function readBlock(cursor: Cursor, indent: number, place: Place): Json {
  if (indent > MAXIMUM_INDENT) throw new SyntaxError("too deep")
  const { text, at } = cursor
  const { last } = place
  if (last !== undefined && text.startsWith(last.text, at) && !isIndented(text, at + last.text.length, indent)) {
    cursor.at += last.text.length
    return last.value
  }
  if (!skipIndent(cursor, indent, "")) throw new SyntaxError("nothing below a key")
  const value = text.startsWith("- ", cursor.at) ? readList(cursor, indent, place) : readMap(cursor, indent, place)
  place.last = { text: text.slice(at, cursor.at), value }
  return value
}

/** Stands at the hyphen of its first item. */
function readList(cursor: Cursor, indent: number, place: Place): readonly Json[] {
  const items: Json[] = []
  const each = below(place, "- ")
  cursor.at += 2
  do {
    if (indent > MAXIMUM_INDENT) throw new SyntaxError("too deep")
    if (cursor.text.startsWith("- ", cursor.at)) items.push(readList(cursor, indent + 2, each))
    else if (startsMember(cursor)) items.push(readMap(cursor, indent + 2, each))
    else items.push(readInline(cursor))
  } while (skipIndent(cursor, indent, "- "))
  return items
}

const MEMBER = /(?:"(?:[^"\\\n]|\\.)*"|[^\s":]+):[ \n]/y

function startsMember({ text, at }: Cursor): boolean {
  MEMBER.lastIndex = at
  return MEMBER.test(text)
}

/** Reads the colon as well. */
function readKey(cursor: Cursor): string {
  const { text, at } = cursor
  if (text[at] === '"') return readQuotedKey(cursor)
  const end = text.indexOf(":", at)
  const key = text.slice(at, end)
  if (end < 0 || !isPlain(key)) throw new SyntaxError("no key")
  cursor.at = end + 1
  return key
}

function readQuotedKey(cursor: Cursor): string {
  MEMBER.lastIndex = cursor.at
  const [found = ""] = MEMBER.exec(cursor.text) ?? []
  const source = found.slice(0, -2)
  const key = source === "" ? "" : readScalar(source)
  if (typeof key !== "string" || source === "") throw new SyntaxError("no key")
  cursor.at += source.length + 1
  return key
}

export const RESERVED_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

function readInline(cursor: Cursor): Json {
  const end = cursor.text.indexOf("\n", cursor.at)
  if (end < 0) throw new SyntaxError("the last line does not end")
  const source = cursor.text.slice(cursor.at, end)
  cursor.at = end + 1
  return readScalar(source)
}

/** Text that is its own JSON between the quotes. */
const SIMPLY_QUOTED = /^"[ !#-[\]-~]*"$/

/** Throws a SyntaxError for what {@link inlineText} would not have written. */
function readScalar(source: string): Json {
  if (isPlain(source)) return source
  if (SIMPLY_QUOTED.test(source)) {
    const text = source.slice(1, -1)
    if (isPlain(text)) throw new SyntaxError("needlessly quoted")
    return text
  }
  const value = JSON.parse(source) as Json
  if (inlineText(value) !== source) throw new SyntaxError("written otherwise")
  return value
}

/** Whether another line of this block follows; then stands after its indentation and mark. */
function skipIndent(cursor: Cursor, indent: number, mark: string): boolean {
  const { text, at } = cursor
  if (!isIndented(text, at, indent) || !text.startsWith(mark, at + indent)) return false
  if (text[at + indent] === " ") throw new SyntaxError("too far in")
  cursor.at = at + indent + mark.length
  return cursor.at < text.length
}

function isIndented(text: string, at: number, indent: number): boolean {
  return text.startsWith(INDENTS[indent] ?? "", at)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
