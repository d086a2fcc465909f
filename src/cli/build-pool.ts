import { Worker } from "node:worker_threads"
import type { Assembler, BuildOrder, BuiltRelease } from "../app/build-order.ts"
import { type ErrorCode, ScbError } from "../domain/errors.ts"
import type { AssemblySecrets } from "./assembler.ts"

/** An order on its way to a worker. Several are under way at once, and finish in any order: the number tells them apart. */
export interface NumberedOrder {
  readonly number: number
  readonly order: BuildOrder
}

/** What a worker says to one order. */
export interface WorkerAnswer {
  readonly number: number
  readonly outcome: WorkerOutcome
}
export type WorkerOutcome =
  | { readonly kind: "built"; readonly release: BuiltRelease }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined }
  | { readonly kind: "bug"; readonly message: string }

/**
 * A release is in the hands of libuv's threads for a tenth of its time, and in those of the main thread while it is
 * written: with one order at a time a build thread idles for a fifth of it.
 */
const ORDERS_PER_THREAD = 3

/** Megabytes. What a bundle leaves behind is soon garbage: four times as much makes nothing faster and takes 25 MB a thread. */
const NURSERY = 12

/** Carries out build orders on `threads` threads, {@link ORDERS_PER_THREAD} at once on each. */
export function threadedAssembler(secrets: AssemblySecrets, threads: number): Assembler {
  const running = Array.from({ length: threads }, () => startThread(secrets))
  return {
    concurrency: threads * ORDERS_PER_THREAD,
    async assemble(order) {
      const idlest = running.reduce((a, b) => (b.underWay < a.underWay ? b : a))
      return releaseOf(await idlest.carryOut(order))
    },
    async close() {
      await Promise.all(running.map(thread => thread.close()))
    },
  }
}

/** Beside this file under its own ending: `.js` when compiled, `.ts` when run from source. */
const WORKER = new URL(`./build-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

interface BuildThread {
  /** Orders that it has not answered yet. */
  readonly underWay: number
  /** Rejects when the thread has ended, or ends before its answer. */
  carryOut(order: BuildOrder): Promise<WorkerOutcome>
  close(): Promise<unknown>
}

function startThread(secrets: AssemblySecrets): BuildThread {
  const waiting = new Map<number, { resolve(outcome: WorkerOutcome): void; reject(reason: Error): void }>()
  let [orders, ended]: [number, Error | undefined] = [0, undefined]
  const end = (reason: Error) => {
    ended ??= reason
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  const worker = new Worker(WORKER, { workerData: secrets, resourceLimits: { maxYoungGenerationSizeMb: NURSERY } })
    .on("message", ({ number, outcome }: WorkerAnswer) => {
      waiting.get(number)?.resolve(outcome)
      waiting.delete(number)
    })
    .on("error", end)
    .on("exit", code => end(new Error(`a build thread ended with ${code}`)))
  return {
    get underWay() {
      return waiting.size
    },
    carryOut: order =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended)
        const number = orders++
        waiting.set(number, { resolve, reject })
        worker.postMessage({ number, order } satisfies NumberedOrder)
      }),
    close: () => worker.terminate(),
  }
}

function releaseOf(outcome: WorkerOutcome): BuiltRelease {
  switch (outcome.kind) {
    case "built":
      return outcome.release
    case "failed":
      throw new ScbError(outcome.code, outcome.message, outcome.hint === undefined ? {} : { hint: outcome.hint })
    case "bug":
      throw new Error(outcome.message)
  }
}
