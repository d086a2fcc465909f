import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import { authorize, replayed } from "../domain/authorization/authorize.ts"
import { blastRadius, classifyChange } from "../domain/authorization/classify.ts"
import type { AuthorizationDecision, ChangeItem, Refusal } from "../domain/authorization/decision.ts"
import type { ApprovalContext, ChangeEvidence } from "../domain/authorization/evidence.ts"
import { type Standing, standingIn, standingSeen } from "../domain/authorization/standing.ts"
import { ScbError } from "../domain/errors.ts"
import { type Finding, hasErrors } from "../domain/findings.ts"
import { type Instant, latest } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { NoteKind, Notes } from "../domain/notes.ts"
import type { AuthorizedUpTo, LedgerState } from "../domain/release.ts"
import type { Repository } from "../domain/repository.ts"
import type { Approvals, MainCommit, Tree } from "../ports.ts"
import { authorizationFile, formatAuthorization, parseAuthorization } from "../schema/authorization-record.ts"
import { parseRepository } from "../schema/repository.ts"
import { textOf } from "./read-repository.ts"
import type { TrustAnchor } from "./trust.ts"
import type { World } from "./world.ts"

/** Forges show no more of a change (GitHub: 3,000 files), and nobody reads them. */
const MAXIMUM_PATHS = 3000

const POLICY_FILE = "policies/approvals.yaml"

type Outside = Pick<World, "workspace" | "history" | "approvals">

/** What was in force at a commit. */
export interface PolicyAt {
  readonly repository: Repository
  readonly policy: ApprovalsPolicy
  /** Of its people and machines. */
  readonly keys: readonly TrustAnchor[]
  /** The same where all of `policies/` is. */
  readonly name: string
}

/** Who knows who approved a commit; asked only where a policy wants to know. */
export type EvidenceSource = (commit: MainCommit, base: PolicyAt) => Promise<ChangeEvidence>

/** A commit of `main`, and what it asks for. */
export interface MainHead {
  readonly commit: string
  readonly repository: Repository
}

/**
 * Judges every commit of the line of first parents since the one up to which the ledger has them authorised, oldest
 * first, each by the policy of its parent. Empty where nobody asks for approvals, and nobody has. Throws
 * `history-rewritten`, and what the source of evidence throws.
 */
export async function authorizeMain(
  world: Outside,
  head: MainHead,
  { authorization, bundles = new Map() }: Pick<LedgerState, "authorization"> & Partial<Pick<LedgerState, "bundles">>,
  evidenceOf: EvidenceSource = liveEvidence(world),
  standingAt: (commit: string) => Standing = () => standingIn(bundles),
): Promise<readonly AuthorizationDecision[]> {
  const { policies } = head.repository
  if (authorization === undefined) {
    if (policies.approvals === undefined) return []
    const released = newestSource(bundles)
    const since = released === undefined ? [] : await unlessRewritten(world.history.firstParents(released, head.commit))
    const decisions = await judgeAll(world, since, {}, evidenceOf, standingAt)
    const begin = decisions.findIndex(({ verdict }) => verdict === "anchor")
    return begin === -1 ? [anchor(head.commit, policies.approvals)] : decisions.slice(begin)
  }
  const commits = await commitsSince(world, authorization.commit, head.commit)
  return judgeAll(world, commits, authorization, evidenceOf, standingAt)
}

/** The commit that the newest release was made from. */
function newestSource(bundles: LedgerState["bundles"]): string | undefined {
  const releases = [...bundles.values()].flatMap(history => history.releases)
  return releases.sort((a, b) => a.publishedAt - b.publishedAt).at(-1)?.commit
}

/** Before anybody asked for approvals, history could be what anybody made it. */
function unlessRewritten(commits: Promise<readonly MainCommit[]>): Promise<readonly MainCommit[]> {
  return commits.catch((error: unknown) => {
    if (error instanceof ScbError && error.code === "history-rewritten") return []
    throw error
  })
}

