import { readFile } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { satisfies } from "semver"
import { beforeAll, describe, expect, it } from "vitest"
import { nodeNetwork } from "../../../src/adapters/network-node.ts"
import { diagnose } from "../../../src/app/doctor.ts"
import { parallelMap } from "../../../src/app/parallel-map.ts"
import { CLIENTS } from "../../../src/domain/clients.ts"
import { formatInstant, instantFromMillis } from "../../../src/domain/instant.ts"
import type { Diagnosis, Verdict } from "../../../src/domain/live/diagnosis.ts"
import { startCassandra } from "../../support/cassandra.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { CASSANDRA_PHASES, cassandraMutations, throughTo } from "../../support/live/cassandra-mutations.ts"
import type { Ground } from "../../support/live/setting.ts"
import { isTypical, liveMutations } from "../../support/live-mutations.ts"
import { CLIENT_PROGRAMS, type ClientAnswer, type ClientProgram } from "../clients/client.ts"
import { isExcepted, UNSTEADY } from "./corpus-exceptions.ts"
import {
  type Agreements,
  type Measured,
  type RecordedCase,
  readCorpusRecord,
  recordCase,
  recordedState,
  type State,
  verdictOn,
  writeCorpusRecord,
} from "./corpus-record.ts"
import { ask, type Effort, judge, makeGround, type RunningCase, reached, startCorpus } from "./measure.ts"
import { newest } from "./newest.ts"

/** Those whose own code reads bundles. Whatever stands on one of them shares its fate. */
const READERS = ["nodejs", "java", "java3", "python", "cpp", "gocql-astra", "cql-proxy"]
const PROGRAMS = CLIENT_PROGRAMS.filter(({ name }) => READERS.includes(name))
/** `SCB_INTEROP_ONLY=java,cpp`: those alone. */
const only = process.env["SCB_INTEROP_ONLY"]?.split(",")
const recording = process.env["SCB_INTEROP_RECORD"] === "true"
const called = ({ name, version }: ClientProgram): string => `${name} ${version}`
/** The newest of each, and the last Python driver that compares names at nodes; all of them when they are recorded. */
const isChecked = (program: ClientProgram): boolean =>
  recording || program === newest(program.name) || called(program) === "python 3.28.0"
const INSTALLED = PROGRAMS.filter(
  program => program.installed && (only === undefined ? isChecked(program) : only.includes(program.name)),
)

/** Programs at a time. More would be late for the reason alone that they are so many. */
const AT_A_TIME = availableParallelism()
/** Three cases of each keep a processor busy while others wait for their timeouts. */
const FIRST = { processes: 3, timeoutMillis: 8_000 }
/**
 * For what is contested, up to so many times, one program after the other: perhaps the machine was too busy, a process
 * remembered the case before, or the driver began at another node. What is the same each time is no luck.
 */
const AGAIN = { processes: 1, timeoutMillis: 20_000, times: 3 }

const ALL = [...liveMutations, ...cassandraMutations]
/** Of the faults of a file, where many have one effect, one of each kind; all of them when they are recorded. */
const STUBS = recording ? liveMutations : liveMutations.filter(isTypical)
const MUTATIONS = [...STUBS, ...(CASSANDRA_IS_INSTALLED ? cassandraMutations : [])]
const measurements = new Map(INSTALLED.map(program => [called(program), new Map<string, Measured>()]))
/** What was measured one time after the other, by `program: case`. */
const outcomes = new Map<string, State[]>()
const diagnoses = new Map<string, Diagnosis>()
let recorded = readCorpusRecord()

beforeAll(async () => {
  const ground = await makeGround()
  await measureStubs(ground)
  if (CASSANDRA_IS_INSTALLED) await measureCassandra(ground)
  warnOfLuck()
  if (recording) record()
}, 2_400_000)

async function measureStubs(ground: Ground): Promise<void> {
  const corpus = await startCorpus(ground, STUBS)
  await measure(corpus.cases)
  await corpus.stop()
}

/** One node, started for each way to set it up. */
async function measureCassandra(ground: Ground): Promise<void> {
  const { pki } = ground.good
  const cluster = await startCassandra({ authentication: "mutual-tls", nodes: 1, pki, network: 7 })
  for (const [index, { settings, prepare, mutations }] of CASSANDRA_PHASES.entries()) {
    if (index > 0) await cluster.restart(settings)
    await prepare?.(cluster, ground)
    const corpus = await startCorpus(ground, mutations, throughTo(cluster))
    await measure(corpus.cases)
    await corpus.stop()
  }
  await cluster.stop()
}

async function measure(cases: readonly RunningCase[]): Promise<void> {
  /** How many nodes each reaches at best. */
  const usual = new Map<ClientProgram, number>()
  const note = (program: ClientProgram, answers: ReadonlyMap<string, ClientAnswer>): void => {
    for (const [id, answer] of answers) {
      const measured = judge(answer, usual.get(program) ?? 1)
      measurements.get(called(program))?.set(id, measured)
      const key = `${called(program)}: ${id}`
      outcomes.set(key, [...(outcomes.get(key) ?? []), measured.state])
    }
  }
  await examine(cases, FIRST)
  await parallelMap(INSTALLED, AT_A_TIME, async program => {
    const answers = await ask(program, cases, FIRST)
    usual.set(program, Math.max(...[...answers.values()].map(reached)))
    note(program, answers)
  })
  for (let time = 0; time < AGAIN.times; time++) {
    const contested = INSTALLED.flatMap(program =>
      cases.filter(({ mutation }) => isContested(program, mutation.id)).map(each => ({ program, each })),
    )
    await examine([...new Set(contested.map(({ each }) => each))], AGAIN)
    for (const { program, each } of contested) note(program, await ask(program, [each], AGAIN))
  }
}

