import type { TSchema } from "typebox"
import { WRITTEN_FORMS } from "./forms/all.ts"

/** JSON Schemas of the kinds that people write, by file name: draft 7, which is what editors know best. */
export function editorSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(WRITTEN_FORMS).map(([kind, form]) => [
      `${kind.toLowerCase()}.schema.json`,
      editorSchema(kind, form),
    ]),
  )
}

/** Words that only our own messages use. */
const OURS: ReadonlySet<string> = new Set(["expected", "secret", "discriminator"])

function editorSchema(kind: string, form: TSchema): string {
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", title: kind, ...form }
  return `${JSON.stringify(schema, (key, value) => (OURS.has(key) ? undefined : value), 2)}\n`
}