async function judgeAll(
  world: Outside,
  commits: readonly MainCommit[],
  { revision: recorded }: Pick<AuthorizedUpTo, "revision">,
  evidenceOf: EvidenceSource,
  standingAt: (commit: string) => Standing,
): Promise<readonly AuthorizationDecision[]> {
  const reader = policyReader(world)
  const decisions: AuthorizationDecision[] = []
  let revision = recorded
  let notBefore: Instant | undefined
  for (const commit of commits) {
    const standing = standingAt(commit.id)
    decisions.push(await judgeCommit(world, reader, commit, revision, evidenceOf, standing, notBefore))
    notBefore = latest(notBefore ?? commit.committedAt, commit.committedAt)
    const { policy } = (await reader.at(commit.id)) ?? {}
    if (policy !== undefined) revision = Math.max(revision ?? 0, policy.revision)
  }
  return decisions
}

/** Throws `history-rewritten`, or `stale-build` where this clone is only behind. */
async function commitsSince({ history }: Outside, from: string, head: string): Promise<readonly MainCommit[]> {
  try {
    return await history.firstParents(from, head)
  } catch (error) {
    if (!(error instanceof ScbError) || error.code !== "history-rewritten") throw error
    const ahead = await unlessMissing(history.broughtIn(from, head))
    if (ahead?.length !== 0) throw error
    throw new ScbError(
      "stale-build",
      `commit ${short(head)} is older than ${short(from)}, which was acted on already`,
      {
        hint: "fetch the newest state of the branch, and run it again there",
      },
    )
  }
}

/** Of what is not in this clone nothing is known. */
function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: unknown) => {
    if (error instanceof ScbError && error.code === "not-found") return undefined
    throw error
  })
}

/** Asks the forge, or the statements in the repository. */
export function liveEvidence(world: Pick<World, "approvals">): EvidenceSource {
  const opened = new Map<string, Approvals>()
  return (commit, { name, policy, keys, repository }) => {
    const approvals = opened.get(name) ?? world.approvals(policy, repository.policies.distribution.releases, keys)
    opened.set(name, approvals)
    return approvals.evidenceFor(commit)
  }
}

/** What was recorded when a commit was acted on, or is about to be recorded: files of the ledger by path. */
export function recordedEvidence(files: ReadonlyMap<string, string>): EvidenceSource {
  return async (commit, base) => {
    const { id, committedAt } = commit
    const text = files.get(authorizationFile(id))
    const recorded = text === undefined ? undefined : parseAuthorization(id, text).evidence
    return (
      recorded ?? {
        kind: base.policy.evidence,
        source: authorizationFile(id),
        context: contextOf(commit, base),
        at: committedAt,
        contributors: [],
        verdicts: [],
        problems: [`the ledger holds no evidence of commit ${short(id)}`],
      }
    )
  }
}

/** Where channels stood when a commit was acted on, by the same files. */
export function recordedStanding(files: ReadonlyMap<string, string>): (commit: string) => Standing {
  return commit => {
    const text = files.get(authorizationFile(commit))
    return standingSeen(text === undefined ? [] : parseAuthorization(commit, text).items)
  }
}

/** Throws `change-unauthorized` for the first commit that is refused. */
export function requireAuthorized(decisions: readonly AuthorizationDecision[]): void {
  const refused = decisions.find(({ verdict }) => verdict === "refused")
  if (refused === undefined) return
  const { commit, refusals } = refused
  throw new ScbError("change-unauthorized", `commit ${short(commit)} is not authorised: ${refusals[0]?.sentence}`, {
    hint: `scb authorize ${short(commit)} explains it; nothing was written`,
  })
}

/** What a transaction says of changes that were authorised since the one before it. */
export interface RecordedAuthorization {
  readonly upTo?: AuthorizedUpTo
  readonly files: ReadonlyMap<string, string>
}

