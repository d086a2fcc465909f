import type { BundleName } from "../domain/names.ts"
import { type ChangelogEntry, changelogOf } from "../domain/versions/changelog.ts"
import { historyOf, readPast } from "./diff.ts"
import type { World } from "./world.ts"

/** The story of one bundle, by the ledger. Throws `not-found`. */
export async function readChangelog(world: World, bundle: BundleName): Promise<readonly ChangelogEntry[]> {
  const { ledger } = await readPast(world)
  return changelogOf(historyOf(ledger, bundle))
}
