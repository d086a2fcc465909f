import {
  Composer,
  type CST,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  type YAMLError,
} from "yaml"
import { type Finding, finding, type Position, sortFindings } from "../domain/findings.ts"
import type { FindingCode } from "../domain/rules/finding-rules.ts"
import { readPlainYaml } from "./plain-yaml.ts"
import { MAXIMUM_PROBLEMS, type Path, type Problem, show } from "./problems.ts"
import { RESERVED_KEYS } from "./yaml-text.ts"

/** A file that is plain YAML: maps with text keys, lists and scalars, nothing that two readers could see differently. */
export interface YamlDocument {
  readonly file: string
  /** Maps, lists, text, numbers, booleans and null; no key can reach a prototype. */
  readonly value: unknown
  /** Where the value at `path` stands, or where its key does if it is a map or a list; else its nearest parent that exists. */
  locate(path: Path): Position
  /** Where the key or value stands that is to blame for a problem. */
  place(problem: Pick<Problem, "path" | "at">): Position
}

export interface YamlLimits {
  readonly maximumBytes: number
  /** Words, marks, line ends: a byte costs little, a token a thousand times as much. Plain YAML has one in four to six bytes. */
  readonly maximumTokens: number
  readonly maximumDepth: number
}

const HAND_WRITTEN: YamlLimits = { maximumBytes: 256 * 1024, maximumTokens: 64 * 1024, maximumDepth: 16 }

/** A file broken in many places is usually broken in one. */
const MAXIMUM_SYNTAX_FINDINGS = 10
/** Tokens that fit nowhere, until the rest of the file is left unread. */
const MAXIMUM_SYNTAX_ERRORS = 100

/**
 * Reads one file strictly: YAML 1.2 core schema without anchors, aliases, merge keys, tags, directives and further
 * documents. Never throws. The document is there as soon as its structure is beyond doubt, so that what else is wrong
 * with it can be said at the same time.
 */
export function readYaml(
  file: string,
  bytes: Uint8Array,
  limits: YamlLimits = HAND_WRITTEN,
): { readonly document?: YamlDocument; readonly findings: readonly Finding[] } {
  if (bytes.length > limits.maximumBytes) {
    return { findings: [about(file, "Y04", `expected at most ${limits.maximumBytes} bytes, got ${bytes.length}`)] }
  }
  const text = decode(bytes)
  if (text === undefined) return { findings: [about(file, "Y02", "the file is not valid UTF-8", undecodable(bytes))] }
  const hidden = hiddenCharacters(file, text)
  if (hidden.length > 0) return { findings: hidden }
  const value = readPlainYaml(text)
  return value === undefined
    ? readStrictly(file, text, limits)
    : { document: placedLater(file, text, value), findings: [] }
}

/** Places in a file without findings are asked for rarely, mostly when something else is wrong. */
function placedLater(file: string, text: string, value: unknown): YamlDocument {
  let known: YamlDocument | undefined
  const read = (): YamlDocument => {
    known ??= readStrictly(file, text).document
    if (known === undefined) throw new Error(`${file} is plain and cannot be read`)
    return known
  }
  return { file, value, locate: path => read().locate(path), place: problem => read().place(problem) }
}

