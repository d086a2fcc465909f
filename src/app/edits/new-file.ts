import type { Json } from "../../domain/json.ts"
import { setValue } from "../../schema/yaml-edit.ts"
import { textOf } from "../read-repository.ts"
import type { EditScene } from "./proposal.ts"

/** A YAML file as it is first written, with the line by which editors find its schema; members without a value are left out. */
export function newYaml(schema: string, members: Readonly<Record<string, Json | undefined>>): string {
  return Object.entries(members).reduce(
    (text, [key, value]) => (value === undefined ? text : setValue(text, [key], value)),
    `# yaml-language-server: $schema=${schema}\n`,
  )
}

/** Of files that are to be there: those that are not. Undefined where one is there with other content. */
export function missingFiles(
  { tree }: EditScene,
  files: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> | undefined {
  const present = [...files.keys()].filter(path => tree.has(path))
  if (present.some(path => textOf(tree, path) !== files.get(path))) return undefined
  return new Map([...files].filter(([path]) => !present.includes(path)))
}
