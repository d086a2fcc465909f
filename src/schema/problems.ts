import type { ErrorObject } from "ajv"

export type Path = readonly (string | number)[]

/** One way in which a value is not of its form. `at` says whether the key or the value at `path` is to blame. */
export interface Problem {
  readonly rule: "type" | "unknown-key" | "missing-key" | "text" | "choice" | "range" | "repeated"
  readonly path: Path
  readonly at: "key" | "value"
  /** Says expected and got, without naming the place. */
  readonly message: string
  readonly hint?: string
}

/** What a generated validator looks like from outside. */
export interface Validator {
  (value: unknown): boolean
  errors?: readonly ErrorObject[] | null
}

/** Of one file. Nobody mends more at a time, and a hostile file must not flood the log. */
export const MAXIMUM_PROBLEMS = 100

/** All problems (the first hundred), in the validator's order; none when `value` is of the form. */
export function findProblems(validator: Validator, value: unknown): readonly Problem[] {
  return validator(value) ? [] : (validator.errors ?? []).slice(0, MAXIMUM_PROBLEMS).flatMap(problem)
}

/** Quotes a value for a message. Text as long as a line of PEM (64) is not echoed: it may be a key that was pasted by mistake. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    return value.length > 60 || /[\p{C}\p{Zl}\p{Zp}]/u.test(value)
      ? `text of ${value.length} characters`
      : JSON.stringify(value)
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) return `${value}`
  return kindOf(value)
}

function problem(error: ErrorObject): readonly Problem[] {
  const path = pointer(error.instancePath)
  const value: unknown = error.data
  const form = (error.parentSchema ?? {}) as Form
  switch (error.keyword) {
    case "type":
      return [wrongType(path, error.params["type"], value)]
    case "required":
      return [missing(path, error.params["missingProperty"])]
    case "additionalProperties":
      return [unknown(path, error.params["additionalProperty"], form)]
    case "pattern":
      return [
        {
          rule: "text",
          path,
          at: "value",
          message: `expected ${form.expected ?? "other text"}, got ${got(form, value)}`,
        },
      ]
    case "const":
      return [choice(path, [error.params["allowedValue"]], value)]
    case "enum":
      return [choice(path, error.params["allowedValues"], value)]
    case "minimum":
    case "maximum":
      return [
        {
          rule: "range",
          path,
          at: "value",
          message: `expected ${form.minimum} to ${form.maximum}, got ${show(value)}`,
        },
      ]
    case "uniqueItems": {
      const second = Math.max(error.params["i"], error.params["j"])
      return [{ rule: "repeated", path: [...path, second], at: "value", message: "stands in the list twice" }]
    }
    case "discriminator":
      return [untold(path, error)]
    case "anyOf":
    case "oneOf":
      return []
    default:
      throw new Error(`no message for the schema keyword ${error.keyword}`)
  }
}

/** What our schemas say of themselves where one of their rules is broken. */
interface Form {
  readonly expected?: string
  readonly secret?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, unknown>>
  readonly oneOf?: readonly { readonly properties: Readonly<Record<string, { readonly const?: unknown }>> }[]
}

function wrongType(path: Path, type: string, value: unknown): Problem {
  const expected = TYPE_NAMES[type] ?? type
  const base = { rule: "type", path, at: "value", message: `expected ${expected}, got ${describe(value)}` } as const
  if (type === "string" && (typeof value === "number" || typeof value === "boolean" || value === null)) {
    return { ...base, hint: "put it in quotes if text is meant" }
  }
  if (type === "integer" && typeof value === "string")
    return { ...base, hint: "write a number in plain digits, without quotes" }
  return base
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "text",
  integer: "a whole number",
}

function missing(path: Path, key: string): Problem {
  return { rule: "missing-key", path, at: "key", message: `the key ${JSON.stringify(key)} is missing` }
}

function unknown(path: Path, key: string, form: Form): Problem {
  const where = { path: [...path, key], at: "key" } as const
  if (form.expected !== undefined) {
    return { rule: "text", ...where, message: `expected ${form.expected} as the key, got ${show(key)}` }
  }
  const keys = Object.keys(form.properties ?? {})
  const meant = nearest(key, keys)
  const hint = meant === undefined ? `known here: ${keys.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`
  return { rule: "unknown-key", ...where, message: `the key ${show(key)} is unknown`, hint }
}

function choice(path: Path, allowed: readonly unknown[], value: unknown): Problem {
  const names = allowed.map(String)
  const meant = typeof value === "string" ? nearest(value, names) : undefined
  return {
    rule: "choice",
    path,
    at: "value",
    message: `expected ${names.length === 1 ? "" : "one of "}${names.join(", ")}, got ${show(value)}`,
    ...(meant === undefined ? {} : { hint: `did you mean ${JSON.stringify(meant)}?` }),
  }
}

/** The key that tells the branches of a union apart is missing or has a value of none of them. */
function untold(path: Path, error: ErrorObject): Problem {
  const tag: string = error.params["tag"]
  const value: unknown = error.params["tagValue"]
  if (value === undefined) return missing(path, tag)
  const branches = (error.parentSchema as Form | undefined)?.oneOf ?? []
  return choice(
    [...path, tag],
    branches.map(branch => branch.properties[tag]?.const),
    value,
  )
}

function got(form: Form, value: unknown): string {
  return form.secret === true ? "something else" : show(value)
}

function describe(value: unknown): string {
  const shown = show(value)
  return typeof value === "number" || typeof value === "boolean"
    ? `the ${typeof value} ${shown}`
    : typeof value === "string"
      ? `the text ${shown}`
      : shown
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : "a map"
}

/** RFC 6901 §4. List positions become numbers; a map key of digits only is not possible in our forms. */
function pointer(text: string): Path {
  return text
    .split("/")
    .slice(1)
    .map(part => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map(part => (/^\d+$/.test(part) ? Number(part) : part))
}

/** The candidate that differs by letter case or by at most a third of its letters. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 40) return undefined
  const [best] = candidates
    .map(candidate => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  return best?.candidate
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...a].entries()) {
    const next = [line + 1]
    for (const [column, other] of [...b].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
