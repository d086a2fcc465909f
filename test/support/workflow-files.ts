/** The workflow and action files of this repository, and those that it gives to bundle repositories. */
import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"

export const ROOT = fileURLToPath(new URL("../..", import.meta.url))

export interface Step {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly uses?: string
  readonly run?: string
  readonly shell?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

export interface Job {
  readonly if?: string
  readonly needs?: string | readonly string[]
  readonly uses?: string
  readonly secrets?: unknown
  readonly environment?: unknown
  readonly permissions?: unknown
  readonly "runs-on"?: unknown
  readonly "timeout-minutes"?: number
  readonly env?: Readonly<Record<string, string>>
  readonly steps?: readonly Step[]
}

export interface Workflow {
  readonly on?: unknown
  readonly env?: Readonly<Record<string, string>>
  readonly permissions?: unknown
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

/** `jobs` of an action: none; its steps count as those of every job that uses it. */
export interface WorkflowFile {
  /** In this repository. */
  readonly path: string
  readonly kind: "workflow" | "action"
  readonly text: string
  readonly workflow: Workflow
  readonly steps: readonly Step[]
}

export function parseWorkflowFile(path: string, text: string): WorkflowFile {
  const content = parse(text)
  const kind = /^action\.ya?ml$/.test(basename(path)) ? "action" : "workflow"
  const workflow: Workflow = kind === "action" ? { jobs: {} } : content
  const steps =
    kind === "action" ? (content.runs.steps ?? []) : Object.values(workflow.jobs).flatMap(each => each.steps ?? [])
  return { path, kind, text, workflow, steps }
}

export function workflowFiles(): readonly WorkflowFile[] {
  return [".github/workflows", ".github/actions", "templates/github/workflows"]
    .flatMap(folder =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map(name => join(folder, name)),
    )
    .filter(path => /\/workflows\/[^/]+\.yml$|\/action\.yml$/.test(path))
    .sort()
    .map(path => parseWorkflowFile(path, readFileSync(join(ROOT, path), "utf8")))
}
