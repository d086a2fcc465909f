import { blastRadius, classifyChange } from "../../domain/authorization/classify.ts"
import { type Requirement, requirementsOf } from "../../domain/authorization/requirements.ts"
import { standingIn } from "../../domain/authorization/standing.ts"
import { ScbError } from "../../domain/errors.ts"
import { type Finding, finding, hasErrors } from "../../domain/findings.ts"
import { momentAt } from "../../domain/plan/moment.ts"
import type { Plan } from "../../domain/plan/plan.ts"
import type { Repository } from "../../domain/repository.ts"
import type { BlastRadius } from "../../domain/revocation/blast-radius.ts"
import { decodeUtf8, encodeUtf8 } from "../../domain/utf8.ts"
import type { Intent, Tree } from "../../ports.ts"
import { InvalidRepository } from "../invalid-repository.ts"
import { type PlannedChange, planChange } from "../plan.ts"
import { readSoundRepository } from "../read-repository.ts"
import type { World } from "../world.ts"
import { type Edit, type EditScene, type Proposal, Refusal } from "./proposal.ts"
import { seenReleases } from "./seen-releases.ts"

export type EditMode =
  | { readonly kind: "show" }
  | { readonly kind: "write" }
  /** On a new branch; without a name, one made from what is done. */
  | { readonly kind: "commit"; readonly branch?: string; readonly message?: string }

export interface FileChange {
  readonly path: string
  /** Empty where there was no file. */
  readonly before: string
  readonly after: string
}

export type PlanPart = Pick<Plan, "invalidations" | "steps">

export interface EditOutcome {
  readonly title: string
  readonly reason?: string
  readonly outcome: "already" | "refused" | "shown" | "written" | "committed"
  readonly changes: readonly FileChange[]
  /** What the plan then has in addition, and what it has no more. */
  readonly adds: PlanPart
  readonly drops: PlanPart
  /** What is to be mended because of it. */
  readonly findings: readonly Finding[]
  readonly radius?: BlastRadius
  /** Whom policies/approvals.yaml asks, by rule. Absent where there is no such policy. */
  readonly approvals?: readonly Requirement[]
  readonly commit?: { readonly id: string; readonly branch: string }
}

/**
 * Makes the edit, judges and plans the result as `validate` and `plan` would, and only then writes. What would leave
 * more errors than before is refused, unless it takes something back: a revocation waits for nobody. Throws
 * {@link Refusal}, and `invalid-repository` when it is unsound before the edit.
 */
export async function edit(outside: World, intent: Intent, make: Edit, mode: EditMode): Promise<EditOutcome> {
  const { world, missed } = withinSight(outside)
  const base = await baseOf(world, mode)
  const before = await planChange(seeing(world, base))
  const scene = sceneOf(before, base.tree, world)
  const proposal = make(scene)
  const done = proposal.files.size === 0 ? {} : await findDone(world, make, scene, branchOf(mode, proposal))
  if (done !== undefined) return { ...shownOf(proposal), ...UNCHANGED, ...done, outcome: "already" }
  if (mode.kind === "commit") await requireCommitted(world, proposal)
  const { isUnsound, ...judged } = await judge(world, base, before, proposal)
  const changes = changesOf(base.tree, proposal)
  const result = { ...shownOf(proposal), changes, ...judged, findings: [...missed, ...judged.findings] }
  if (isUnsound) return { ...result, outcome: "refused" }
  return { ...result, ...(await record(world, intent, proposal, mode, base.commit)) }
}

function withinSight(world: World): { readonly world: World; readonly missed: readonly Finding[] } {
  const missed: Finding[] = []
  const miss = ({ message }: ScbError): void => {
    missed.push(finding("S54", "releases", `what is published is out of sight: ${message}`))
  }
  return { world: { ...world, releases: seenReleases(world.releases, miss) }, missed }
}

/** What the edit is made on. */
interface Base {
  readonly commit: string
  readonly tree: Tree
}

const NOTHING: PlanPart = { invalidations: [], steps: [] }
const UNCHANGED = { changes: [], adds: NOTHING, drops: NOTHING, findings: [] }

function sceneOf({ source, ledger, plan, waits }: PlannedChange, tree: Tree, { now }: World): EditScene {
  return { repository: source.repository, tree, ledger: ledger.state, plan, waits, moment: momentAt(now) }
}

function branchOf(mode: EditMode, { title }: Proposal): string | undefined {
  return mode.kind === "commit" ? (mode.branch ?? branchName(title)) : undefined
}

/** The branch on which nothing is left to edit: it was done before, perhaps at another time of day. */
async function findDone(
  world: World,
  make: Edit,
  scene: EditScene,
  branch: string | undefined,
): Promise<Pick<EditOutcome, "commit"> | undefined> {
  const found = branch === undefined ? undefined : await readBranch(world, branch)
  if (branch === undefined || found === undefined) return undefined
  const { repository } = await readSoundRepository(found.tree, world)
  const isDone = make({ ...scene, repository, tree: found.tree }).files.size === 0
  return isDone ? { commit: { id: found.commit, branch } } : undefined
}

