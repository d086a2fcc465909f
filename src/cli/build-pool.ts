import { Worker } from "node:worker_threads"
import type { Assembler, BuildOrder, BuiltRelease } from "../app/build-order.ts"
import { type ErrorCode, ScbError } from "../domain/errors.ts"
import type { AssemblySecrets } from "./assembler.ts"

/** What a worker says to one order. */
export type WorkerAnswer =
  | { readonly kind: "built"; readonly release: BuiltRelease }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined }
  | { readonly kind: "bug"; readonly message: string }

/** Carries out build orders on `threads` threads, one order a thread at a time. */
export function threadedAssembler(secrets: AssemblySecrets, threads: number): Assembler {
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { workerData: secrets }))
  const idle = [...workers]
  return {
    concurrency: threads,
    async assemble(order) {
      const worker = idle.pop()
      if (worker === undefined) throw new Error("more orders under way than threads")
      const answer = await ask(worker, order)
      idle.push(worker)
      return releaseOf(answer)
    },
    async close() {
      await Promise.all(workers.map(worker => worker.terminate()))
    },
  }
}

/** Beside this file under its own ending: `.js` when compiled, `.ts` when run from source. */
const WORKER = new URL(`./build-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

function ask(worker: Worker, order: BuildOrder): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit)
      finish()
    }
    const onMessage = (answer: WorkerAnswer) => settle(() => resolve(answer))
    const onError = (error: Error) => settle(() => reject(error))
    const onExit = (code: number) => settle(() => reject(new Error(`a build thread ended with ${code}`)))
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
    worker.postMessage(order)
  })
}

function releaseOf(answer: WorkerAnswer): BuiltRelease {
  switch (answer.kind) {
    case "built":
      return answer.release
    case "failed":
      throw new ScbError(answer.code, answer.message, answer.hint === undefined ? {} : { hint: answer.hint })
    case "bug":
      throw new Error(answer.message)
  }
}
