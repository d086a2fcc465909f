import { type CST, isMap, isPair, isScalar, isSeq, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from "yaml"
import type { Json } from "../domain/json.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Path } from "./problems.ts"
import { readYaml } from "./yaml.ts"

/**
 * Changes single values of a YAML text and leaves everything else, comments, order, quotes and form, as it was written.
 * For texts that the front door accepts. Each edit is read back: whatever would mean anything but the text before with
 * that one change is an Error, because it is our bug.
 */

/** Puts `value` at `path`; maps on the way that are missing are made. Only what differs is touched. */
export function setValue(text: string, path: Path, value: Json): string {
  const before = read(text)
  const old = valueAt(before, path)
  if (isSame(old, value)) return text
  if (isRecord(old) && isRecord(value)) return setMembers(text, path, old, value)
  if (isList(old) && isList(value)) return setItems(text, path, old, value)
  if (isRecord(old) || isList(old)) {
    const cleared = keysOf(old).reduceRight((left: string, key) => removeValue(left, [...path, key]), text)
    return edited(cleared, place(cleared, rootOf(cleared), path, value), withValue(before, path, value))
  }
  return edited(text, place(text, rootOf(text), path, value), withValue(before, path, value))
}

/** A value to be set; without one, what stands there is taken out. */
export interface Change {
  readonly path: Path
  readonly value?: Json
}

/**
 * The same as one after the other. Many at once are read and checked once, where none needs what another has written:
 * a list of a thousand would take minutes otherwise.
 */
export function changeAll(text: string, changes: readonly Change[]): string {
  const before = read(text)
  const needed = changes.filter(({ path, value }) => !isSame(valueAt(before, path), value))
  const together = needed.every(change => isPlain(before, change)) ? allAtOnce(text, before, needed) : undefined
  return together ?? needed.reduce(changeOne, text)
}

function changeOne(text: string, { path, value }: Change): string {
  return value === undefined ? removeValue(text, path) : setValue(text, path, value)
}

/** Its comments are nobody else's concern. */
function isPlain(before: unknown, { path, value }: Change): boolean {
  return value === undefined || typeof valueAt(before, path) !== "object"
}

/** Undefined where they get in each other's way. */
function allAtOnce(text: string, before: unknown, changes: readonly Change[]): string | undefined {
  if (!text.endsWith("\n")) return undefined
  const root = rootOf(text)
  const splices = changes.flatMap(({ path, value }) =>
    value === undefined ? takeOut(text, root, path) : place(text, root, path, value),
  )
  const expected = changes.reduce(
    (whole, { path, value }) => (value === undefined ? withoutValue(whole, path) : withValue(whole, path, value)),
    before,
  )
  const after = spliced(text, splices)
  return isSame(read(after), expected) ? after : undefined
}

/** Takes out what stands at `path`, with the comment behind it; nothing if nothing is there. */
export function removeValue(text: string, path: Path): string {
  const before = read(text)
  if (valueAt(before, path) === undefined) return text
  return edited(text, takeOut(text, rootOf(text), path), withoutValue(before, path))
}

/** Adds `value` behind the last item of the list at `path`, which is made if it is missing. */
export function append(text: string, path: Path, value: Json): string {
  const list = valueAt(read(text), path) ?? []
  if (!isList(list)) throw new Error(`there is no list at ${path.join(".")}`)
  return list.length === 0 ? setValue(text, path, [value]) : setValue(text, [...path, list.length], value)
}

/** What stands at `path`; undefined if nothing does. */
export function readValue(text: string, path: Path): unknown {
  return valueAt(read(text), path)
}

function setMembers(text: string, path: Path, old: Members, value: Members): string {
  const gone = Object.keys(old).filter(key => value[key] === undefined)
  const set = membersOf(value).reduce((all, [key, each]) => setValue(all, [...path, key], each), text)
  return gone.reduce((all, key) => removeValue(all, [...path, key]), set)
}

function setItems(text: string, path: Path, old: readonly unknown[], value: readonly Json[]): string {
  const set = value.reduce((all: string, each, index) => setValue(all, [...path, index], each), text)
  const gone = keysOf(old).slice(value.length)
  return gone.reduceRight((all: string, index) => removeValue(all, [...path, index]), set)
}

/** A piece of text to be put in place of another. */
interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

function edited(text: string, splices: readonly Splice[], expected: unknown): string {
  const after = spliced(text, splices)
  if (!isSame(read(after), expected)) throw new Error("the edited YAML does not mean what it should")
  return after
}

/** What is put in at one place comes in the order given. */
function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toReversed()
    .sort((a, b) => b.from - a.from)
    .reduce((whole, { from, to, text: piece }) => whole.slice(0, from) + piece + whole.slice(to), text)
}

