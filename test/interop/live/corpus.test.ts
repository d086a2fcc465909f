import { beforeAll, describe, expect, it } from "vitest"
import { formatInstant, instantFromMillis } from "../../../src/domain/instant.ts"
import { startCassandra } from "../../support/cassandra.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { CASSANDRA_PHASES, cassandraMutations, throughTo } from "../../support/live/cassandra-mutations.ts"
import type { Ground } from "../../support/live/setting.ts"
import { liveMutations } from "../../support/live-mutations.ts"
import { CLIENT_PROGRAMS, type ClientProgram } from "../clients/client.ts"
import {
  type Measured,
  type Measurements,
  readCorpusRecord,
  recordCase,
  recordedState,
  type State,
  writeCorpusRecord,
} from "./corpus-record.ts"
import { ask, judge, makeGround, type RunningCase, reached, startCorpus } from "./measure.ts"

/** Those whose own code reads bundles. Whatever stands on one of them shares its fate. */
const READERS = ["nodejs", "java", "java3", "python", "cpp", "gocql-astra", "cql-proxy", "cqlsh"]
const PROGRAMS = CLIENT_PROGRAMS.filter(({ name }) => READERS.includes(name))
const INSTALLED = PROGRAMS.filter(({ installed }) => installed)
const recording = process.env["SCB_INTEROP_RECORD"] === "true"
const called = ({ name, version }: ClientProgram): string => `${name} ${version}`

/** Three cases at a time keep a processor busy while others wait for their timeouts. */
const FIRST = { processes: 3, timeoutMillis: 8_000 }
/** For what went otherwise than it is recorded: perhaps the machine was too busy. */
const AGAIN = { processes: recording ? 3 : 1, timeoutMillis: 20_000 }

const MUTATIONS = [...liveMutations, ...(CASSANDRA_IS_INSTALLED ? cassandraMutations : [])]
const measurements = new Map(INSTALLED.map(program => [called(program), new Map<string, Measured>()]))
const askedAgain: string[] = []

beforeAll(async () => {
  const ground = await makeGround()
  await Promise.all([measureStubs(ground), CASSANDRA_IS_INSTALLED ? measureCassandra(ground) : undefined])
  if (recording) record(measurements)
}, 2_400_000)

async function measureStubs(ground: Ground): Promise<void> {
  const corpus = await startCorpus(ground, liveMutations)
  await Promise.all(INSTALLED.map(program => measure(program, corpus.cases, "good")))
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
    await Promise.all(INSTALLED.map(program => measure(program, corpus.cases)))
    await corpus.stop()
  }
  await cluster.stop()
}

/** `good`: the case that shows how many nodes the program reaches when nothing is wrong; one where there is none. */
async function measure(program: ClientProgram, cases: readonly RunningCase[], good?: string): Promise<void> {
  const results = measurements.get(called(program))
  const first = await ask(program, cases, FIRST)
  const usual = good === undefined ? 1 : reached(first.get(good))
  for (const [id, answer] of first) results?.set(id, judge(answer, usual))
  const odd = cases.filter(({ mutation: { id } }) => {
    const state = results?.get(id)?.state
    return recording ? state !== "connects" : state !== expected(id, program)
  })
  for (const [id, answer] of await ask(program, odd, AGAIN)) {
    const again = judge(answer, usual)
    if (again.state !== results?.get(id)?.state) askedAgain.push(`${called(program)}: ${id}`)
    results?.set(id, again)
  }
}

function expected(id: string, program: ClientProgram): State | undefined {
  const recorded = readCorpusRecord().cases.find(each => each.id === id)
  return recorded === undefined ? undefined : recordedState(recorded, called(program))
}

function record(measurements: Measurements): void {
  const cases = MUTATIONS.map(mutation => recordCase(mutation, measurements))
  const measuredAt = formatInstant(instantFromMillis(Date.now())).slice(0, 10)
  writeCorpusRecord({ measuredAt, programs: [...measurements.keys()], cases })
}

describe("the corpus", () => {
  it("is recorded as it is made", () => {
    const made = MUTATIONS.map(({ id, part, title }) => ({ id, part, title }))

    expect(readCorpusRecord().cases.map(({ id, part, title }) => ({ id, part, title }))).toEqual(made)
  })

  it.each(PROGRAMS.map(program => ({ program, name: called(program) })))(
    "$name does as recorded",
    ({ program, name }) => {
      const states = (state: (id: string) => State | undefined) => liveMutations.map(({ id }) => `${id}: ${state(id)}`)
      const measured = measurements.get(name)

      expect(states(id => measured?.get(id)?.state)).toEqual(states(id => expected(id, program)))
    },
  )

  it("needs few second tries", () => {
    if (askedAgain.length > 0) console.warn(`answered otherwise when asked again:\n${askedAgain.join("\n")}`)

    expect(askedAgain.length).toBeLessThan(MUTATIONS.length)
  })
})
