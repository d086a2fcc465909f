/**
 * `npx tsx scripts/github-openapi-slice.ts`: cuts what the fake GitHub validates against out of GitHub's own OpenAPI
 * description (npm package @octokit/openapi, 394 MB unpacked, hence not a dependency) and turns it into JSON Schema 2019-09.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const SOURCE = "@octokit/openapi@23.0.2"
export const SLICE_PATH = fileURLToPath(new URL("../test/support/github/openapi/slice.json", import.meta.url))

/** `operationId`s of everything that we, `gh` or a workflow of ours asks of GitHub. */
export const OPERATIONS: readonly string[] = [
  "actions/create-workflow-dispatch",
  "actions/get-github-actions-default-workflow-permissions-repository",
  "actions/get-pending-deployments-for-run",
  "actions/get-reviews-for-run",
  "actions/get-workflow-run",
  "actions/list-workflow-runs-for-repo",
  "actions/review-pending-deployments-for-run",
  "checks/create",
  "checks/get",
  "checks/list-annotations",
  "checks/list-for-ref",
  "checks/update",
  "git/create-blob",
  "git/create-commit",
  "git/create-ref",
  "git/create-tree",
  "git/delete-ref",
  "git/get-blob",
  "git/get-commit",
  "git/get-ref",
  "git/get-tree",
  "git/list-matching-refs",
  "git/update-ref",
  "issues/add-labels",
  "issues/create",
  "issues/create-comment",
  "issues/create-label",
  "issues/delete-comment",
  "issues/get",
  "issues/get-comment",
  "issues/get-label",
  "issues/list-comments",
  "issues/list-events",
  "issues/list-for-repo",
  "issues/update",
  "issues/update-comment",
  "pulls/create",
  "pulls/create-review",
  "pulls/dismiss-review",
  "pulls/get",
  "pulls/list",
  "pulls/list-commits",
  "pulls/list-files",
  "pulls/list-reviews",
  "pulls/merge",
  "pulls/update",
  "rate-limit/get",
  "repos/check-immutable-releases",
  "repos/codeowners-errors",
  "repos/compare-commits-with-basehead",
  "repos/create-attestation",
  "repos/create-dispatch-event",
  "repos/create-or-update-environment",
  "repos/create-or-update-file-contents",
  "repos/create-pages-deployment",
  "repos/create-release",
  "repos/create-repo-ruleset",
  "repos/delete-release",
  "repos/delete-release-asset",
  "repos/disable-immutable-releases",
  "repos/enable-immutable-releases",
  "repos/get",
  "repos/get-all-environments",
  "repos/get-branch",
  "repos/get-branch-protection",
  "repos/get-branch-rules",
  "repos/get-collaborator-permission-level",
  "repos/get-commit",
  "repos/get-content",
  "repos/get-environment",
  "repos/get-latest-release",
  "repos/get-pages",
  "repos/get-pages-deployment",
  "repos/get-release",
  "repos/get-release-asset",
  "repos/get-release-by-tag",
  "repos/get-repo-ruleset",
  "repos/get-repo-rulesets",
  "repos/list-activities",
  "repos/list-attestations",
  "repos/list-branches",
  "repos/list-commits",
  "repos/list-deployment-branch-policies",
  "repos/list-pull-requests-associated-with-commit",
  "repos/list-release-assets",
  "repos/list-releases",
  "repos/update-release",
  "repos/update-release-asset",
  "repos/update-repo-ruleset",
  "repos/upload-release-asset",
  "users/get-authenticated",
  "users/get-by-username",
]

/** Where what the description says in words is missing from its schemas. */
const CORRECTIONS: Readonly<Record<string, (schema: JsonObject) => JsonObject>> = {
  // repos/upload-release-asset: "This may leave an empty asset with a state of `starter`."
  "release-asset": schema => {
    const properties = objectAt(schema, "properties")
    const state = { type: "string", enum: ["uploaded", "open", "starter"] }
    return { ...schema, properties: { ...properties, state } }
  },
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = { readonly [key: string]: Json }

const METHODS = ["get", "put", "post", "patch", "delete"]
const NO_MEANING = new Set([
  "example",
  "examples",
  "discriminator",
  "description",
  "title",
  "externalDocs",
  "deprecated",
])

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

function objectAt(value: JsonObject, ...path: readonly string[]): JsonObject {
  let here: Json | undefined = value
  for (const key of path) here = isObject(here) ? here[key] : undefined
  return isObject(here) ? here : {}
}

/** OpenAPI 3.0 → JSON Schema: `nullable` becomes a type or an alternative; what does not validate is dropped. */
export function jsonSchemaOf(schema: Json, isPropertyMap = false): Json {
  if (Array.isArray(schema)) return schema.map(one => jsonSchemaOf(one))
  if (!isObject(schema)) return schema
  const kept = Object.entries(schema).filter(
    ([key]) => isPropertyMap || !(NO_MEANING.has(key) || key === "nullable" || key.startsWith("x-")),
  )
  const converted = Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string"
        ? value.replace("#/components/schemas/", "#/$defs/")
        : key === "enum" || key === "default"
          ? value
          : jsonSchemaOf(value, !isPropertyMap && key === "properties"),
    ]),
  )
  if (isPropertyMap || schema["nullable"] !== true) return converted
  const { type, ...rest } = converted
  if (typeof type !== "string") return { anyOf: [converted, { type: "null" }] }
  const values = rest["enum"]
  return { ...rest, type: [type, "null"], ...(Array.isArray(values) ? { enum: [...new Set([...values, null])] } : {}) }
}

