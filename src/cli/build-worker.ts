import { parentPort, workerData } from "node:worker_threads"
import { loadPlatforms } from "../adapters/platform-catalogue.ts"
import { openPgpSigner } from "../adapters/signer-openpgp.ts"
import type { BuildOrder } from "../app/build-order.ts"
import { ScbError } from "../domain/errors.ts"
import { type AssemblySecrets, openAssembler } from "./assembler.ts"
import type { NumberedOrder, WorkerAnswer, WorkerOutcome } from "./build-pool.ts"

const { issuers, signer, now } = workerData as AssemblySecrets
const assembler = openAssembler(issuers, await openPgpSigner(signer), await loadPlatforms(), now)

parentPort?.on("message", async ({ number, order }: NumberedOrder) => {
  parentPort?.postMessage({ number, outcome: await carryOut(order) } satisfies WorkerAnswer)
})

/** An error's class does not survive the way between threads; its parts do. */
async function carryOut(order: BuildOrder): Promise<WorkerOutcome> {
  try {
    return { kind: "built", release: await assembler.assemble(order) }
  } catch (error) {
    if (error instanceof ScbError) {
      return { kind: "failed", code: error.code, message: error.message, hint: error.hint }
    }
    return { kind: "bug", message: error instanceof Error ? error.message : String(error) }
  }
}
