import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { availableParallelism, cpus, totalmem } from "node:os"
import { parseArgs } from "node:util"
import { gatewayObstacle, measureGateway } from "./gateway/measure.ts"
import { haproxyVersion } from "./gateway/proxies.ts"
import { type Contender, combine, interleave, type Sample } from "./harness.ts"
import { measureLifecycle } from "./lifecycle/measure.ts"
import { floors, openPgpAlone, openPipeline, pipeline, releaseSizes } from "./pipeline.ts"
import { buildMany, cold, emptyNode, throughput } from "./processes.ts"
import {
  compare,
  type Figure,
  type Findings,
  figure,
  formatReport,
  joined,
  PARTS,
  type Part,
  type Report,
  type Verdict,
  verdict,
} from "./report.ts"
import { missingTools, SCRIPTS, type Script, shellCold, shellThroughput } from "./shell.ts"
import { selfCheck, stages } from "./stages.ts"
import { ALGORITHMS, type Algorithm, setUpWorkbench, type Workbench } from "./workbench.ts"

const HELP = `npm run bench -- [options]

  --only PART        ${PARTS.join(", ")}; may be repeated
  --key ALGORITHM    ${ALGORITHMS.join(", ")}; may be repeated
  --quick            fewer samples: minutes become seconds, and figures rougher
  --json FILE        also write every figure, ratio and budget as JSON
  --budgets          exit 1 when a budget is missed
  --built            measure dist/ as it lies instead of building it first
`

/** Rounds, and bundles a round. RSA keys cost a hundred times as much. */
const EFFORT = {
  full: {
    stages: { rounds: 7, "P-256": 100, "RSA-2048": 8 },
    "one-core": { rounds: 11, "P-256": 150, "RSA-2048": 8 },
    "all-cores": { rounds: 5, "P-256": 2000, "RSA-2048": 80, naive: 12, "no JVM": 80 },
    cold: { rounds: 11 },
    memory: { counts: { "P-256": [1_000, 3_000, 10_000], "RSA-2048": [100, 200, 400] } },
    gateway: { rounds: 5, millis: 3000, idle: 5000, heldMillis: 30_000 },
    lifecycle: { counts: [100, 1_000, 10_000, 100_000] },
  },
  quick: {
    stages: { rounds: 3, "P-256": 30, "RSA-2048": 2 },
    "one-core": { rounds: 5, "P-256": 50, "RSA-2048": 4 },
    "all-cores": { rounds: 2, "P-256": 800, "RSA-2048": 24, naive: 8, "no JVM": 24 },
    cold: { rounds: 3 },
    memory: { counts: { "P-256": [200, 1_000, 2_000], "RSA-2048": [10, 20, 40] } },
    gateway: { rounds: 1, millis: 1000, idle: 1000, heldMillis: 2000 },
    lifecycle: { counts: [100, 1_000] },
  },
} as const

/** Bundles a thread before its code is compiled as well as it will be. */
const WARM_UP: Readonly<Record<Algorithm, number>> = { "P-256": 100, "RSA-2048": 4 }

type Measure = (bench: Workbench, algorithm: Algorithm, effort: Effort) => Promise<Findings>
type Effort = (typeof EFFORT)[keyof typeof EFFORT]

const MEASURES: Readonly<Record<Part, Measure>> = {
  stages: measureStages,
  "one-core": measureOneCore,
  "all-cores": measureAllCores,
  cold: measureCold,
  memory: measureMemory,
  gateway: measureEmbeddedGateway,
  lifecycle: measurePlans,
}

async function measureStages(bench: Workbench, algorithm: Algorithm, { stages: effort }: Effort): Promise<Findings> {
  const samples = await interleave(await stages(bench, algorithm, effort[algorithm]), effort.rounds)
  return { figures: samples.map(each => figure("stages", algorithm, "ms", each)), verdicts: [] }
}

/** The floor of the whole is that of making and that of checking; without the self-check, that of making alone. */
async function measureOneCore(bench: Workbench, algorithm: Algorithm, all: Effort): Promise<Findings> {
  const effort = all["one-core"]
  const count = effort[algorithm]
  const assembler = await openPipeline(bench)
  const sizes = await releaseSizes(assembler, bench, algorithm)
  const [whole, check, openPgp, floorMaking, floorChecking, floorOpenPgp] = await interleave(
    [
      pipeline(assembler, bench, algorithm, count),
      await selfCheck(bench, algorithm, count),
      await openPgpAlone(bench, algorithm, sizes, count),
      ...floors(bench, algorithm, sizes, count),
    ],
    effort.rounds,
  )
  if (!whole || !check || !openPgp || !floorMaking || !floorChecking || !floorOpenPgp) {
    throw new Error("a contender gave no sample")
  }
  const making = combine("scb without self-check", whole, "-", check)
  const rest = combine("scb without OpenPGP.js", whole, "-", openPgp)
  const floor = combine("floor of both", floorMaking, "+", floorChecking)
  const floorRest = combine("floor of both without OpenPGP", floor, "-", floorOpenPgp)
  const promise = budget(algorithm, "at most", 1.8)
  return {
    figures: [
      ...[whole, check, making, openPgp, rest],
      ...[floorMaking, floorChecking, floorOpenPgp, floor, floorRest],
    ].map(each => figure("one-core", algorithm, "ms", each)),
    verdicts: [
      ...compare("one-core", algorithm, whole, floor, promise),
      ...compare("one-core", algorithm, making, floorMaking, promise),
      ...compare("one-core", algorithm, whole, floorMaking),
      ...compare("one-core", algorithm, openPgp, floorOpenPgp),
      ...compare("one-core", algorithm, rest, floorRest),
    ],
  }
}

