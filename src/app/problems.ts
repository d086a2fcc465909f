import type { GuardRule } from "../domain/authorization/evidence.ts"
import { ScbError } from "../domain/errors.ts"
import { issuesOf, type Problem, type ProblemIssue, problemsOf } from "../domain/forge/problems.ts"
import type { Policies, ReleaseTarget } from "../domain/policies.ts"
import type { Forge } from "../ports.ts"
import { authorizeMain } from "./authorize.ts"
import { InvalidRepository } from "./invalid-repository.ts"
import { planChange } from "./plan.ts"
import { readRepository, type SoundRepository } from "./read-repository.ts"
import { checkSettings } from "./settings.ts"
import { unlessImpossible } from "./unless-impossible.ts"
import type { World } from "./world.ts"

export interface ProblemReport {
  readonly problems: readonly Problem[]
  /** What people are told of them. */
  readonly issues: readonly ProblemIssue[]
  /** False while the YAML cannot be read: what else is wrong cannot be seen, and has not gone away. */
  readonly complete: boolean
  /** Absent where they cannot be read. */
  readonly policies?: Policies
}

/** Opens where people approve; undefined where that is no forge. */
export type ForgeOpener = (target: ReleaseTarget) => Promise<Forge | undefined>

/** Everything that stays wrong until a person does something about it, at HEAD. Reads only. */
export async function readProblems(world: World, openForge: ForgeOpener): Promise<ProblemReport> {
  const planned = await unlessImpossible(planChange(world))
  if (planned instanceof InvalidRepository) return unreadable(world, planned)
  if (planned instanceof ScbError) throw planned
  const { findings, plan, published, source, ledger } = planned
  const { bundles, policies } = source.repository
  const decisions = await authorizeMain(world, { commit: plan.commit, repository: source.repository }, ledger.state)
  const catalog = plan.catalog === "missing" ? plan.catalog : published
  const lasting = findings.filter(({ code }) => code !== "S05") // of this working tree
  const guard = await brokenSettings(world, source, openForge)
  const sources = { findings: lasting, bundles, decisions, guard, now: world.now }
  const problems = problemsOf(catalog === undefined ? sources : { ...sources, catalog })
  return { problems, issues: issuesOf(problems, policies.notifications, policies.people), complete: true, policies }
}

/** Of the settings that the policy needs at the least. */
async function brokenSettings(
  world: World,
  source: SoundRepository,
  openForge: ForgeOpener,
): Promise<readonly GuardRule[]> {
  const { approvals: policy, distribution } = source.repository.policies
  if (policy?.evidence !== "github-reviews") return []
  const forge = await openForge(distribution.releases)
  return forge === undefined ? [] : checkSettings(world, { policy, source }, forge, { alone: true })
}

async function unreadable(world: World, { findings }: InvalidRepository): Promise<ProblemReport> {
  const { now, platforms } = world
  const { tree } = await world.workspace.readCommit("HEAD")
  const { repository } = await readRepository(tree, new Set(platforms.keys()), now)
  const problems = problemsOf({ findings, bundles: repository?.bundles ?? new Map(), decisions: [], now })
  if (repository === undefined) return { problems, issues: [], complete: false }
  const { policies } = repository
  return { problems, issues: issuesOf(problems, policies.notifications, policies.people), complete: false, policies }
}
