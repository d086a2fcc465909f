import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { platform, tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { makePki, type Pki } from "../../../test/support/pki.ts"
import { combine, percentile, ratio, type Sample, sample, takeTurns } from "../harness.ts"
import { type Figure, type Findings, figure, joined, type Verdict, verdict } from "../report.ts"
import type { NodesWanted } from "./nodes.ts"
import { type Peer, startPeer, usageOf } from "./processes.ts"
import { DIRECT, HAPROXY, haproxyVersion, SCB, startHaproxy, startScbGateway, type Way } from "./proxies.ts"
import type { Done, NodeAddress, NodeKind, Task, TimedWork, TlsFiles, Work } from "./traffic.ts"

export interface GatewayEffort {
  readonly rounds: number
  /** For each contender, trial and round. */
  readonly millis: number
  readonly idle: number
  readonly heldMillis: number
}

/** What all are measured with: the same nodes and the same load. */
interface Range {
  readonly nodes: readonly NodeAddress[]
  readonly loads: readonly Peer<Task, Done>[]
  /** Of a client that the TLS nodes let in. */
  readonly tls: TlsFiles
}

const NODES: Readonly<Record<NodeKind, number>> = { answers: 4, streams: 4, tls: 4 }
const OF = { part: "gateway", algorithm: "P-256" } as const

/** Why the part cannot be measured here; undefined where it can. */
export function gatewayObstacle({ idle }: GatewayEffort): string | undefined {
  if (platform() !== "linux") return "CPU and memory of a proxy are read from Linux's /proc"
  if (haproxyVersion() === undefined) return "haproxy not found (Debian package haproxy)"
  const limit = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim()
  const needed = 2 * idle + 1000
  return limit === "unlimited" || Number(limit) >= needed ? undefined : `expected ulimit -Hn ${needed}, got ${limit}`
}

/** The embedded gateway beside HAProxy and beside no proxy at all, in turns. */
export async function measureGateway(effort: GatewayEffort): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), "scb-bench-gateway-"))
  const nodes = startPeer<NodesWanted, readonly NodeAddress[]>("nodes.ts")
  const loads = [startPeer<Task, Done>("load.ts"), startPeer<Task, Done>("load.ts")]
  try {
    const pki = await makePki({ name: "Gateway bench", now: instantFromMillis(Date.now()) })
    const client = await pki.client()
    const tls = { ca: pki.root.certificatePem, cert: client.chainPem, key: client.keyPem }
    const range: Range = { nodes: await nodes.ask(nodesWanted(pki)), loads, tls }
    return joined([
      await measureTraffic(range, effort, join(folder, "traffic")),
      await measureIdle(range, effort, join(folder, "idle")),
    ])
  } finally {
    for (const peer of [nodes, ...loads]) peer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function nodesWanted({ root, server }: Pki): NodesWanted {
  const kinds = (Object.entries(NODES) as [NodeKind, number][]).flatMap(([kind, count]) => Array(count).fill(kind))
  return {
    nodes: kinds.map((kind, index) => ({ kind, hostId: `aaaaaaaa-0000-4000-8000-${String(index).padStart(12, "0")}` })),
    tls: { ca: root.certificatePem, cert: server.chainPem, key: server.keyPem },
  }
}

/** Numbers that come of one run with one way, by name. */
type Readings = Readonly<Record<string, readonly [value: number, unit: Figure["unit"]]>>
type Trial = (way: Way) => Promise<Readings>

async function measureTraffic(range: Range, { rounds, millis }: GatewayEffort, folder: string): Promise<Findings> {
  const ways = [DIRECT, ...(await startProxies(range, folder))]
  try {
    const findings: Findings[] = []
    for (const trial of trials(range, millis)) {
      const contenders = ways.map(way => ({ round: () => trial(way) }))
      findings.push(beside(await takeTurns(contenders, rounds)))
    }
    return joined(findings)
  } finally {
    await stopAll(ways)
  }
}

function trials(range: Range, millis: number): readonly Trial[] {
  const rate =
    (what: string, unit: "/s" | "MiB/s", kind: NodeKind, work: TimedWork): Trial =>
    async way => {
      const before = cpuSecondsOf(way)
      const { count } = await load(range, way, kind, work)
      const amount = unit === "MiB/s" ? count / 2 ** 20 : count
      const cpu = ((cpuSecondsOf(way) - before) * 1e6) / amount
      return {
        [what]: [amount / (work.millis / 1000), unit],
        ...(way.process === undefined ? {} : { [`${what}, CPU for each`]: [cpu, "µs"] }),
      }
    }
  const latency: Trial = async way => {
    // far below what any of them can do
    const work = { kind: "requests", lanes: 64, millis, perSecond: 1000 } as const
    const { latenciesMillis } = await load(range, way, "answers", work)
    return {
      "latency p50": [percentile(latenciesMillis, 0.5), "ms"],
      "latency p99": [percentile(latenciesMillis, 0.99), "ms"],
    }
  }
  return [
    rate("connections", "/s", "answers", { kind: "connections", lanes: 32, millis }),
    rate("TLS handshakes", "/s", "tls", { kind: "connections", lanes: 32, tls: range.tls, millis }),
    rate("both ways", "MiB/s", "streams", { kind: "bytes", lanes: 4, millis }),
    rate("requests", "/s", "answers", { kind: "requests", lanes: 64, millis }),
    latency,
  ]
}

/** Connections that say nothing: what they weigh, whether they last, and whether others are served meanwhile. */
async function measureIdle(range: Range, effort: GatewayEffort, folder: string): Promise<Findings> {
  const proxies = await startProxies(range, folder)
  try {
    const taken: Readings[][] = []
    for (const way of proxies) taken.push([await keepIdle(range, effort, way)])
    const [kept] = taken[0]?.[0]?.[KEPT] ?? [0]
    const promise = { bound: "at least", value: effort.idle } as const
    return joined([
      beside([[], ...taken]),
      { figures: [], verdicts: [verdict({ ...OF, name: `${KEPT}: ${SCB}`, unit: "" }, kept, promise)] },
    ])
  } finally {
    await stopAll(proxies)
  }
}

const KEPT = "idle connections that answer in the end"

async function keepIdle(range: Range, { idle, heldMillis }: GatewayEffort, way: Way): Promise<Readings> {
  const visitors = { kind: "connections", lanes: 32, millis: 1000 } as const
  await load(range, way, "answers", visitors)
  const empty = memoryOf(way)
  const { count: opened } = await load(range, way, "answers", { kind: "hold", lanes: idle / range.loads.length })
  const [cpu, begun] = [cpuSecondsOf(way), performance.now()]
  await sleep(heldMillis)
  const busy = ((cpuSecondsOf(way) - cpu) * 1e5) / (performance.now() - begun)
  const weight = ((memoryOf(way) - empty) * 1000) / opened
  const { count: others } = await load(range, way, "answers", visitors)
  const { count: alive } = await load(range, way, "answers", { kind: "ask" })
  await load(range, way, "answers", { kind: "release" })
  return {
    [KEPT]: [alive, ""],
    "memory of 1,000 of them": [weight, "MB"],
    "CPU meanwhile": [busy, "%"],
    "connections meanwhile": [others, "/s"],
  }
}

/** All figures, and ours as a multiple of HAProxy's; for latencies also what each proxy adds to none. */
function beside(taken: readonly (readonly Readings[])[]): Findings {
  const figures: Figure[] = []
  const verdicts: Verdict[] = []
  for (const [what, [, unit]] of Object.entries(taken[1]?.[0] ?? {})) {
    const samples = [DIRECT.name, SCB, HAPROXY].map((name, way) =>
      sample(name, taken[way]?.flatMap(readings => readings[what]?.[0] ?? []) ?? []),
    )
    const [direct, ours, theirs] = samples
    if (direct === undefined || ours === undefined || theirs === undefined) continue
    figures.push(...samples.filter(({ rounds }) => rounds.length > 0).map(each => figureOf(what, unit, each)))
    if (RATIOS.has(unit)) verdicts.push(compared(what, ours, theirs))
    if (unit !== "ms") continue
    const [weAdd, theyAdd] = [combine(SCB, ours, "-", direct), combine(HAPROXY, theirs, "-", direct)]
    figures.push(...[weAdd, theyAdd].map(each => figureOf(`${what}, added`, unit, each)))
    verdicts.push(compared(`${what}, added`, weAdd, theyAdd))
  }
  return { figures, verdicts }
}

/** Not of what is nought, or the same for all. */
const RATIOS: ReadonlySet<Figure["unit"]> = new Set(["/s", "MiB/s", "µs", "ms", "MB"])

function compared(what: string, ours: Sample, theirs: Sample): Verdict {
  return verdict({ ...OF, name: `${what}: ${SCB} / ${HAPROXY}`, unit: "×" }, ratio(ours, theirs, "rounds"), undefined)
}

function figureOf(what: string, unit: Figure["unit"], { name, ...numbers }: Sample): Figure {
  return figure("gateway", OF.algorithm, unit, { name: `${what}: ${name}`, ...numbers })
}

async function startProxies({ nodes }: Range, folder: string): Promise<readonly Way[]> {
  mkdirSync(folder)
  return [
    await startScbGateway({ folder: join(folder, "scb"), nodes }),
    await startHaproxy({ folder: join(folder, "haproxy"), nodes }),
  ]
}

async function stopAll(ways: readonly Way[]): Promise<void> {
  await Promise.all(ways.map(way => way.stop()))
}

/** All load processes do the same at the same time. */
async function load({ nodes, loads }: Range, way: Way, kind: NodeKind, work: Work): Promise<Done> {
  const targets = nodes.filter(node => node.kind === kind).map(node => way.to(node))
  const done = await Promise.all(loads.map(each => each.ask({ ...work, targets })))
  return {
    count: done.reduce((sum, { count }) => sum + count, 0),
    latenciesMillis: done.flatMap(({ latenciesMillis }) => latenciesMillis),
  }
}

function cpuSecondsOf({ process }: Way): number {
  return process === undefined ? Number.NaN : usageOf(process).cpuSeconds
}

function memoryOf({ process }: Way): number {
  return process === undefined ? Number.NaN : usageOf(process).residentMegabytes
}
