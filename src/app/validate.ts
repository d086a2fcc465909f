import { type Finding, sortFindings } from "../domain/findings.ts"
import { readRepository } from "./read-repository.ts"
import type { World } from "./world.ts"

/** Everything that is wrong with the working tree, at once. Needs no ledger, no releases, no key. */
export async function validateWorkingTree(world: World): Promise<readonly Finding[]> {
  const tree = await world.workspace.readWorkingTree()
  const { findings } = await readRepository(tree, new Set(world.platforms.keys()), world.now)
  return sortFindings(findings)
}
