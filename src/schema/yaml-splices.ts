import { type CST, isMap, isPair, isScalar, isSeq, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from "yaml"
import type { Json } from "../domain/json.ts"
import type { Path } from "./problems.ts"
import { isList, isRecord, type Members, membersOf, nested } from "./yaml-values.ts"
import { flowText, inQuotesOf, memberText, wordText } from "./yaml-words.ts"

/** A piece of text to be put in place of another. */
export interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** What is put in at one place comes in the order given. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toReversed()
    .sort((a, b) => b.from - a.from)
    .reduce((whole, { from, to, text: piece }) => whole.slice(0, from) + piece + whole.slice(to), text)
}

type Collection = YAMLMap | YAMLSeq

/** A pair of a map, or an item of a list. */
interface Holder {
  readonly collection: Collection
  readonly index: number
  /** Whose value the collection is; absent at the root. */
  readonly parent: Holder | undefined
}

/** The nodes of a text, with the tokens that they were made of. */
export function rootOf(text: string): unknown {
  return parseDocument(text, { keepSourceTokens: true, uniqueKeys: false, logLevel: "silent" }).contents
}

/** Goes along `path` as far as there is something. */
function follow(
  root: unknown,
  path: Path,
): { readonly node: unknown; readonly holder: Holder | undefined; readonly rest: Path } {
  let node = root
  let holder: Holder | undefined
  for (const [depth, part] of path.entries()) {
    const index = isMap(node) ? node.items.findIndex(pair => keyOf(pair) === part) : Number(part)
    if (!(isMap(node) || isSeq(node)) || node.items[index] === undefined) {
      return { node, holder, rest: path.slice(depth) }
    }
    holder = { collection: node, index, parent: holder }
    const item: unknown = node.items[index]
    node = isPair(item) ? item.value : item
  }
  return { node, holder, rest: [] }
}

/** What goes when the value at `path` does; it must be there. */
export function takeOut(text: string, root: unknown, path: Path): readonly Splice[] {
  const { holder } = follow(root, path)
  if (holder === undefined) throw new Error("a whole document cannot be taken out of itself")
  return holder.collection.flow === true ? withoutFlowItem(text, holder) : withoutBlockItem(text, holder)
}

/** What comes in when `value` is put at `path`, where there is nothing, a scalar or an empty collection. */
export function place(text: string, root: unknown, path: Path, value: Json): readonly Splice[] {
  const { node, holder, rest } = follow(root, path)
  const [key, ...deeper] = rest
  if (typeof key === "string" && holder === undefined && !hasText(node)) {
    return [newLines(text, text.length, 0, lines(2, key, nested(deeper, value)))]
  }
  if (key === undefined || !hasText(node)) return [inPlaceOf(text, node, holder, nested(rest, value))]
  const inner = nested(deeper, value)
  if (isMap(node) && typeof key === "string") {
    if (node.flow === true) return [intoFlow(text, node, memberText(key, inner))]
    return [
      intoBlockMap(text, node, holder === undefined ? lines(usualIndent(node), key, inner) : [memberText(key, inner)]),
    ]
  }
  if (isSeq(node) && Number(key) >= node.items.length) {
    return [node.flow === true ? intoFlow(text, node, flowText(inner)) : intoBlockList(text, node, inner)]
  }
  throw new Error(`nothing can be put at ${path.join(".")}`)
}

/** For a scalar in its own quotes, for an empty collection, or where nothing is written. */
function inPlaceOf(text: string, node: unknown, holder: Holder | undefined, value: Json): Splice {
  if (holder !== undefined && !hasText(node)) {
    const at = endOfItem(holder)
    return { from: at, to: at, text: ` ${flowText(value)}` }
  }
  const [from, to] = rangeOf(node)
  const quoted = isScalar(node) && typeof value === "string" ? inQuotesOf(node.type, value) : undefined
  return { from, to, text: `${quoted ?? flowText(value)}${text[to - 1] === "\n" ? lineBreak(text) : ""}` }
}

