/** What GitHub's own description says of a request and of its answer, as sentences about what is wrong with one. */
import { readFileSync } from "node:fs"
import { type ErrorObject, type ValidateFunction, Ajv2019 as Validator } from "ajv/dist/2019.js"

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

interface Parameter {
  readonly name: string
  readonly in: "path" | "query" | "header"
  readonly required: boolean
  /** It may contain slashes (`x-multi-segment`). */
  readonly multiSegment?: boolean
  readonly schema: JsonObject
}

type Contents = Readonly<Record<string, JsonObject>>

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  /** Served by the uploads host. */
  readonly uploads?: true
  readonly parameters: readonly Parameter[]
  readonly request?: Contents
  readonly requestRequired?: true
  readonly responses: Readonly<Record<string, Contents>>
}

interface Slice {
  readonly header: { readonly source: string; readonly licence: string; readonly regenerate: string }
  readonly operations: readonly Operation[]
  readonly $defs: Readonly<Record<string, JsonObject>>
}

export interface Match {
  readonly operation: Operation
  readonly path: Readonly<Record<string, string>>
}

/** Read and compiled once a process, each schema when it is first needed. */
export const slice: Slice = JSON.parse(readFileSync(new URL("./openapi/slice.json", import.meta.url), "utf8"))

/** Formats of the description; `uri-template`, `binary` and `repo.nwo` are for people. */
const FORMATS: Readonly<Record<string, true | RegExp>> = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^\d{4}-\d\d-\d\d/,
  uri: /^[a-z][a-z0-9+.-]*:[^\s]+$/i,
  email: /^[^@\s]+@[^@\s]+$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  "uri-template": true,
  "repo.nwo": true,
  binary: true,
  int64: true,
  hostname: true,
  ipv4: true,
  ipv6: true,
}

const ajv = new Validator({ strict: false, validateFormats: true, formats: { ...FORMATS }, coerceTypes: false })
ajv.addSchema({ $id: "github", $defs: eachClosed(slice.$defs) })
const coercing = new Validator({ strict: false, formats: { ...FORMATS }, coerceTypes: "array" })

const compiled = new Map<string, ValidateFunction>()
function validatorOf(key: string, schema: () => JsonObject): ValidateFunction {
  const known = compiled.get(key) ?? ajv.compile(schema())
  compiled.set(key, known)
  return known
}

interface Route {
  readonly operation: Operation
  readonly pattern: RegExp
  readonly names: readonly string[]
  /** Parts of the path that are no variables. */
  readonly words: number
}

// What says more is meant before what says less: `releases/latest` before `releases/{release_id}`.
const ROUTES: readonly Route[] = slice.operations
  .map(routeOf)
  .sort((a, b) => b.words - a.words || a.names.length - b.names.length)

function routeOf(operation: Operation): Route {
  const names: string[] = []
  const pattern = operation.path.split("/").map(part => {
    const [, before = "", name, after = ""] = /^([^{]*)\{(\w+)\}(.*)$/.exec(part) ?? []
    if (name === undefined) return part
    names.push(name)
    const multi = operation.parameters.some(one => one.name === name && one.multiSegment)
    return `${before}(${multi ? ".+" : "[^/]+"})${after}`
  })
  return { operation, pattern: new RegExp(`^${pattern.join("/")}$`), names, words: pattern.length - names.length }
}

/** The operation of a method and a percent-encoded path. */
export function matchOperation(method: string, path: string): Match | undefined {
  for (const { operation, pattern, names } of ROUTES) {
    const found = operation.method === method ? pattern.exec(path) : null
    if (found === null) continue
    return {
      operation,
      path: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? "")])),
    }
  }
  return undefined
}

/** What is wrong with path, query and body of a request; GitHub itself ignores what it does not know. */
export function requestFaults(
  { operation, path }: Match,
  query: URLSearchParams,
  contentType: string | undefined,
  body: Json | undefined,
): readonly string[] {
  const given = new Map([...Object.entries(path), ...query])
  const faults: string[] = []
  for (const parameter of operation.parameters) {
    const value = given.get(parameter.name)
    given.delete(parameter.name)
    if (value === undefined) {
      if (parameter.required && parameter.in !== "header") faults.push(`parameter ${parameter.name} is missing`)
      continue
    }
    const key = `${operation.id} ${parameter.name}`
    const validate = compiled.get(key) ?? coercing.compile({ $defs: slice.$defs, ...objectOf(parameter) })
    compiled.set(key, validate)
    if (!validate({ [parameter.name]: value })) faults.push(...sentences(validate.errors, `parameter `))
  }
  for (const name of given.keys()) faults.push(`parameter ${name} is not known`)
  return [...faults, ...bodyFaults(operation, contentType, body)]
}

