import { resultJson } from "./result.ts"
import { paint, type Style } from "./style.ts"

export interface Completion {
  readonly path: string
  /** False if the bundle had its private key already. */
  readonly added: boolean
}

export function renderCompletionText({ path, added }: Completion, style: Style): string {
  return `${paint("green", "complete", style)} ${path}${added ? "" : ": it had its private key already"}\n`
}

export function renderCompletionJson({ path, added }: Completion): string {
  return resultJson("Completion", { path, added })
}
