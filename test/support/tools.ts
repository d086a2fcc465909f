import { spawnSync } from "node:child_process"

/** Whether a program can be started here. Where CI promises that all are there (`CI=true`) the answer is yes, so that a missing one fails its test. */
export function hasTool(name: string): boolean {
  if (process.env["CI"] === "true") return true
  return spawnSync("sh", ["-c", `command -v "$0"`, name], { stdio: "ignore" }).status === 0
}
