import { execFile } from "node:child_process"
import { rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Contender } from "./harness.ts"
import type { Algorithm, Workbench } from "./workbench.ts"

const run = promisify(execFile)
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** One bundle in one process of the compiled program: start, load, build, write. */
export async function cold(bench: Workbench, algorithm: Algorithm): Promise<Contender> {
  const args = [program("start-one.mjs"), bench.path, algorithm, `${bench.path}/out`]
  await run(process.execPath, [...args, "--prepare"], { env })
  return child("scb", bench, args)
}

/** The part of that which nobody can save. */
export function emptyNode(bench: Workbench): Contender {
  return child("node -e 0", bench, ["-e", "0"])
}

/** Node 20 reads these certificates at every start, needed or not. The shells are spared the system's, too. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env

function child(name: string, bench: Workbench, args: readonly string[]): Contender {
  return {
    name,
    async round() {
      const started = performance.now()
      await run(process.execPath, [...args], { env })
      const elapsed = performance.now() - started
      await rm(`${bench.path}/out`, { recursive: true, force: true })
      return elapsed
    },
  }
}

export interface ManyBuilt {
  readonly millisecondsPerBundle: number
  readonly peakMegabytes: number
}

/** `count` bundles on all cores in a process of their own, after `warmUp` that do not count. */
export async function buildMany(
  bench: Workbench,
  algorithm: Algorithm,
  count: number,
  warmUp: number,
): Promise<ManyBuilt> {
  const out = `${bench.path}/out`
  const args = [bench.path, algorithm, count, warmUp, out].map(String)
  const { stdout } = await run(process.execPath, [program("build-many.mjs"), ...args])
  await rm(out, { recursive: true })
  return JSON.parse(stdout) as ManyBuilt
}

export function throughput(bench: Workbench, algorithm: Algorithm, count: number, warmUp: number): Contender {
  return {
    name: "scb",
    round: async () => (await buildMany(bench, algorithm, count, warmUp)).millisecondsPerBundle,
  }
}