type Collection = YAMLMap | YAMLSeq
/** One of a collection's own: what is written for it begins at `start`. */
interface Holder {
  readonly collection: Collection
  readonly index: number
  /** The same of the collection itself; absent at the root. */
  readonly parent: Holder | undefined
}

function rootOf(text: string): unknown {
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

function takeOut(text: string, root: unknown, path: Path): readonly Splice[] {
  const { holder } = follow(root, path)
  if (holder === undefined) throw new Error("a whole document cannot be taken out of itself")
  return holder.collection.flow === true ? withoutFlowItem(text, holder) : withoutBlockItem(text, holder)
}

function place(text: string, root: unknown, path: Path, value: Json): readonly Splice[] {
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

function memberText(key: string, value: Json): string {
  return `${wordText(key)}: ${flowText(value)}`
}

function flowText(value: Json): string {
  if (typeof value === "string") return wordText(value)
  if (isList(value)) return `[${value.map(flowText).join(", ")}]`
  if (!isRecord(value)) return JSON.stringify(value)
  const members = membersOf(value).map(([key, each]) => memberText(key, each))
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`
}

/** Plain where the front door reads it as that very text, in a list as elsewhere. */
function wordText(text: string): string {
  const plain = /^[A-Za-z0-9]/.test(text) && isSame(readSoundly(`[${text}]`), [text])
  return plain ? text : JSON.stringify(text)
}

function inQuotesOf(type: unknown, value: string): string | undefined {
  if (type === "QUOTE_DOUBLE") return JSON.stringify(value)
  return type === "QUOTE_SINGLE" && /^\P{C}*$/u.test(value) ? `'${value.replaceAll("'", "''")}'` : undefined
}

function read(text: string): unknown {
  return readYaml("edited.yaml", encodeUtf8(text)).document?.value ?? null
}

function readSoundly(text: string): unknown {
  const { document, findings } = readYaml("edited.yaml", encodeUtf8(text))
  return findings.length === 0 ? document?.value : undefined
}

type Members = { readonly [key: string]: Json | undefined }

function nested(path: Path, value: Json): Json {
  return path.reduceRight((inner: Json, part) => (typeof part === "number" ? [inner] : { [part]: inner }), value)
}

function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce(
    (value: unknown, part) =>
      (isRecord(value) || isList(value)) && Object.hasOwn(value, part)
        ? (value as Readonly<Record<string | number, unknown>>)[part]
        : undefined,
    whole,
  )
}

function withValue(whole: unknown, [part, ...rest]: Path, value: Json): unknown {
  if (part === undefined) return value
  if (typeof part === "number") {
    const list: unknown[] = isList(whole) ? [...whole] : []
    list[part] = withValue(list[part], rest, value)
    return list
  }
  const members = isRecord(whole) ? whole : {}
  return { ...members, [part]: withValue(members[part], rest, value) }
}

function withoutValue(whole: unknown, [part, ...rest]: Path): unknown {
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

function membersOf(members: Members): readonly (readonly [string, Json])[] {
  return Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
}

function keysOf(collection: Members | readonly unknown[]): readonly (string | number)[] {
  return isList(collection) ? collection.map((_, index) => index) : Object.keys(collection)
}

/** Order of members counts: an edit keeps it. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !isList(value)
}

function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}
