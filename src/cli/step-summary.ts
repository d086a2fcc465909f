import { appendFile } from "node:fs/promises"
import type { Io } from "./io.ts"

/** Adds Markdown to what GitHub shows of a run, where there is such a run. */
export async function addToStepSummary(markdown: string, io: Io): Promise<void> {
  const file = io.env["GITHUB_STEP_SUMMARY"]
  if (file !== undefined && file !== "") await appendFile(file, markdown)
}