function intoFlow(text: string, collection: Collection, piece: string): Splice {
  const [from, to] = rangeOf(collection)
  const last = collection.items.length - 1
  if (last >= 0) {
    const at = endOfItem({ collection, index: last, parent: undefined })
    return { from: at, to: at, text: `, ${piece}` }
  }
  if (isBlank(text.slice(from + 1, to - 1))) {
    return { from: from + 1, to: to - 1, text: isMap(collection) ? ` ${piece} ` : piece }
  }
  return { from: from + 1, to: from + 1, text: ` ${piece} ` }
}

/** Behind the last member, and behind the comments that stand in line with the members. */
function intoBlockMap(text: string, map: YAMLMap, pieces: readonly string[]): Splice {
  const indent = indentOf(map)
  let at = lineEnd(text, endOf(map))
  const comments = new RegExp(`(?:[ \\t]*\\r?\\n)* {${indent},}#.*(?:\\n|$)`, "y")
  for (comments.lastIndex = at; comments.test(text); comments.lastIndex = at) at = comments.lastIndex
  return newLines(text, at, indent, pieces)
}

function intoBlockList(text: string, list: YAMLSeq, value: Json): Splice {
  return newLines(text, lineEnd(text, endOf(list)), indentOf(list), [`- ${flowText(value)}`])
}

function newLines(text: string, at: number, indent: number, pieces: readonly string[]): Splice {
  const end = lineBreak(text)
  const missing = at === 0 || text[at - 1] === "\n" ? "" : end
  return { from: at, to: at, text: missing + pieces.map(piece => `${" ".repeat(indent)}${piece}${end}`).join("") }
}

/** At the top of a file, a map of maps or a list of maps has a line for each, indented as others there are. */
function lines(indent: number, key: string, value: Json): readonly string[] {
  const members = isRecord(value) || isList(value) ? Object.values(value) : []
  if (members.length === 0 || !members.every(each => isRecord(each))) return [memberText(key, value)]
  const inner = isList(value)
    ? value.map(each => `- ${flowText(each)}`)
    : membersOf(value as Members).map(([name, each]) => memberText(name, each))
  return [`${wordText(key)}:`, ...inner.map(line => `${" ".repeat(indent)}${line}`)]
}

function usualIndent({ items }: YAMLMap): number {
  const [first] = items.flatMap(({ value }) => (isMap(value) && value.flow !== true ? [value] : []))
  return first === undefined ? 2 : indentOf(first)
}

function withoutFlowItem(text: string, item: Holder): readonly Splice[] {
  const { collection, index } = item
  const [from, to] = [startOfItem(item), endOfItem(item)]
  const [before, after] = [commaBefore(collection, index), commaBefore(collection, index + 1)]
  const isLast = index === collection.items.length - 1
  if (isLast && before !== undefined && isBlank(text.slice(before + 1, from))) return [{ from: before, to, text: "" }]
  if (after !== undefined) return withoutFollowed(text, from, to, after)
  const [open, close] = rangeOf(collection)
  const alone = isBlank(text.slice(open + 1, from)) && isBlank(text.slice(to, close - 1))
  return [{ ...(alone ? { from: open + 1, to: close - 1 } : wholeLines(text, from, to)), text: "" }]
}