function stateOf(program: ClientProgram, id: string): State | undefined {
  return measurements.get(called(program))?.get(id)?.state
}

/** Measured otherwise than recorded, or than the doctor says, and for no reason that is known. Luck changes no record. */
function isContested(program: ClientProgram, id: string): boolean {
  const state = stateOf(program, id)
  const before = UNSTEADY[id] === undefined ? expected(id, program) : undefined
  if (before !== undefined && state !== before) return true
  return !isExcepted(called(program), id) && compare(state, foretold(id, program)) === "differs"
}

function warnOfLuck(): void {
  const lucky = [...outcomes].filter(([, states]) => new Set(states).size > 1)
  const lines = lucky.map(([key, states]) => `${key}: ${states.join(", ")}`)
  if (lines.length > 0) console.warn(`answered otherwise when asked again:\n${lines.join("\n")}`)
}

/** What the doctor says of them. */
async function examine(cases: readonly RunningCase[], { timeoutMillis }: Effort): Promise<void> {
  const network = nodeNetwork({ timeoutMillis })
  const drivers = CLIENTS.map(client => ({ name: client, client }))
  const waiting = [...cases]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const login = next.credentials === undefined ? {} : { login: next.credentials }
      const now = instantFromMillis(Date.now())
      diagnoses.set(next.mutation.id, await diagnose(await readFile(next.bundle), network, { now, drivers, ...login }))
    }
  }
  await Promise.all([work(), work(), work(), work()])
}

function expected(id: string, program: ClientProgram): State | undefined {
  const found = recorded.cases.find(each => each.id === id)
  const isKnown = recorded.programs[called(program)] !== undefined
  return found === undefined || !isKnown ? undefined : recordedState(found, called(program))
}

function record(): void {
  const before = recorded
  const today = formatInstant(instantFromMillis(Date.now())).slice(0, 10)
  const days = new Map([
    ...Object.entries(before.programs),
    ...[...measurements.keys()].map(name => [name, today] as const),
  ])
  const programs = PROGRAMS.map(called).flatMap(name => {
    const day = days.get(name)
    return day === undefined ? [] : [[name, day] as const]
  })
  const cases = ALL.map(mutation => {
    const old = before.cases.find(({ id }) => id === mutation.id)
    return recordCase(mutation, measurements, diagnoses.get(mutation.id), old)
  })
  const counted = PROGRAMS.filter(program => days.has(called(program)))
  const agreements = Object.fromEntries(counted.map(program => [called(program), count(program, cases)]))
  recorded = { programs: Object.fromEntries(programs), agreements, cases }
  writeCorpusRecord(recorded)
}

/** What was measured, now or before, beside what the doctor says now. */
function count(program: ClientProgram, cases: readonly RecordedCase[]): Agreements {
  const name = called(program)
  const own = ALL.map(({ id }) => id)
  const states = new Map(cases.map(each => [each.id, recordedState(each, name)]))
  const of = (what: Agreement) => own.filter(id => compare(states.get(id), foretold(id, program)) === what)
  const excepted = of("differs").filter(id => isExcepted(name, id)).length
  const [agree, unknown, differ] = [of("agrees").length, of("unknown").length, of("differs").length - excepted]
  return { agree, unknown, excepted, differ }
}

/** By the doctor, for this version. */
function foretold(id: string, { name, version }: ClientProgram): Verdict["verdict"] | undefined {
  const { verdict, versions } = verdictOn(diagnoses.get(id), name) ?? {}
  return verdict === "fails" && versions !== undefined && !satisfies(version, versions) ? "connects" : verdict
}

type Agreement = "agrees" | "unknown" | "differs"

function compare(state: State | undefined, verdict: Verdict["verdict"] | undefined): Agreement {
  if (verdict === "unknown") return "unknown"
  return (state === "fails") === (verdict === "fails") ? "agrees" : "differs"
}

describe("the corpus", () => {
  it("is recorded as it is made", () => {
    const made = ALL.map(({ id, part, title }) => ({ id, part, title }))

    expect(recorded.cases.map(({ id, part, title }) => ({ id, part, title }))).toEqual(made)
  })

  it.each(INSTALLED.map(program => ({ program, name: called(program) })))(
    "$name does as recorded",
    ({ program, name }) => {
      const own = MUTATIONS.filter(({ id }) => UNSTEADY[id] === undefined)
      const states = (state: (id: string) => State | undefined) => own.map(({ id }) => `${id}: ${state(id)}`)

      expect(states(id => measurements.get(name)?.get(id)?.state)).toEqual(states(id => expected(id, program)))
    },
  )

  it.each(INSTALLED.map(program => ({ program, name: called(program) })))(
    "the doctor says of $name what it does, or that it does not know",
    ({ program, name }) => {
      const own = MUTATIONS.filter(mutation => !isExcepted(name, mutation.id))
      const wrong = own.filter(({ id }) => compare(stateOf(program, id), foretold(id, program)) === "differs")

      expect(wrong.map(({ id }) => `${id}: ${stateOf(program, id)}, foretold: ${foretold(id, program)}`)).toEqual([])
    },
  )

  it("the doctor is never silent where something is lost, and silent of a cloud that is good", () => {
    const worse = (id: string) => [...measurements.values()].some(states => states.get(id)?.state !== "connects")
    const told = (id: string) => diagnoses.get(id)?.findings.length !== 0

    expect(MUTATIONS.map(({ id }) => id).filter(id => worse(id) && !told(id))).toEqual([])
    expect(diagnoses.get("good")?.findings).toEqual([])
  })
})