function objectOf({ name, schema }: Parameter): JsonObject {
  return { type: "object", properties: { [name]: schema } }
}

function bodyFaults(operation: Operation, contentType: string | undefined, body: Json | undefined): readonly string[] {
  const json = operation.request?.["application/json"]
  if (operation.request === undefined) return body === undefined || isEmpty(body) ? [] : ["a body, where none is taken"]
  if (json === undefined) return []
  if (body === undefined) return operation.requestRequired ? ["the body is missing"] : []
  const faults = contentType?.startsWith("application/json") ? [] : [`content-type ${contentType ?? "is missing"}`]
  const validate = validatorOf(`${operation.id} request`, () => pointed(closed(json)))
  return validate(body) ? faults : [...faults, ...sentences(validate.errors, "body")]
}

const isEmpty = (body: Json): boolean => typeof body === "object" && body !== null && Object.keys(body).length === 0

/**
 * Errors are under-described (creating a release lists no 403, uploading one 422 without a body): these statuses may
 * have one of GitHub's three error bodies everywhere.
 */
const ERRORS = new Set([401, 403, 404, 409, 412, 422, 429, 500, 502, 503, 504])
const ERROR: JsonObject = {
  anyOf: ["basic-error", "validation-error", "validation-error-simple"].map(name => ({ $ref: `#/$defs/${name}` })),
}

/** What is wrong with an answer: nothing may be missing, of another form, or invented. */
export function responseFaults(
  operation: Operation,
  status: number,
  body: Json | undefined,
  isRaw = false,
): readonly string[] {
  if (status === 304) return body === undefined ? [] : ["a body with 304"]
  if (ERRORS.has(status)) {
    const validate = validatorOf("error", () => pointed(closed(ERROR)))
    return validate(body) ? [] : sentences(validate.errors, `answer ${status}`)
  }
  const contents = operation.responses[String(status)]
  if (contents === undefined) return [`answer ${status} is not described`]
  // Another media type, e.g. `application/vnd.github.raw`
  if (isRaw) return []
  const json = Object.entries(contents).find(([type]) => type.includes("json"))?.[1]
  if (json === undefined) return body === undefined ? [] : [`answer ${status} has a body, where none is described`]
  const validate = validatorOf(`${operation.id} ${status}`, () => pointed(closed(json)))
  return validate(body) ? [] : sentences(validate.errors, `answer ${status}`)
}

function sentences(errors: ValidateFunction["errors"], where: string): readonly string[] {
  const text = ({ instancePath, message = "", params }: ErrorObject) =>
    `${where}${instancePath} ${message}${params["unevaluatedProperty"] === undefined ? "" : `: ${params["unevaluatedProperty"]}`}`
  return [...new Set((errors ?? []).map(text))].slice(0, 5)
}

const pointed = (schema: JsonObject): JsonObject =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"github#/$defs/'))

/** The definitions with everything within them closed; they themselves are closed where they are used, as `allOf` may join several. */
function eachClosed(definitions: Readonly<Record<string, JsonObject>>): JsonObject {
  return Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, closedWithin(schema)]))
}

/** Forbids members that the schema does not know, here and below. */
function closed(schema: JsonObject): JsonObject {
  const within = closedWithin(schema)
  const describes = ["properties", "$ref", "allOf", "anyOf", "oneOf"].some(key => key in within)
  return describes && !isFree(schema) ? { ...within, unevaluatedProperties: false } : within
}

/** An alternative that says nothing of its members takes them all. */
function isFree(schema: JsonObject): boolean {
  const reference =
    typeof schema["$ref"] === "string" ? slice.$defs[schema["$ref"].slice("#/$defs/".length)] : undefined
  if (reference !== undefined) return isFree(reference)
  const alternatives = [schema["anyOf"], schema["oneOf"], schema["allOf"]].flatMap(list => asList(list))
  if (alternatives.length > 0) return alternatives.some(one => isObject(one) && isFree(one))
  const { type = "object", properties, additionalProperties } = schema
  return asList(type).includes("object") && properties === undefined && additionalProperties === undefined
}

function closedWithin(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === "properties" && isObject(value))
        return [key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asClosed(one)]))]
      if (key === "items" || key === "additionalProperties") return [key, asClosed(value)]
      if (["allOf", "anyOf", "oneOf"].includes(key))
        return [key, asList(value).map(one => (isObject(one) ? closedWithin(one) : one))]
      return [key, value]
    }),
  )
}

function asClosed(value: Json | undefined): Json | undefined {
  return isObject(value) ? closed(value) : value
}

function asList(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as Json]
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