async function readBranch({ workspace }: World, branch: string): Promise<Base | undefined> {
  return workspace.readCommit(branch).catch((error: unknown) => {
    if (error instanceof ScbError && error.code === "not-found") return undefined
    throw error
  })
}

/** What is other than before when the edit is planned, and whether it must not be. */
async function judge(
  world: World,
  { commit, tree }: Base,
  before: PlannedChange,
  proposal: Proposal,
): Promise<Pick<EditOutcome, "adds" | "drops" | "findings" | "approvals"> & { readonly isUnsound: boolean }> {
  const after = await planned(seeing(world, { commit, tree: overlaid(tree, proposal) }))
  const findings = after.findings.filter(each => !before.findings.some(known => isSame(each, known)))
  if (after.plan === undefined || after.source === undefined) return { ...UNCHANGED, findings, isUnsound: true }
  return {
    ...approvalsFor(before, after.source.repository, proposal),
    adds: without(after.plan, before.plan),
    drops: without(before.plan, after.plan),
    findings,
    isUnsound: hasErrors(findings) && proposal.reduces !== true,
  }
}

async function record(
  { now }: World,
  intent: Intent,
  proposal: Proposal,
  mode: EditMode,
  parent: string,
): Promise<Pick<EditOutcome, "outcome" | "commit">> {
  const { files, title, reason } = proposal
  switch (mode.kind) {
    case "show":
      return { outcome: "shown" }
    case "write":
      await intent.write(files)
      return { outcome: "written" }
    case "commit": {
      const branch = mode.branch ?? branchName(title)
      const message = mode.message ?? [title, reason].filter(part => part !== undefined).join("\n\n")
      const { id, outcome } = await intent.commit({ parent, files, branch, message, at: now })
      return { outcome, commit: { id, branch } }
    }
  }
}

/** A commit is made of HEAD, everything else of what lies on disk. */
async function baseOf({ workspace }: World, mode: EditMode): Promise<Base> {
  const head = await workspace.readCommit()
  return mode.kind === "commit" ? head : { commit: head.commit, tree: await workspace.readWorkingTree() }
}

/** The same world, where HEAD is this tree. */
function seeing(world: World, { commit, tree }: Base): World {
  const workspace = {
    ...world.workspace,
    readCommit: async () => ({ commit, tree }),
    uncommittedChanges: async () => [],
  }
  return { ...world, workspace }
}

function overlaid(tree: Tree, { files }: Proposal): Tree {
  const changed = new Map([...tree, ...[...files].map(([path, text]) => [path, encodeUtf8(text)] as const)])
  return tree.problems === undefined ? changed : Object.assign(changed, { problems: tree.problems })
}

/** As if it were merged on what it is made on; an emergency may ask for fewer. */
function approvalsFor(
  { source, ledger }: PlannedChange,
  after: Repository,
  { files }: Proposal,
): Pick<EditOutcome, "approvals"> {
  const { approvals } = source.repository.policies
  if (approvals === undefined) return {}
  const standing = standingIn(ledger.state.bundles)
  const items = classifyChange(source.repository, after, [...files.keys()], standing)
  return { approvals: requirementsOf(approvals, items, blastRadius(items)) }
}

async function planned(
  world: World,
): Promise<Pick<PlannedChange, "findings"> & Partial<Pick<PlannedChange, "plan" | "source">>> {
  try {
    return await planChange(world)
  } catch (error) {
    if (error instanceof InvalidRepository) return { findings: error.findings }
    throw error
  }
}

async function requireCommitted({ workspace }: World, { files }: Proposal): Promise<void> {
  const changed = await workspace.uncommittedChanges()
  const dirty = [...files.keys()].filter(path => changed.includes(path))
  if (dirty.length === 0) return
  throw new Refusal(
    `${dirty.join(", ")} has changes that are not committed, and would not be part of this commit`,
    "commit or stash them first, or leave --commit out: then the file is edited as it lies on disk",
  )
}

function changesOf(tree: Tree, { files }: Proposal): readonly FileChange[] {
  return [...files].map(([path, after]) => {
    const bytes = tree.get(path)
    return { path, before: bytes === undefined ? "" : decodeUtf8(bytes), after }
  })
}

function shownOf({ title, reason, radius }: Proposal): Pick<EditOutcome, "title" | "reason" | "radius"> {
  return { title, ...(reason === undefined ? {} : { reason }), ...(radius === undefined ? {} : { radius }) }
}

/** What `plan` has and `other` has not. */
function without(plan: PlanPart, other: PlanPart): PlanPart {
  const known = new Set([...other.invalidations, ...other.steps].map(each => JSON.stringify(each)))
  const isNew = (each: object) => !known.has(JSON.stringify(each))
  return { invalidations: plan.invalidations.filter(isNew), steps: plan.steps.filter(isNew) }
}

/** Where it stands may have moved. */
function isSame(a: Finding, b: Finding): boolean {
  return a.code === b.code && a.subject === b.subject && a.message === b.message
}

/** A name that git takes, such as `scb/pin-payments-prod-checkout-stable-to-1.4.2`. */
function branchName(title: string): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
  return `scb/${words.slice(0, 80).replaceAll(/^[-.]+|[-.]+$/g, "")}`.replace(/\.lock$/, "-lock")
}
