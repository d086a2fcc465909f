import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type BrokenCloud, startBrokenCloud } from "../../support/live/broken-cloud.ts"
import type { LiveMutation } from "../../support/live/mutation.ts"
import { type Ground, goodSetting, type Setting } from "../../support/live/setting.ts"
import { makeGoodBundle } from "../../support/mutations.ts"
import { type ClientAnswer, type ClientProgram, startClient } from "../clients/client.ts"
import type { Measured } from "./corpus-record.ts"

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

export async function makeGround(): Promise<Ground> {
  return { good: await makeGoodBundle("P-256", instantFromMillis(Date.now())) }
}

/** Starts them all at once. `common`: how all of them differ from the cloud in which nothing is wrong. */
export async function startCorpus(
  ground: Ground,
  mutations: readonly LiveMutation[],
  common: Partial<Setting> = {},
): Promise<RunningCorpus> {
  const good = { ...goodSetting(ground), ...common }
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

export interface Effort {
  /** Of the same program at a time. */
  readonly processes: number
  /** Of one connection; who takes longer has failed. */
  readonly timeoutMillis: number
}

/** What one program answers to every case, by the ids of the cases. */
export async function ask(
  program: ClientProgram,
  cases: readonly RunningCase[],
  { processes, timeoutMillis }: Effort,
): Promise<ReadonlyMap<string, ClientAnswer>> {
  const answers = new Map<string, ClientAnswer>()
  const waiting = [...cases]
  await Promise.all(
    Array.from({ length: Math.min(processes, cases.length) }, async () => {
      const client = await startClient(program)
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { bundle, credentials, mutation } = next
        answers.set(mutation.id, await client.ask({ task: "connect", bundle, ...credentials }, timeoutMillis))
      }
      await client.stop()
    }),
  )
  return answers
}

/** How many nodes a program reached. */
export function reached(answer: ClientAnswer | undefined): number {
  return answer?.ok === true ? (answer.hostIds?.length ?? 0) : 0
}

/** `usual`: how many nodes the same program reaches when nothing is wrong. A session without any node is of no use. */
export function judge(answer: ClientAnswer, usual: number): Measured {
  if (!answer.ok) return { state: "fails", error: answer.error }
  if (reached(answer) === 0 && usual > 0) return { state: "fails", error: "a session that knows no node" }
  return { state: reached(answer) < usual ? "degraded" : "connects" }
}
