import type { Json } from "../domain/json.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import { readYaml } from "./yaml.ts"
import { isList, isRecord, isSame, membersOf } from "./yaml-values.ts"

export function memberText(key: string, value: Json): string {
  return `${wordText(key)}: ${flowText(value)}`
}

/** On one line. */
export function flowText(value: Json): string {
  if (typeof value === "string") return wordText(value)
  if (isList(value)) return `[${value.map(flowText).join(", ")}]`
  if (!isRecord(value)) return JSON.stringify(value)
  const members = membersOf(value).map(([key, each]) => memberText(key, each))
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`
}

/** Plain where the front door reads it as that very text, in a list as elsewhere. */
export function wordText(text: string): string {
  const plain = /^[A-Za-z0-9]/.test(text) && isSame(readSoundly(`[${text}]`), [text])
  return plain ? text : JSON.stringify(text)
}

/** In the quotes of the scalar that it replaces; undefined where that had none, or they cannot hold it. */
export function inQuotesOf(type: unknown, value: string): string | undefined {
  if (type === "QUOTE_DOUBLE") return JSON.stringify(value)
  return type === "QUOTE_SINGLE" && /^\P{C}*$/u.test(value) ? `'${value.replaceAll("'", "''")}'` : undefined
}

function readSoundly(text: string): unknown {
  const { document, findings } = readYaml("edited.yaml", encodeUtf8(text))
  return findings.length === 0 ? document?.value : undefined
}
