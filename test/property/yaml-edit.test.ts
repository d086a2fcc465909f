import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Json } from "../../src/domain/json.ts"
import { readYaml } from "../../src/schema/yaml.ts"
import { append, changeAll, removeValue, setValue } from "../../src/schema/yaml-edit.ts"

/** A document as a person might have written it: its text and what it means. */
interface Sheet {
  readonly text: string
  readonly value: Members
}
type Members = { readonly [key: string]: Json }
type Path = readonly (string | number)[]

const KEYS = ["name", "channels", "versions", "1.2.7", "reason", "b-c", "with space", "on", "a:b", "#x"]
const WORDS = [
  "plain",
  "two words",
  "2026-12-01",
  "1.0.0",
  "yes",
  "12:30",
  "a: b",
  "x # y",
  "it's",
  'say "no"',
  "",
  "[",
  "ü",
]
const scalar = fc.oneof(fc.constantFrom(...WORDS), fc.integer({ min: -9, max: 999 }), fc.boolean())
const { json } = fc.letrec<{ json: Json }>(tie => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("json"), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const members = fc.dictionary(fc.constantFrom(...KEYS), json, { minKeys: 1, maxKeys: 5, noNullPrototype: true })

/** Decides of every freedom that YAML gives: 0 is the plainest way. */
type Choice = (ways: number) => number

const sheet: fc.Arbitrary<Sheet> = fc
  .record({
    value: members,
    choices: fc.infiniteStream(fc.nat(11)),
    step: fc.constantFrom(2, 3, 4),
    end: fc.constantFrom("\n", "\r\n"),
    last: fc.boolean(),
  })
  .map(({ value, choices, step, end, last }) => {
    const choice: Choice = ways => (choices.next().value ?? 0) % ways
    let comments = 0
    const comment = () => `# c${comments++}, ${["x: 1", "\tit's", "- [", "{ y }"][choice(4)]}.`
    const text = blockLines(value, { choice, comment, step }, 0).join("\n")
    return { text: `${text}${last ? "\n" : ""}`.replaceAll("\n", end), value }
  })

interface Writing {
  readonly choice: Choice
  comment(): string
  readonly step: number
}

function blockLines(value: Json, writing: Writing, indent: number): readonly string[] {
  const { choice, comment, step } = writing
  const space = " ".repeat(indent)
  const between = () => [[], [`${space}${comment()}`], [""], [], []][choice(5)] ?? []
  const behind = () => (choice(3) === 1 ? ` ${comment()}` : "")
  const isList = Array.isArray(value)
  const items = Object.entries(value as Members).flatMap(([key, each]) => {
    const name = isList ? "-" : `${scalarText(key, choice)}:`
    if (typeof each !== "object" || each === null || Object.keys(each).length === 0 || choice(2) === 1) {
      return [...between(), `${space}${name} ${flowText(each, writing, indent + step)}${behind()}`]
    }
    const further = !isList && Array.isArray(each) && choice(2) === 1 ? indent : indent + step
    const inner = blockLines(each, writing, further)
    const [first = "", ...rest] = inner
    const joined = isList && step === 2 && first.trim() !== "" && !first.trim().startsWith("#") && choice(2) === 1
    return joined
      ? [...between(), `${space}- ${first.slice(further)}`, ...rest]
      : [...between(), `${space}${name}${behind()}`, ...inner]
  })
  return [...items, ...between()]
}

function flowText(value: Json, writing: Writing, indent: number): string {
  const { choice, comment } = writing
  if (typeof value !== "object" || value === null) return scalarText(value, choice)
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"]
  const items = Object.entries(value).map(([key, each]) => {
    const inner = flowText(each ?? null, writing, indent + 1)
    return Array.isArray(value) ? inner : `${scalarText(key, choice)}: ${inner}`
  })
  const break_ = (): string => `${choice(2) === 1 ? ` ${comment()}` : ""}\n${" ".repeat(indent + 1)}`
  switch (choice(6)) {
    case 1:
      return `${open}${items.join(",")}${close}`
    case 2:
      return items.length === 0
        ? `${open}${break_()}${close}`
        : `${open}${break_()}${items.map(item => `${item},${break_()}`).join("")}${close}`
    case 3:
      return `${open}${break_()}${items.join(`,${break_()}`)}${break_()}${close}`
    case 4:
      return items.length === 0 ? `${open} ${close}` : `${open} ${items.join(" , ")}, ${close}`
    default:
      return items.length === 0 ? `${open}${close}` : `${open} ${items.join(", ")} ${close}`
  }
}

function scalarText(value: Json, choice: Choice): string {
  if (typeof value !== "string") return JSON.stringify(value)
  const way = choice(3)
  if (way === 1) return JSON.stringify(value)
  return way === 0 && /^[a-z][a-z. -]*$/.test(value) && !/^(?:yes|on)$/.test(value)
    ? value
    : `'${value.replaceAll("'", "''")}'`
}

function meaning(text: string): Json {
  const { document, findings } = readYaml("a.yaml", new TextEncoder().encode(text))
  expect(findings).toEqual([])
  return document?.value as Json
}

function paths(value: Json, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path]
  const items = Object.entries(value).flatMap(([key, each]) =>
    paths(each ?? null, [...path, Array.isArray(value) ? Number(key) : key]),
  )
  return [path, ...items]
}