/** What {@link readYaml} does with any text that is not plain: knows what is wrong, and where. */
export function readStrictly(
  file: string,
  text: string,
  limits: YamlLimits = HAND_WRITTEN,
): { readonly document?: YamlDocument; readonly findings: readonly Finding[] } {
  const lines = new LineCounter()
  const at = (offset: number): Position => position(file, lines, offset)
  const { tokens, excess } = tokenize(text, lines, limits)
  if (excess !== undefined) {
    return { findings: [finding(excess.code, file, excess.message, { at: at(excess.offset) })] }
  }
  const structural = forbiddenTokens(file, tokens, at)
  if (structural.length > 0) return { findings: structural }

  const composer = new Composer({
    version: "1.2",
    schema: "core",
    strict: true,
    uniqueKeys: false,
    merge: false,
    logLevel: "silent",
  })
  const [document] = composer.compose(tokens, true, text.length)
  if (document === undefined) return { findings: [about(file, "Y01", "the file is empty")] }
  const broken = syntaxFindings(file, [...document.errors, ...document.warnings], at)
  if (broken.length > 0) return { findings: broken }
  const root: Node | null = document.contents
  const findings: Finding[] = []
  const value = plain(root, { file, at, findings })
  return {
    document: {
      file,
      value,
      locate: path => at(find(root, path, false)),
      place: problem => at(find(root, problem.path, problem.at === "key")),
    },
    findings: findings.slice(0, MAXIMUM_PROBLEMS),
  }
}

/** One a line: what follows on the same line is mostly an echo of the first. */
function syntaxFindings(
  file: string,
  errors: readonly YAMLError[],
  at: (offset: number) => Position,
): readonly Finding[] {
  const byLine = new Map<number, Finding>()
  for (const error of errors) {
    const place = at(error.pos[0])
    if (!byLine.has(place.line)) byLine.set(place.line, finding("Y01", file, lowerFirst(error.message), { at: place }))
  }
  return [...byLine.values()].slice(0, MAXIMUM_SYNTAX_FINDINGS)
}

interface Reading {
  readonly file: string
  readonly at: (offset: number) => Position
  readonly findings: Finding[]
}

/** The value of a node. Pairs whose key is refused are left out. */
function plain(node: unknown, reading: Reading): unknown {
  if (isMap(node)) {
    const members: Record<string, unknown> = {}
    for (const pair of node.items) {
      const key = acceptedKey(pair, members, reading)
      const value = plain(pair.value, reading)
      if (key !== undefined) members[key] = value
    }
    return members
  }
  if (isSeq(node)) return node.items.map(item => plain(item, reading))
  if (isScalar(node)) return scalar(node, reading)
  return null
}

function acceptedKey(pair: Pair, seen: Readonly<Record<string, unknown>>, reading: Reading): string | undefined {
  const offset = offsetOf(pair.key)
  const refuse = (code: FindingCode, message: string, hint?: string): undefined => {
    reading.findings.push(
      finding(code, reading.file, message, { at: reading.at(offset), ...(hint === undefined ? {} : { hint }) }),
    )
  }
  if (!isScalar(pair.key)) return refuse("Y10", "expected text as the key, got a map or a list")
  const key = scalar(pair.key, reading)
  if (typeof key !== "string") {
    const source = pair.key.source ?? "null"
    return refuse("Y10", `expected text as the key, got ${source}`, keyHint(source))
  }
  if (key === "<<") return refuse("Y06", "merge keys (`<<`) are not used here", "write the keys out")
  if (RESERVED_KEYS.has(key)) return refuse("Y11", `the key ${JSON.stringify(key)} is reserved`)
  if (Object.hasOwn(seen, key)) return refuse("Y09", `the key ${show(key)} stands twice in one map`, "keep one of them")
  return key
}

function keyHint(source: string): string {
  return /^\d+\.\d+$/.test(source)
    ? `YAML reads ${source} as a number; a version has three parts: ${source}.0`
    : "put it in quotes"
}

function scalar(node: Scalar, reading: Reading): unknown {
  const { value, source = "" } = node
  const refuse = (code: FindingCode, message: string, hint: string): void => {
    reading.findings.push(finding(code, reading.file, message, { at: reading.at(offsetOf(node)), hint }))
  }
  if (typeof value === "string") {
    const hidden = HIDDEN.exec(value)
    if (hidden !== null) refuse("Y03", `the text holds the invisible character ${codePoint(hidden[0])}`, "take it out")
    const other = node.type === "PLAIN" ? readDifferently(source) : undefined
    if (other !== undefined)
      refuse("Y12", `${source} is text here, but YAML 1.1 readers take it for ${other}`, plainHint(other, source))
  }
  if (typeof value === "number" && !PLAIN_NUMBER.test(source)) {
    refuse(
      "Y12",
      `${source} is the number ${value} here, but other readers see another value`,
      "write the number in plain decimal digits",
    )
  }
  return value
}

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