function referencesIn(schema: Json): readonly string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, name = ""]) => name)
}

export function sliceOf(description: JsonObject, operations: readonly string[], version: string): JsonObject {
  const resolve = (value: Json): JsonObject => {
    const reference = isObject(value) ? value["$ref"] : undefined
    return typeof reference === "string"
      ? objectAt(description, ...reference.slice(2).split("/"))
      : isObject(value)
        ? value
        : {}
  }
  const contentOf = (value: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(objectAt(value, "content")).map(([type, media]) => [
        type,
        jsonSchemaOf((isObject(media) ? media["schema"] : undefined) ?? {}),
      ]),
    )
  const found = new Map<string, JsonObject>()
  for (const [path, methods] of Object.entries(objectAt(description, "paths")))
    for (const method of METHODS) {
      const operation = objectAt({ methods }, "methods", method)
      const id = operation["operationId"]
      if (typeof id !== "string" || !operations.includes(id)) continue
      const list = operation["parameters"]
      const parameters = (Array.isArray(list) ? list : []).map((one: Json) => {
        const { name = null, in: where = null, required = false, schema = {}, ...rest } = resolve(one)
        const multi = rest["x-multi-segment"] === true ? { multiSegment: true } : {}
        return { name, in: where, required, ...multi, schema: jsonSchemaOf(schema) }
      })
      const body = operation["requestBody"]
      const request = body === undefined ? {} : { request: contentOf(resolve(body)) }
      const required = body !== undefined && resolve(body)["required"] === true ? { requestRequired: true } : {}
      const responses = Object.fromEntries(
        Object.entries(objectAt(operation, "responses")).map(([status, response]) => [
          status,
          contentOf(resolve(response)),
        ]),
      )
      const servers = operation["servers"] === undefined ? {} : { uploads: true }
      found.set(id, {
        id,
        method: method.toUpperCase(),
        path,
        ...servers,
        parameters,
        ...request,
        ...required,
        responses,
      })
    }
  const missing = operations.filter(id => !found.has(id))
  if (missing.length > 0) throw new Error(`${SOURCE} has no ${missing.join(", ")}`)
  const all = objectAt(description, "components", "schemas")
  const errors = ["basic-error", "validation-error", "validation-error-simple"]
  const defs = new Map<string, Json>()
  const queue = [...errors, ...referencesIn([...found.values()])]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (defs.has(name)) continue
    const schema = jsonSchemaOf(CORRECTIONS[name]?.(objectAt(all, name)) ?? all[name] ?? {})
    defs.set(name, schema)
    queue.push(...referencesIn(schema))
  }
  return {
    header: {
      source: version,
      licence: "MIT, Copyright (c) 2020 Octokit contributors",
      regenerate: "npx tsx scripts/github-openapi-slice.ts",
    },
    operations: operations.map(id => found.get(id) ?? {}),
    $defs: Object.fromEntries([...defs].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** An operation and a schema a line, so that a change of GitHub's is a change of lines. */
function formatSlice(slice: JsonObject): string {
  const operations = slice["operations"]
  const lines = (Array.isArray(operations) ? operations : []).map((one: Json) => JSON.stringify(one))
  const defs = Object.entries(objectAt(slice, "$defs")).map(([name, schema]) => `"${name}":${JSON.stringify(schema)}`)
  return `{"header":${JSON.stringify(slice["header"])},\n"operations":[\n${lines.join(",\n")}\n],\n"$defs":{\n${defs.join(",\n")}\n}}\n`
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "github-openapi-"))
  try {
    execFileSync("npm", ["pack", "--silent", SOURCE], { cwd: folder, stdio: "ignore" })
    execFileSync("sh", ["-c", "tar -xzf ./*.tgz package/generated/api.github.com.json"], { cwd: folder })
    const description: JsonObject = JSON.parse(
      readFileSync(join(folder, "package/generated/api.github.com.json"), "utf8"),
    )
    writeFileSync(SLICE_PATH, formatSlice(sliceOf(description, OPERATIONS, SOURCE)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
