import type { Json } from "../domain/json.ts"
import { isPlain, RESERVED_KEYS } from "./yaml-text.ts"

/**
 * Longer and deeper files are for the strict reader, which counts: what is read here stays far below its limits, however
 * it is made up.
 */
const MAXIMUM_CHARACTERS = 16 * 1024
const MAXIMUM_INDENT = 8
const MAXIMUM_FLOW_DEPTH = 3

/**
 * The value of a file as people mostly write it, in a tenth of the time that all of YAML takes: block maps and lists, a
 * member or item a line, with words, whole numbers, booleans, simple quotes and `[…]` or `{ … }` within the line, and
 * comments. Undefined for every other text, sound or not: those are for the strict reader. Where this one gives a value,
 * the strict one gives the same and finds nothing wrong; a property test holds both to that.
 */
export function readPlainYaml(text: string): Json | undefined {
  if (text.length > MAXIMUM_CHARACTERS) return undefined
  const cursor: Cursor = { lines: linesOf(text), at: 0 }
  try {
    const value = readMap(cursor, 0)
    return cursor.at > 0 && cursor.at === cursor.lines.length ? value : undefined
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

class NotPlain extends Error {}

interface Line {
  readonly indent: number
  /** Without the indentation. */
  readonly text: string
}

interface Cursor {
  readonly lines: Line[]
  at: number
}

const NOTHING = /^ *(?:#.*)?$/

function linesOf(text: string): Line[] {
  return text
    .split("\n")
    .filter(line => !NOTHING.test(line))
    .map(line => {
      const indent = line.search(/[^ ]/)
      return { indent, text: line.slice(indent) }
    })
}

/** A key, and what follows it on its line. */
const MEMBER = /^([A-Za-z0-9][^\s:#]*):(?: +(?!#)(\S.*))?(?: +#.*| *)$/

function readMap(cursor: Cursor, indent: number): Json {
  const members: Record<string, Json> = {}
  for (let line = lineAt(cursor, indent); line !== undefined && !isItem(line); line = lineAt(cursor, indent)) {
    const [, key = "", rest] = MEMBER.exec(line.text) ?? []
    if (!isKey(key, members)) throw new NotPlain()
    cursor.at += 1
    members[key] = rest === undefined ? readBlock(cursor, indent) : readLine(rest)
  }
  return members
}

function readList(cursor: Cursor, indent: number): Json {
  const items: Json[] = []
  for (let line = lineAt(cursor, indent); line !== undefined && isItem(line); line = lineAt(cursor, indent)) {
    const text = line.text.slice(2)
    if (MEMBER.test(text)) {
      cursor.lines[cursor.at] = { indent: indent + 2, text }
      items.push(readMap(cursor, indent + 2))
    } else {
      cursor.at += 1
      items.push(readLine(text))
    }
  }
  return items
}

/** What stands below a key. */
function readBlock(cursor: Cursor, outer: number): Json {
  const line = cursor.lines[cursor.at]
  if (line === undefined || line.indent <= outer || line.indent > MAXIMUM_INDENT) throw new NotPlain()
  return isItem(line) ? readList(cursor, line.indent) : readMap(cursor, line.indent)
}

/** Undefined where the block ends. A line further in would belong to a value that is complete. */
function lineAt({ lines, at }: Cursor, indent: number): Line | undefined {
  const line = lines[at]
  if (line !== undefined && line.indent > indent) throw new NotPlain()
  return line?.indent === indent ? line : undefined
}

function isItem({ text }: Line): boolean {
  return text.startsWith("- ")
}

function isKey(key: string, members: Readonly<Record<string, Json>>): boolean {
  return isPlain(key) && !RESERVED_KEYS.has(key) && !Object.hasOwn(members, key)
}

interface Words {
  readonly text: string
  at: number
}

/** All of a line's value, and a comment perhaps. */
function readLine(text: string): Json {
  const words: Words = { text, at: 0 }
  const value = readWord(words, 0)
  take(words, /(?: +#.*| *)$/y)
  return value
}

function readWord(words: Words, depth: number): Json {
  if (depth > MAXIMUM_FLOW_DEPTH) throw new NotPlain()
  switch (words.text[words.at]) {
    case "[":
      return readFlowList(words, depth + 1)
    case "{":
      return readFlowMap(words, depth + 1)
    case '"':
      return take(words, /"[ !#-[\]-~]*"/y).slice(1, -1)
    case "'":
      return take(words, /'[ -&(-~]*'/y).slice(1, -1)
    default:
      return meaning(take(words, /[^\s,[\]{}"'#]+/y))
  }
}

function meaning(word: string): Json {
  if (isPlain(word)) return word
  if (word === "true" || word === "false") return word === "true"
  if (/^(?:0|[1-9]\d{0,14})$/.test(word)) return Number(word)
  throw new NotPlain()
}

function readFlowList(words: Words, depth: number): Json {
  const items: Json[] = []
  if (take(words, /\[ *\]?/y).endsWith("]")) return items
  do items.push(readWord(words, depth))
  while (take(words, / *(?:, +|\])/y).includes(","))
  return items
}

function readFlowMap(words: Words, depth: number): Json {
  const members: Record<string, Json> = {}
  if (take(words, /\{ *\}?/y).endsWith("}")) return members
  do {
    const [key = ""] = take(words, /[^\s:,[\]{}"'#]+: +/y).split(":")
    if (!isKey(key, members)) throw new NotPlain()
    members[key] = readWord(words, depth)
  } while (take(words, / *(?:, +|\})/y).includes(","))
  return members
}

function take(words: Words, pattern: RegExp): string {
  pattern.lastIndex = words.at
  const [found] = pattern.exec(words.text) ?? []
  if (found === undefined) throw new NotPlain()
  words.at += found.length
  return found
}