async function measureAllCores(bench: Workbench, algorithm: Algorithm, all: Effort): Promise<Findings> {
  const effort = all["all-cores"]
  const shells = presentScripts().map(script => shellThroughput(script, bench, algorithm, effort[script]))
  const ours = throughput(bench, algorithm, effort[algorithm], WARM_UP[algorithm] * availableParallelism())
  return measureBeside("all-cores", algorithm, [ours, ...shells], effort.rounds, (samples, find) => [
    ...compare("all-cores", algorithm, find("shell, naive"), samples[0], budget(algorithm, "at least", 150)),
    ...compare("all-cores", algorithm, find("shell, no JVM"), samples[0], budget(algorithm, "at least", 8)),
  ])
}

async function measureCold(bench: Workbench, algorithm: Algorithm, all: Effort): Promise<Findings> {
  const shells = presentScripts().map(script => shellCold(script, bench, algorithm))
  const contenders = [await cold(bench, algorithm), emptyNode(bench), ...shells]
  return measureBeside("cold", algorithm, contenders, all.cold.rounds, (samples, find) => [
    ...compare("cold", algorithm, samples[0], find("shell, naive"), budget(algorithm, "at most", 1)),
    ...compare("cold", algorithm, samples[0], find("shell, no JVM"), budget(algorithm, "at most", 3)),
  ])
}

async function measureMemory(bench: Workbench, algorithm: Algorithm, { memory }: Effort): Promise<Findings> {
  const peaks: number[] = []
  const figures: Figure[] = []
  for (const count of memory.counts[algorithm]) {
    const { peakMegabytes: peak } = await buildMany(bench, algorithm, count, 0)
    peaks.push(peak)
    const sample = { name: `scb, ${count} bundles on all cores`, rounds: [peak], median: peak, mean: peak }
    figures.push(figure("memory", algorithm, "MB", sample))
  }
  // the first count shows how the heaps of the threads fill; flat is what comes after
  const [few = Number.NaN, many = Number.NaN] = peaks.slice(-2)
  const of = { part: "memory", algorithm } as const
  return {
    figures,
    verdicts: [
      verdict({ ...of, name: "peak", unit: "MB" }, many, budget(algorithm, "at most", 500)),
      verdict(
        { ...of, name: "peak with many / with few (flat)", unit: "×" },
        many / few,
        budget(algorithm, "at most", 1.15),
      ),
    ],
  }
}

/** The proxy opens no TLS, so the kind of key makes no difference to it: measured once, with P-256. */
async function measureEmbeddedGateway(_: Workbench, algorithm: Algorithm, { gateway }: Effort): Promise<Findings> {
  const measurable = algorithm === "P-256" && gatewayObstacle(gateway) === undefined
  return measurable ? measureGateway(gateway) : { figures: [], verdicts: [] }
}

/** A plan knows of keys what the ledger says: measured once. */
async function measurePlans(_: Workbench, algorithm: Algorithm, { lifecycle }: Effort): Promise<Findings> {
  return algorithm === "P-256" ? measureLifecycle(lifecycle.counts) : { figures: [], verdicts: [] }
}

async function measureBeside(
  part: Part,
  algorithm: Algorithm,
  contenders: readonly Contender[],
  rounds: number,
  judge: (samples: readonly Sample[], find: (name: string) => Sample | undefined) => readonly Verdict[],
): Promise<Findings> {
  const samples = await interleave(contenders, rounds)
  return {
    figures: samples.map(each => figure(part, algorithm, "ms", each)),
    verdicts: judge(samples, name => samples.find(each => each.name === name)),
  }
}

/** Budgets are promises about P-256; RSA-2048 is measured beside it. */
function budget(algorithm: Algorithm, bound: "at most" | "at least", value: number) {
  return algorithm === "P-256" ? { bound, value } : undefined
}

function presentScripts(): readonly Script[] {
  return SCRIPT_NAMES.filter(script => missingTools(script).length === 0)
}

const SCRIPT_NAMES = Object.keys(SCRIPTS) as Script[]

function machine(): Report["machine"] {
  return {
    date: new Date().toISOString(),
    node: process.version,
    openssl: process.versions.openssl ?? "?",
    haproxy: haproxyVersion() ?? "none",
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "?",
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [...PARTS] },
      key: { type: "string", multiple: true, default: [...ALGORITHMS] },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      budgets: { type: "boolean", default: false },
      built: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (!values.built) execFileSync("npm", ["run", "build", "--silent"], { stdio: ["ignore", "ignore", "inherit"] })
  const parts = PARTS.filter(each => values.only.includes(each))
  const effort = EFFORT[values.quick ? "quick" : "full"]
  const obstacle = parts.includes("gateway") ? gatewayObstacle(effort.gateway) : undefined
  const bench = await setUpWorkbench()
  const measured: Findings[] = []
  try {
    for (const part of parts) {
      for (const algorithm of ALGORITHMS.filter(each => values.key.includes(each))) {
        process.stderr.write(`measuring ${part} ${algorithm}\n`)
        measured.push(await MEASURES[part](bench, algorithm, effort))
      }
    }
  } finally {
    bench.dispose()
  }
  const report: Report = {
    machine: machine(),
    ...joined(measured),
    absent: [
      ...SCRIPT_NAMES.flatMap(script => {
        const missing = missingTools(script)
        return missing.length === 0 ? [] : [`shell, ${script}: ${missing.join(", ")} not found`]
      }),
      ...(obstacle === undefined ? [] : [`gateway: ${obstacle}`]),
    ],
  }
  process.stdout.write(formatReport(report))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  return values.budgets && report.verdicts.some(each => each.met === false) ? 1 : 0
}

process.exitCode = await main()
