import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import type { GuardRule } from "../domain/authorization/evidence.ts"
import { compareSettings } from "../domain/authorization/settings-compare.ts"
import { wantedSettings } from "../domain/authorization/settings-wanted.ts"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import type { Forge } from "../ports.ts"
import { authorizationFile, parseAuthorization } from "../schema/authorization-record.ts"
import { readLedger } from "./ledger.ts"
import { trustAnchors } from "./plan.ts"
import { readSoundRepository, type SoundRepository } from "./read-repository.ts"
import type { World } from "./world.ts"

export interface OwnPolicy {
  readonly policy: ApprovalsPolicy
  readonly source: SoundRepository
}

/** What the working tree asks for. Throws `not-found` where there is no policies/approvals.yaml. */
export async function readOwnPolicy(world: Pick<World, "workspace" | "platforms" | "now">): Promise<OwnPolicy> {
  const source = await readSoundRepository(await world.workspace.readWorkingTree(), world)
  const { approvals } = source.repository.policies
  if (approvals !== undefined) return { policy: approvals, source }
  throw new ScbError("not-found", "there is no policies/approvals.yaml: whoever can push decides", {
    hint: "docs/approvals.md has one to begin with",
  })
}

/** How the forge is set up, against what the policy needs, and since evidence was last taken. Asks, and changes nothing. */
export async function checkSettings(
  world: World,
  { policy, source }: OwnPolicy,
  forge: Forge,
  options: { readonly alone?: boolean } = {},
): Promise<readonly GuardRule[]> {
  const found = await forge.settings(policy.branch)
  return compareSettings(wantedSettings(policy, options.alone), found, await lastSeen(world, source))
}

/** When the evidence of what was acted on last saw these settings; undefined where it did not. */
async function lastSeen(world: World, source: SoundRepository): Promise<Instant | undefined> {
  const { state, snapshot } = await readLedger(world.ledger, trustAnchors(source), world.now)
  const commit = state.authorization?.commit
  const text = commit === undefined ? undefined : snapshot.files.get(authorizationFile(commit))
  if (commit === undefined || text === undefined) return undefined
  return parseAuthorization(commit, text).evidence?.guard?.readAt
}
