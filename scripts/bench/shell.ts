import { execFile, spawnSync } from "node:child_process"
import { rm } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Contender } from "./harness.ts"
import type { Algorithm, Workbench } from "./workbench.ts"

/** Shell scripts for the same bundle: what people write today, and the best that one can write. */
export const SCRIPTS = {
  naive: { file: "shell-naive.sh", tools: ["openssl", "keytool", "zip", "gpg", "sha256sum"] },
  "no JVM": { file: "shell-no-jvm.sh", tools: ["openssl", "zip", "gpg", "sha256sum"] },
} as const
export type Script = keyof typeof SCRIPTS

const run = promisify(execFile)
let serial = 0

/** Tools that the script needs and this machine does not have. */
export function missingTools(script: Script): readonly string[] {
  const tools = [...SCRIPTS[script].tools, "xargs"]
  return tools.filter(tool => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0)
}

/** One bundle from nothing, the gpg agent already running. */
export function shellCold(script: Script, bench: Workbench, algorithm: Algorithm): Contender {
  return shell(script, bench, algorithm, 1, 1)
}

/** `count` bundles at `xargs -P <cores>`. */
export function shellThroughput(script: Script, bench: Workbench, algorithm: Algorithm, count: number): Contender {
  return shell(script, bench, algorithm, count, availableParallelism())
}

function shell(script: Script, bench: Workbench, algorithm: Algorithm, count: number, lanes: number): Contender {
  const path = fileURLToPath(new URL(SCRIPTS[script].file, import.meta.url))
  return {
    name: `shell, ${script}`,
    async round() {
      const prefix = `b${serial++}-`
      const started = performance.now()
      await (lanes === 1
        ? run("sh", [path, bench.path, algorithm, `${prefix}1`])
        : run(
            "sh",
            ["-c", 'seq "$1" | xargs -P "$2" -I{} sh "$3" "$4" "$5" "$6"{}', "sh"].concat(
              [count, lanes, path, bench.path, algorithm, prefix].map(String),
            ),
          ))
      const elapsed = performance.now() - started
      await rm(`${bench.path}/out`, { recursive: true })
      return elapsed / count
    },
  }
}