/** What a plain scalar that the 1.2 core schema reads as text is by YAML 1.1's types (yaml.org/type: bool, int, float, merge, value). */
function readDifferently(source: string): "a boolean" | "a number" | undefined {
  if (/^(?:y|n|yes|no|on|off)$/i.test(source)) return "a boolean"
  if (
    /^[-+]?(?:0b[01_]+|0x[\da-f_]+|0o?[0-7_]+|\d[\d_]*(?:\.[\d_]*)?|[1-9][\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?)$/i.test(
      source,
    )
  )
    return "a number"
  return undefined
}

function plainHint(other: "a boolean" | "a number", source: string): string {
  return other === "a number"
    ? `write "${source}" if text is meant, plain decimal digits if a number is`
    : `write "${source}" if text is meant`
}

/**
 * As `Parser.parse` does it, but stops at the first level or token too many, and where so much is broken that the rest
 * is an echo: neither time nor stack goes into what follows.
 */
function tokenize(
  text: string,
  lines: LineCounter,
  { maximumTokens, maximumDepth }: YamlLimits,
): {
  readonly tokens: readonly CST.Token[]
  readonly excess?: { readonly code: FindingCode; readonly message: string; readonly offset: number }
} {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let read = 0
  let errors = 0
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    const offset = parser.offset
    if (++read > maximumTokens) {
      return { tokens, excess: { code: "Y04", message: `expected at most ${maximumTokens} words and marks`, offset } }
    }
    for (const token of parser.next(lexeme)) {
      tokens.push(token)
      if (token.type === "error") errors += 1
    }
    if (errors >= MAXIMUM_SYNTAX_ERRORS) break
    if (parser.stack.length <= maximumDepth) continue
    const depth = parser.stack.filter(token => "items" in token).length
    if (depth > maximumDepth) {
      return { tokens, excess: { code: "Y05", message: `expected at most ${maximumDepth} levels`, offset } }
    }
  }
  tokens.push(...parser.end())
  return { tokens }
}

/** Every token whose meaning could reach beyond its place. */
function forbiddenTokens(
  file: string,
  tokens: readonly CST.Token[],
  at: (offset: number) => Position,
): readonly Finding[] {
  const findings: Finding[] = []
  const refuse = (code: FindingCode, offset: number, message: string, hint: string): void => {
    findings.push(finding(code, file, message, { at: at(offset), hint }))
  }
  let documents = 0
  for (const token of tokens) {
    if (token.type === "directive")
      refuse("Y07", token.offset, "directives (`%…`) are not used here", "take the line out")
    if (token.type === "document" && ++documents > 1) {
      refuse("Y08", token.offset, "the file holds more than one document", "keep one document a file")
    }
    visit(token, each => {
      const forbidden = FORBIDDEN[each.type]
      if (forbidden !== undefined) refuse(forbidden.code, each.offset, forbidden.message, forbidden.hint)
      const unknown = each.type === "double-quoted-scalar" ? unknownEscape(each.source) : undefined
      if (unknown !== undefined) {
        const message = `${unknown.text} begins no escape that YAML knows`
        refuse("Y01", each.offset + unknown.at, message, "double the backslash, or use single quotes")
      }
    })
  }
  return sortFindings(findings).slice(0, MAXIMUM_PROBLEMS)
}

