import type { Ledger } from "../ports.ts"
import type { GitObject } from "./git-objects.ts"
import { type LedgerStore, storedLedger } from "./ledger-store.ts"

/** `beforeWrite` is called with `objects` and `head` before each is written; when it throws, the write has not happened. */
export interface MemoryLedgerFaults {
  readonly beforeWrite?: (operation: "objects" | "head") => void
}

/** A ledger that is forgotten with the process: the same commits, ids included, as the git ledger makes. */
export function memoryLedger(faults: MemoryLedgerFaults = {}): Ledger {
  const objects = new Map<string, GitObject>()
  let head: string | null = null
  const findAll: LedgerStore["findManyNow"] = (ids, take) => {
    for (const id of ids) {
      const object = objects.get(id)
      if (object !== undefined) take(object)
    }
  }
  return storedLedger(
    {
      head: async () => head,
      find: async id => objects.get(id),
      findMany: async (ids, take) => findAll(ids, take),
      findManyNow: findAll,
      readsNow: async () => true,
      async write(written) {
        faults.beforeWrite?.("objects")
        for (const object of written) objects.set(object.id, object)
      },
      async moveHead(from, to) {
        if (head !== from) return false
        faults.beforeWrite?.("head")
        head = to
        return true
      },
    },
    { name: "scb", email: "scb@localhost" },
  )
}
