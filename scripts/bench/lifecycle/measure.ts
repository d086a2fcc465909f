import { execFile } from "node:child_process"
import { readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { formatInstant, type Instant, parseInstant } from "../../../src/domain/instant.ts"
import { sample } from "../harness.ts"
import { compare, type Findings, figure, joined, verdict } from "../report.ts"
import { commitEdit, type Estate, makeEstate } from "./estate.ts"

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL("plan-once.mjs", import.meta.url))
const DIST = fileURLToPath(new URL("../../../dist", import.meta.url))
const NOW = parseInstant("2026-11-22T10:00:00Z") as Instant
const PART = { part: "lifecycle", algorithm: "P-256" } as const

interface Cost {
  /** Milliseconds of this process's own time, git's left out. */
  readonly cpu: number
  readonly wall: number
  /** Megabytes. */
  readonly peak: number
  readonly steps?: number
}

/** Plans over ever larger repositories: without notes, with those of the run before, and after one bundle was edited. */
export async function measureLifecycle(counts: readonly number[]): Promise<Findings> {
  const found: Findings[] = []
  for (const count of counts) {
    process.stderr.write(`measuring lifecycle, ${count} bundles\n`)
    found.push(await measureEstate(await makeEstate(join(tmpdir(), "scb-bench-estates"), count, NOW)))
  }
  return joined(found)
}

async function measureEstate(estate: Estate): Promise<Findings> {
  const cache = join(estate.repository, "..", "notes")
  rmSync(cache, { recursive: true, force: true })
  const once = (what: string) => measureOnce(what, estate, cache)
  askForKeyspace("shop", estate)
  const floor = await once("floor")
  const first = await once("plan")
  if (first.steps !== 0) throw new Error(`nothing should be due in ${estate.repository}, got ${first.steps} steps`)
  const again = await once("plan")
  askForKeyspace("other", estate)
  const edited = await once("plan")
  const transaction = await once("transaction")
  const status = await once("status")
  const name = (what: string) => `${what}, ${estate.bundles} bundles`
  const cpu = (what: string, cost: Cost) => sample(name(what), [cost.cpu])
  const costs = {
    "first plan": first,
    "plan again": again,
    "one edited": edited,
    floor,
    "transaction of one": transaction,
    "status of one, from the catalog": status,
  }
  const promised = estate.bundles === 10_000
  return {
    figures: [
      ...Object.entries(costs).map(([what, cost]) => figure("lifecycle", "P-256", "ms", cpu(what, cost))),
      figure("lifecycle", "P-256", "MB", sample(name("first plan, peak"), [first.peak])),
      figure("lifecycle", "P-256", "MB", sample(name("one edited, peak"), [edited.peak])),
    ],
    verdicts: [
      ...compare("lifecycle", "P-256", cpu("first plan", first), cpu("floor", floor)),
      ...compare(
        "lifecycle",
        "P-256",
        cpu("first plan", first),
        cpu("one edited", edited),
        promised ? { bound: "at least", value: 20 } : undefined,
      ),
      verdict(
        { ...PART, name: name("first plan"), unit: "s" },
        first.cpu / 1000,
        promised ? { bound: "at most", value: 5 } : undefined,
      ),
      verdict(
        { ...PART, name: name("first plan, peak"), unit: "MB" },
        first.peak,
        promised ? { bound: "at most", value: 1024 } : undefined,
      ),
    ],
  }
}

async function measureOnce(what: string, { repository, now }: Estate, cache: string): Promise<Cost> {
  const args = [PROGRAM, DIST, what, repository, formatInstant(now), cache]
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24 })
  return JSON.parse(stdout) as Cost
}

/** Of one bundle; the estate outlives the run. */
function askForKeyspace(keyspace: string, { repository }: Estate): void {
  const path = "bundles/estate-0-dev/app-0-0.yaml"
  const text = readFileSync(join(repository, path), "utf8")
  const edited = text.replace(/keyspace: \w+\n/, `keyspace: ${keyspace}\n`)
  if (edited !== text) commitEdit(repository, path, edited)
}
