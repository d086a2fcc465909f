import { spawnSync } from "node:child_process"
import { homedir } from "node:os"
import { join } from "node:path"

/** Where `scripts/setup-interop.sh` puts what it installs. */
export const INTEROP_CACHE =
  process.env["SCB_INTEROP_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "scb-interop")

/** Whether a program, by name or path, can be started here. Where CI promises that all are there (`CI=true`) the answer is yes, so that a missing one fails its test. */
export function hasTool(name: string): boolean {
  if (process.env["CI"] === "true") return true
  return spawnSync("sh", ["-c", `command -v "$0"`, name], { stdio: "ignore" }).status === 0
}
