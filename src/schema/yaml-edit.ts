import type { Json } from "../domain/json.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Path } from "./problems.ts"
import { readYaml } from "./yaml.ts"
import { place, rootOf, type Splice, spliced, takeOut } from "./yaml-splices.ts"
import {
  isList,
  isRecord,
  isSame,
  keysOf,
  type Members,
  membersOf,
  valueAt,
  withoutValue,
  withValue,
} from "./yaml-values.ts"

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

function edited(text: string, splices: readonly Splice[], expected: unknown): string {
  const after = spliced(text, splices)
  if (!isSame(read(after), expected)) throw new Error("the edited YAML does not mean what it should")
  return after
}

function read(text: string): unknown {
  return readYaml("edited.yaml", encodeUtf8(text)).document?.value ?? null
}
