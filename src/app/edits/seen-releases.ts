import { ScbError } from "../../domain/errors.ts"
import type { Releases } from "../../ports.ts"
import type { World } from "../world.ts"

const OUT_OF_SIGHT = ["forge-unreachable", "forge-limited", "forge-refused", "token-missing"]

/**
 * What is published as far as somebody can see it who edits: a decision is written down on a train, too. What the plan
 * then shows may be more than what is left to do. `missed` hears why, once; nobody is asked again then.
 */
export function seenReleases(open: World["releases"], missed: (reason: ScbError) => void): World["releases"] {
  let isOut = false
  return target => {
    async function unless<T>(absent: T, ask: (releases: Releases) => Promise<T>): Promise<T> {
      if (isOut) return absent
      try {
        return await ask(open(target))
      } catch (error) {
        if (!(error instanceof ScbError) || !OUT_OF_SIGHT.includes(error.code)) throw error
        isOut = true
        missed(error)
        return absent
      }
    }
    return {
      ...open(target),
      find: (...args) => unless(undefined, releases => releases.find(...args)),
      versions: (...args) => unless([], releases => releases.versions(...args)),
      readCatalogFile: (...args) => unless(undefined, releases => releases.readCatalogFile(...args)),
    }
  }
}