/** Every escape of a text in double quotes (YAML 1.2.2 §5.7); the group matches what is none. */
const ESCAPES =
  /\\(?:[0abefnrtvN_LP "/\\\t\n]|\r\n|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U(?:000[\dA-Fa-f]|0010)[\dA-Fa-f]{4}|(.))/gs

/** The first one is enough: the composer would make an error of each, at a thousand times the cost of its two bytes. */
function unknownEscape(source: string): { readonly text: string; readonly at: number } | undefined {
  for (const { 0: text, 1: unknown, index } of source.matchAll(ESCAPES)) {
    if (unknown !== undefined) return { text, at: index }
  }
  return undefined
}

function visit(token: CST.Token, look: (token: CST.Token) => void): void {
  look(token)
  for (const child of children(token)) visit(child, look)
}

const FORBIDDEN: Readonly<
  Record<string, { readonly code: FindingCode; readonly message: string; readonly hint: string }>
> = {
  anchor: { code: "Y06", message: "anchors (`&…`) are not used here", hint: "write the value out where it is needed" },
  alias: { code: "Y06", message: "aliases (`*…`) are not used here", hint: "write the value out" },
  tag: { code: "Y07", message: "tags (`!…`) are not used here", hint: "take the tag out; quotes make text" },
}

function children(token: CST.Token): readonly CST.Token[] {
  const props = "props" in token ? token.props : []
  const start = "start" in token && Array.isArray(token.start) ? token.start : []
  const value = token.type === "document" ? [token.value] : []
  const items: readonly Item[] = "items" in token ? token.items : []
  const inner = items.flatMap(item => [...item.start, item.key, ...(item.sep ?? []), item.value])
  return [...props, ...start, ...value, ...inner].filter(child => child !== null && child !== undefined)
}

/** A pair or list item, whatever it stands in. */
interface Item {
  readonly start: readonly CST.Token[]
  readonly key?: CST.Token | null
  readonly sep?: readonly CST.Token[]
  readonly value?: CST.Token | undefined
}

/** Control and format characters (bidirectional overrides, zero-width, tags, a byte order mark) and spaces that are no space. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]|(?! )\p{Zs}/u
const HIDDEN_IN_FILE = new RegExp(`(?![\\t\\n\\r])(?:${HIDDEN.source})`, "gu")

function hiddenCharacters(file: string, text: string): readonly Finding[] {
  return [...text.matchAll(HIDDEN_IN_FILE)].slice(0, MAXIMUM_SYNTAX_FINDINGS).map(match =>
    finding("Y03", file, `the file holds the invisible character ${codePoint(match[0])}`, {
      at: { file, ...endOf(text.slice(0, match.index)) },
      hint: "take it out: a reviewer cannot see it",
    }),
  )
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Where the lenient reading first puts U+FFFD: the first byte that is not UTF-8. */
function undecodable(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  return endOf(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\uFFFD", 1)[0] ?? "")
}

/** The place right after a text that begins a file. */
function endOf(text: string): { readonly line: number; readonly column: number } {
  const rows = text.split("\n")
  return { line: rows.length, column: (rows.at(-1)?.length ?? 0) + 1 }
}

function about(
  file: string,
  code: FindingCode,
  message: string,
  place: { readonly line: number; readonly column: number } = { line: 1, column: 1 },
): Finding {
  return finding(code, file, message, { at: { file, ...place } })
}

function position(file: string, lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
}

function find(root: Node | null, path: Path, key: boolean): number {
  let node: unknown = root
  let offset = offsetOf(root)
  for (const [index, part] of path.entries()) {
    const last = index === path.length - 1
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(each => isScalar(each.key) && each.key.value === part)
      if (pair === undefined) return offset
      node = pair.value
      offset = (last && key) || !isScalar(node) ? offsetOf(pair.key) : offsetOf(node)
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)]
      if (item === undefined) return offset
      node = item
      offset = offsetOf(item)
    } else return offset
  }
  return offset
}

function offsetOf(node: unknown): number {
  if (isPair(node)) return offsetOf(node.key)
  return (isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined) ?? 0
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