/** Of decisions none of which is a refusal. */
export function recordAuthorization(
  { commit, repository }: MainHead,
  before: AuthorizedUpTo | undefined,
  decisions: readonly AuthorizationDecision[],
): RecordedAuthorization {
  if (decisions.length === 0) return { files: new Map(), ...(before === undefined ? {} : { upTo: before }) }
  const seen = [before?.revision, ...decisions.map(each => each.revision), repository.policies.approvals?.revision]
  const revision = Math.max(0, ...seen.flatMap(each => each ?? []))
  return {
    upTo: { commit, ...(revision === 0 ? {} : { revision }) },
    files: new Map(decisions.map(each => [authorizationFile(each.commit), formatAuthorization(each)])),
  }
}

/** One commit by the policy of its parent, whatever came before it. */
export async function judgeCommit(
  world: Outside,
  reader: PolicyReader,
  commit: MainCommit,
  recordedRevision: number | undefined,
  evidenceOf: EvidenceSource,
  standing?: Standing,
  /** When the newest of those before its parent was made, as far as they were looked at. */
  notBefore?: Instant,
): Promise<AuthorizationDecision> {
  const [parent] = commit.parents
  const base = parent === undefined ? undefined : await reader.at(parent)
  const after = await reader.read(commit.id)
  const nextPolicy = after.repository?.policies.approvals
  if (parent === undefined || base === undefined) return unasked(commit.id, nextPolicy, recordedRevision)
  const paths = await world.history.changedPaths(parent, commit.id)
  const unreviewable = await obstaclesOf(world, parent, commit.id, paths, after.findings)
  const items =
    unreviewable.length > 0 ? unknownItems(paths) : itemsOf(base.repository, after.repository, paths, standing)
  const { committedAt } = await world.history.find(parent)
  const decision = authorize({
    commit: commit.id,
    notBefore: latest(notBefore ?? committedAt, committedAt),
    context: contextOf(commit, base),
    items,
    policy: base.policy,
    people: base.repository.policies.people,
    emergencies: base.repository.policies.emergencies,
    ...(nextPolicy === undefined ? {} : { nextPolicy }),
    ...(recordedRevision === undefined ? {} : { recordedRevision }),
    evidence: await evidenceOf(commit, base),
    blastRadius: blastRadius(items),
  })
  if (unreviewable.length === 0) return decision
  return { ...decision, verdict: "refused", refusals: [...unreviewable, ...decision.refusals] }
}

/** Nobody asked for approvals before: whoever could push decided, and what they brought in is where asking begins. */
function unasked(
  commit: string,
  next: ApprovalsPolicy | undefined,
  recordedRevision: number | undefined,
): AuthorizationDecision {
  const nothing = { commit, items: [], quorums: [], notCounted: [] }
  if (next === undefined) return { ...nothing, verdict: "authorized", refusals: [] }
  const refusals = replayed(next, recordedRevision ?? 0)
  return refusals.length > 0 ? { ...nothing, verdict: "refused", refusals } : anchor(commit, next)
}

function anchor(commit: string, { revision }: ApprovalsPolicy): AuthorizationDecision {
  return { commit, verdict: "anchor", revision, items: [], quorums: [], notCounted: [], refusals: [] }
}

function contextOf({ tree, parents: [base = ""] }: MainCommit, { policy, repository }: PolicyAt): ApprovalContext {
  return { repository: repositoryOf(policy, repository), branch: policy.branch, base, tree }
}

/** What evidence has to call the repository. */
function repositoryOf({ evidence, repository: name }: ApprovalsPolicy, { policies }: Repository): string {
  const { releases } = policies.distribution
  return evidence === "github-reviews" && releases.kind === "github"
    ? `github:${releases.repositoryId}`
    : `local:${name}`
}