const at = (value: Json, path: Path): Json | undefined =>
  path.reduce<Json | undefined>((inner, part) => (inner as Members | undefined)?.[part as string], value)

type Change = (value: unknown) => unknown

function changed(value: unknown, [part = "", ...rest]: Path, change: Change): unknown {
  const copy = structuredClone(value) as Record<string | number, unknown>
  const next = rest.length === 0 ? change(copy[part]) : changed(copy[part] ?? {}, rest, change)
  if (next !== undefined) copy[part] = next
  else if (Array.isArray(copy)) copy.splice(Number(part), 1)
  else delete copy[part]
  return copy
}

const commentsOf = (text: string): readonly string[] => [...text.matchAll(/# (c\d+),/g)].map(([, name = ""]) => name)

const lines = (text: string): readonly string[] => text.split(/\r?\n/)

/** A sheet and something in it; or beside what is there, under `added`. */
const place = sheet.chain(({ text, value }) =>
  fc.constantFrom(...paths(value).filter(path => path.length > 0)).map(path => ({ text, value, path })),
)
const newMember = sheet.chain(({ text, value }) => {
  const maps = paths(value).filter(path => isMembers(at(value, path)))
  return fc.constantFrom(...maps).map(path => ({ text, value, path: [...path, "added"] }))
})
const isWithin = (path: Path, outer: Path): boolean => outer.every((part, index) => path[index] === part)
const isMembers = (value: Json | undefined): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const RUNS = { numRuns: 150 }

describe("an edit of YAML", () => {
  it("starts from sheets that mean what they were written from", () => {
    fc.assert(
      fc.property(sheet, ({ text, value }) => {
        expect(meaning(text)).toEqual(value)
      }),
      RUNS,
    )
  })

  it("sets a value and nothing else, and a second time nothing at all", () => {
    fc.assert(
      fc.property(fc.oneof(place, newMember), json, ({ text, value, path }, to) => {
        const after = setValue(text, path, to)
        expect(meaning(after)).toEqual(changed(value, path, () => to))
        expect(setValue(after, path, to)).toBe(after)
      }),
      RUNS,
    )
  })

  it("makes the maps on the way to a value", () => {
    fc.assert(
      fc.property(newMember, json, ({ text, value, path }, to) => {
        const after = setValue(text, [...path, "further", "1.0.0"], to)
        expect(meaning(after)).toEqual(changed(value, path, () => ({ further: { "1.0.0": to } })))
      }),
      RUNS,
    )
  })

  it("keeps every comment where a value is added, or a scalar is replaced", () => {
    fc.assert(
      fc.property(fc.oneof(place, newMember), json, ({ text, value, path }, to) => {
        const old = at(value, path)
        fc.pre(typeof old !== "object")
        expect(commentsOf(setValue(text, path, to))).toEqual(commentsOf(text))
      }),
      RUNS,
    )
  })

  it("touches one line where a scalar is replaced, and adds lines or changes one where a member is added", () => {
    fc.assert(
      fc.property(fc.oneof(place, newMember), scalar, ({ text, value, path }, to) => {
        fc.pre(typeof at(value, path) !== "object")
        const [before, after] = [lines(text), lines(setValue(text, path, to))]
        const kept = before.findIndex((line, index) => line !== after[index])
        if (kept === -1) return
        const rest = after.slice(kept + 1)
        const replaced = rest.join("\n") === before.slice(kept + 1).join("\n")
        const added = [...rest, ""].join("\n").trimEnd() === before.slice(kept).join("\n").trimEnd()
        expect({ replaced, added }).not.toEqual({ replaced: false, added: false })
      }),
      RUNS,
    )
  })

  it("keeps the line ends of the file", () => {
    fc.assert(
      fc.property(newMember, json, ({ text, path }, to) => {
        fc.pre(text.includes("\r\n"))
        expect(setValue(text, path, to).replaceAll("\r\n", "")).not.toContain("\n")
      }),
      RUNS,
    )
  })

  it("takes out a value with the comments inside it, and no others", () => {
    fc.assert(
      fc.property(place, ({ text, value, path }) => {
        const after = removeValue(text, path)
        expect(meaning(after)).toEqual(changed(value, path, () => undefined))
        if (typeof path.at(-1) === "string") expect(removeValue(after, path)).toBe(after)
        const kept = commentsOf(after)
        const isScalar = typeof at(value, path) !== "object"
        const lost = commentsOf(text).filter(name => !kept.includes(name))
        if (isScalar) expect(lost.length).toBeLessThanOrEqual(1)
        expect(commentsOf(text).filter(name => kept.includes(name))).toEqual(kept)
      }),
      RUNS,
    )
  })

  it("takes back what it has added, to the letter", () => {
    fc.assert(
      fc.property(newMember, json, ({ text, value, path }, to) => {
        fc.pre(text.endsWith("\n") && Object.keys(at(value, path.slice(0, -1)) ?? {}).length > 0)
        expect(removeValue(setValue(text, path, to), path)).toBe(text)
      }),
      RUNS,
    )
  })

  it("makes many changes at once as one after the other", () => {
    const several = sheet.chain(({ text, value }) => {
      const known = paths(value).filter(path => path.length > 0)
      const change = fc.constantFrom(...known).chain(path => {
        const set = json.map(to => ({ path, value: to }))
        return typeof path.at(-1) === "string" ? fc.oneof(fc.constant({ path }), set) : set
      })
      return fc.uniqueArray(change, { maxLength: 4, selector: ({ path }) => JSON.stringify(path) }).map(changes => ({
        text,
        changes: changes.filter(({ path }) => !changes.some(each => each.path !== path && isWithin(path, each.path))),
      }))
    })
    fc.assert(
      fc.property(several, ({ text, changes }) => {
        const one = changes.reduce(
          (all, change) =>
            "value" in change ? setValue(all, change.path, change.value) : removeValue(all, change.path),
          text,
        )
        expect(meaning(changeAll(text, changes))).toEqual(meaning(one))
      }),
      RUNS,
    )
  })

  it("adds to a list, in its own form", () => {
    const list = sheet.chain(({ text, value }) => {
      const lists = paths(value).filter(path => Array.isArray(at(value, path)))
      return fc.constantFrom(...lists, ["added"]).map(path => ({ text, value, path }))
    })
    fc.assert(
      fc.property(list, json, ({ text, value, path }, item) => {
        const after = append(text, path, item)
        const now = changed(value, path, old => [...((old as readonly Json[] | undefined) ?? []), item])
        expect(meaning(after)).toEqual(now)
        expect(commentsOf(after)).toEqual(commentsOf(text))
      }),
      RUNS,
    )
  })
})