/** An item and the comma behind it, with what is blank up to the next item, but not up to a comment. */
function withoutFollowed(text: string, from: number, to: number, comma: number): readonly Splice[] {
  const next = comma + 1 + (/^[ \t]*(?!#)/.exec(text.slice(comma + 1))?.[0].length ?? 0)
  if (isBlank(text.slice(to, comma))) return [{ ...wholeLines(text, from, next), text: "" }]
  return [
    { from, to, text: "" },
    { from: comma, to: comma + 1, text: "" },
  ]
}

function withoutBlockItem(text: string, item: Holder): readonly Splice[] {
  const { collection, parent } = item
  const [from, to] = [startOfItem(item), endOfItem(item)]
  const first = isBlank(text.slice(lineStart(text, from), from))
  const own = first ? { from: lineStart(text, from), to: lineEnd(text, to) } : { from, to }
  if (collection.items.length > 1) return [{ ...own, text: "" }]
  const empty = isMap(collection) ? "{}" : "[]"
  if (parent === undefined) return [{ from, to, text: empty }]
  const at = endOfIndicator(parent)
  return first
    ? [
        { from: at, to: at, text: ` ${empty}` },
        { ...own, text: "" },
      ]
    : [{ from, to, text: empty }]
}

/** A range, or the lines on which there is nothing else. */
function wholeLines(text: string, from: number, to: number): { readonly from: number; readonly to: number } {
  const [start, end] = [lineStart(text, from), lineEnd(text, to)]
  const alone = isBlank(text.slice(start, from)) && isBlank(text.slice(to, end)) && text[to - 1] !== "\n"
  return alone ? { from: start, to: end } : { from, to }
}

function sourceOf({ collection, index }: Holder): CST.CollectionItem | undefined {
  const { srcToken } = collection
  return srcToken !== undefined && "items" in srcToken ? srcToken.items[index] : undefined
}

/** The comma in front of an item, or the last one where there is no such item. */
function commaBefore(collection: Collection, index: number): number | undefined {
  return tokenIn(sourceOf({ collection, index, parent: undefined })?.start, "comma")?.offset
}

function tokenIn(tokens: readonly CST.SourceToken[] | undefined, type: CST.SourceToken["type"]) {
  return tokens?.find(token => token.type === type)
}

function startOfItem(holder: Holder): number {
  const start = sourceOf(holder)?.start
  const mark = tokenIn(start, "seq-item-ind") ?? tokenIn(start, "explicit-key-ind")
  const item: unknown = holder.collection.items[holder.index]
  return mark?.offset ?? rangeOf(isPair(item) ? item.key : item)[0]
}

function endOfItem(holder: Holder): number {
  const item: unknown = holder.collection.items[holder.index]
  const value = isPair(item) ? item.value : item
  return hasText(value) ? endOf(value) : endOfIndicator(holder)
}

/** Behind the mark that a value comes after: the colon of its key, the dash of its item. */
function endOfIndicator(holder: Holder): number {
  const source = sourceOf(holder)
  const mark = tokenIn(source?.sep, "map-value-ind") ?? tokenIn(source?.start, "seq-item-ind")
  const item: unknown = holder.collection.items[holder.index]
  return mark === undefined ? rangeOf(isPair(item) ? item.key : item)[1] : mark.offset + 1
}

/** Behind the last character that means something: a block's range goes on through the comments behind it. */
function endOf(node: unknown): number {
  if (!(isMap(node) || isSeq(node)) || node.flow === true) return rangeOf(node)[1]
  return endOfItem({ collection: node, index: node.items.length - 1, parent: undefined })
}

function indentOf({ srcToken }: Collection): number {
  return srcToken !== undefined && "indent" in srcToken ? srcToken.indent : 0
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined
  if (range === undefined || range === null) throw new Error("a node of plain YAML that was parsed has a range")
  return [range[0], range[1]]
}

/** Whether a value is written at all: `key:` has none. */
function hasText(node: unknown): boolean {
  if (node === null || node === undefined) return false
  const [from, to] = rangeOf(node)
  return to > from
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : undefined
}

function isBlank(text: string): boolean {
  return /^[ \t]*\r?\n?$/.test(text)
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1
}

/** Behind the line's end. */
function lineEnd(text: string, at: number): number {
  if (text[at - 1] === "\n") return at
  const end = text.indexOf("\n", at)
  return end === -1 ? text.length : end + 1
}

function lineBreak(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n"
}