/** Why nobody can have judged the change by looking at it. */
async function obstaclesOf(
  { history }: Outside,
  parent: string,
  commit: string,
  paths: readonly string[],
  findings: readonly Finding[],
): Promise<readonly Refusal[]> {
  if (paths.length > MAXIMUM_PATHS) {
    return [unreviewable(`it changes ${paths.length} files, expected at most ${MAXIMUM_PATHS}: nobody reads so many`)]
  }
  const odd = await history.unreviewable(parent, commit)
  const [first, ...others] = findings.filter(each => hasErrors([each]))
  return [
    ...odd.map(({ path, problem }) => unreviewable(`${path} cannot be reviewed: ${problem}`)),
    ...(first === undefined
      ? []
      : [unreviewable(`what it asks for cannot be read (${first.code}, and ${others.length} more): ${first.message}`)]),
  ]
}

function unreviewable(sentence: string): Refusal {
  return { code: "unreviewable", sentence }
}

function itemsOf(
  before: Repository,
  after: Repository | undefined,
  paths: readonly string[],
  standing: Standing | undefined,
): readonly ChangeItem[] {
  return after === undefined ? unknownItems(paths) : classifyChange(before, after, paths, standing)
}

/** Of what cannot be understood, the worst is assumed. */
function unknownItems(paths: readonly string[]): readonly ChangeItem[] {
  return paths
    .slice(0, MAXIMUM_PATHS)
    .map(path => ({ path, class: "policy", effect: "grant", what: `${path} changes` }))
}

interface ReadCommit {
  readonly tree: Tree
  readonly repository?: Repository
  readonly findings: readonly Finding[]
}

export interface PolicyReader {
  read(commit: string): Promise<ReadCommit>
  /** Of the commit, or where its policies cannot be read, of the nearest before it. Undefined where there is none. */
  at(commit: string): Promise<PolicyAt | undefined>
}

/** Every commit is somebody's child and somebody's parent: what is the same in both is read once. */
export function policyReader({ workspace, history }: Pick<World, "workspace" | "history">): PolicyReader {
  const notes = memoryNotes()
  const seen = new Set<string>()
  let recent: { readonly commit: string; readonly read: ReadCommit }[] = []

  async function read(commit: string): Promise<ReadCommit> {
    const known = recent.find(each => each.commit === commit)?.read
    if (known !== undefined) return known
    const { tree } = await workspace.readCommit(commit, id => seen.has(id))
    for (const id of tree.ids?.values() ?? []) seen.add(id)
    const made = { tree, ...parseRepository(tree, notes) }
    recent = [{ commit, read: made }, ...recent].slice(0, 2)
    return made
  }

  async function at(commit: string): Promise<PolicyAt | undefined> {
    const { tree, repository } = await read(commit)
    if (!tree.has(POLICY_FILE)) return undefined
    const policy = repository?.policies.approvals
    if (repository !== undefined && policy !== undefined) {
      return { repository, policy, keys: keysOf(tree, repository), name: nameOf(tree) ?? commit }
    }
    const [parent] = (await history.find(commit)).parents
    return parent === undefined ? undefined : at(parent)
  }

  return { read, at }
}

function keysOf(tree: Tree, { policies }: Repository): readonly TrustAnchor[] {
  return [...policies.people.principals.values()].flatMap(({ openpgp }) =>
    openpgp === undefined || !tree.has(openpgp.file)
      ? []
      : [{ fingerprint: openpgp.fingerprint, publicKeyArmored: textOf(tree, openpgp.file) }],
  )
}

function nameOf({ ids }: Tree): string | undefined {
  return ids && [...ids].filter(([path]) => path.startsWith("policies/")).join("\n")
}

function memoryNotes(): Notes {
  const values = new Map<string, Json>()
  const key = (kind: NoteKind, name: string): string => `${kind} ${name}`
  return {
    get: (kind, name) => values.get(key(kind, name)),
    set: (kind, name, value) => void values.set(key(kind, name), value),
  }
}

function short(commit: string): string {
  return commit.slice(0, 12)
}
