import type { AuthorizationDecision } from "../domain/authorization/decision.ts"
import type { Found } from "../domain/authorization/settings.ts"
import { ScbError } from "../domain/errors.ts"
import { hasErrors } from "../domain/findings.ts"
import { type ChangeCheck, type ChangeEffects, planDifference } from "../domain/forge/change-check.ts"
import type { MainCommit } from "../ports.ts"
import { standingNow } from "./approvals.ts"
import { type EvidenceSource, judgeCommit, policyReader } from "./authorize.ts"
import { diffCommits } from "./diff.ts"
import { planImpact } from "./impact.ts"
import { InvalidRepository } from "./invalid-repository.ts"
import { type PlannedChange, planChange } from "./plan.ts"
import { readRepository } from "./read-repository.ts"
import { unlessImpossible } from "./unless-impossible.ts"
import type { World } from "./world.ts"

export interface CheckRequest {
  /** Branch, tag or commit that the change is to be merged into. */
  readonly base: string
  /** Default HEAD. */
  readonly head?: string
  /** Where it is discussed, if anywhere. */
  readonly pullRequest?: number
}

/** What a change would do, and whether it may, as if it were merged now. Reads only. Throws `not-found`. */
export async function checkChange(world: World, request: CheckRequest): Promise<ChangeCheck> {
  const head = await world.history.find(request.head ?? "HEAD")
  const base = await forkPoint(world, (await world.history.find(request.base)).id, head)
  const { tree } = await world.workspace.readCommit(head.id)
  const { findings } = await readRepository(tree, new Set(world.platforms.keys()), world.now)
  const planned = await found(planChange(at(world, head.id)))
  return {
    base,
    head: head.id,
    findings: planned.known ? planned.value.findings : findings,
    effect: planned.known ? await found(effectsOf(world, base, planned.value)) : planned,
    authorization: await found(authorizationOf(world, base, head, request.pullRequest)),
  }
}

/** What `head` has grown from on the line of `base`; where the base came in later, when it last did. */
async function forkPoint({ history }: World, base: string, head: MainCommit): Promise<string> {
  const own = await history.broughtIn(base, head.id)
  const ids = new Set(own.map(({ id }) => id))
  const boundary = own.flatMap(({ parents }) => parents.filter(id => !ids.has(id)))
  if (own.length === 0 || boundary.length === 0 || boundary.includes(base)) return base
  const commits = await Promise.all([...new Set(boundary)].map(id => history.find(id)))
  return commits.reduce((newest, each) => (each.committedAt > newest.committedAt ? each : newest)).id
}

/** The same world as if a commit were HEAD, and nothing were left to commit. */
function at(world: World, commit: string): World {
  const { workspace } = world
  return {
    ...world,
    workspace: {
      readWorkingTree: () => workspace.readWorkingTree(),
      readCommit: (ref, isKnown) => workspace.readCommit(ref === undefined || ref === "HEAD" ? commit : ref, isKnown),
      uncommittedChanges: async () => [],
    },
  }
}

const NOTHING = { steps: [], invalidations: [] }

async function effectsOf(world: World, base: string, after: PlannedChange): Promise<ChangeEffects> {
  const before = await found(planChange(at(world, base)))
  const difference = planDifference(before.known ? before.value.plan : NOTHING, after.plan)
  const differences = before.known
    ? await diffCommits(world, base, after.plan.commit)
    : { comparisons: [], added: [], gone: [] }
  const touched = new Set<string>([
    ...[...difference.begins, ...difference.ends].map(({ bundle }) => bundle),
    ...differences.comparisons.map(({ subject }) => subject),
  ])
  const isRevoking = difference.invalidations.length > 0
  const impact = planImpact(after).bundles.filter(({ bundle }) => isRevoking || touched.has(bundle))
  return { ...difference, differences, impact }
}

/** Judged as the one commit that merging would make. */
async function authorizationOf(
  world: World,
  base: string,
  { id, tree, message }: MainCommit,
  pullRequest: number | undefined,
): Promise<AuthorizationDecision | undefined> {
  const merge: MainCommit = { id, tree, message, parents: [base], committedAt: world.now }
  const soFar: EvidenceSource = (commit, { policy, keys, repository }) => {
    if (policy.evidence === "github-reviews" && pullRequest === undefined)
      throw new ScbError("not-found", "no pull request is named, and reviews are found there")
    return world.approvals(policy, repository.policies.distribution.releases, keys).evidenceFor(commit, pullRequest)
  }
  const { tree: files } = await world.workspace.readCommit(id)
  const { findings } = await readRepository(files, new Set(world.platforms.keys()), world.now)
  if (hasErrors(findings)) throw new InvalidRepository(findings)
  const reader = policyReader(world)
  const policy = await reader.at(base)
  if (policy !== undefined && (await world.history.broughtIn(base, id)).length === 0)
    throw new ScbError("not-found", "there is nothing to merge")
  const standing = policy && (await standingNow(world, base, policy))
  const decision = await judgeCommit(world, reader, merge, undefined, soFar, standing)
  return decision.revision === undefined ? undefined : decision
}

/** What the world does wrong is said instead of what it keeps from being known. */
async function found<T>(work: Promise<T>): Promise<Found<T>> {
  const value = await unlessImpossible(work)
  return value instanceof ScbError ? { known: false, why: value.message, code: value.code } : { known: true, value }
}
