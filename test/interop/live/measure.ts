import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type BrokenCloud, startBrokenCloud } from "../../support/live/broken-cloud.ts"
import type { LiveMutation } from "../../support/live/mutation.ts"
import { type Ground, goodSetting } from "../../support/live/setting.ts"
import { makeGoodBundle } from "../../support/mutations.ts"
import { type ClientAnswer, type ClientProgram, type ClientTask, startClient } from "../clients/client.ts"

/** A changed cloud that runs, and the bundle that leads there. */
export interface RunningCase {
  readonly mutation: LiveMutation
  readonly cloud: BrokenCloud
  /** Path of the ZIP. */
  readonly bundle: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
}

export interface RunningCorpus {
  readonly cases: readonly RunningCase[]
  stop(): Promise<void>
}

/** Starts them all at once. */
export async function startCorpus(mutations: readonly LiveMutation[]): Promise<RunningCorpus> {
  const ground: Ground = { good: await makeGoodBundle("P-256", instantFromMillis(Date.now())) }
  const good = goodSetting(ground)
  const folder = await mkdtemp(join(tmpdir(), "scb-corpus-"))
  const cases = await Promise.all(
    mutations.map(async (mutation): Promise<RunningCase> => {
      const setting = { ...good, ...mutation.change(ground, good) }
      const cloud = await startBrokenCloud(ground, setting)
      const bundle = join(folder, `${mutation.id}.zip`)
      await writeFile(bundle, cloud.bundle, { mode: 0o600 })
      return { mutation, cloud, bundle, credentials: setting.credentials }
    }),
  )
  return {
    cases,
    async stop() {
      await Promise.all(cases.map(({ cloud }) => cloud.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** `degraded`: a session, but with fewer nodes than are there. */
export type State = "connects" | "degraded" | "fails"

export interface Measured {
  readonly state: State
  /** What the driver said, of a session that failed. */
  readonly error?: string
}

const TIMEOUT_MILLIS = 8_000

/** Every case by one program, in `processes` of it at a time. By the ids of the cases. */
export async function measure(
  program: ClientProgram,
  cases: readonly RunningCase[],
  processes: number,
): Promise<ReadonlyMap<string, Measured>> {
  const answers = new Map<string, ClientAnswer>()
  const waiting = [...cases]
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const client = await startClient(program)
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        answers.set(next.mutation.id, await client.ask(taskOf(next), TIMEOUT_MILLIS))
      }
      await client.stop()
    }),
  )
  const best = Math.max(...[...answers.values()].map(reached))
  return new Map([...answers].map(([id, answer]) => [id, judge(answer, best)]))
}

function taskOf({ bundle, credentials }: RunningCase): ClientTask {
  return { task: "connect", bundle, ...credentials }
}

function reached(answer: ClientAnswer): number {
  return answer.ok ? (answer.hostIds?.length ?? 0) : 0
}

function judge(answer: ClientAnswer, best: number): Measured {
  if (!answer.ok) return { state: "fails", error: answer.error }
  return { state: reached(answer) < best ? "degraded" : "connects" }
}
