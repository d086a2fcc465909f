import type { BlastRadius } from "../../domain/blast-radius.ts"
import { ScbError } from "../../domain/errors.ts"
import { type Finding, hasErrors } from "../../domain/findings.ts"
import { momentAt } from "../../domain/moment.ts"
import type { Plan } from "../../domain/plan.ts"
import { decodeUtf8, encodeUtf8 } from "../../domain/utf8.ts"
import type { Intent, Tree } from "../../ports.ts"
import { InvalidRepository } from "../invalid-repository.ts"
import { type PlannedChange, planChange } from "../plan.ts"
import { readSoundRepository } from "../read-repository.ts"
import type { World } from "../world.ts"
import { type Edit, type EditScene, type Proposal, Refusal } from "./proposal.ts"

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
  readonly commit?: { readonly id: string; readonly branch: string }
}

/**
 * Makes the edit, judges and plans the result as `validate` and `plan` would, and only then writes. What would leave
 * more errors than before is refused, unless it takes something back: a revocation waits for nobody. Throws
 * {@link Refusal}, and `invalid-repository` when it is unsound before the edit.
 */
export async function edit(world: World, intent: Intent, make: Edit, mode: EditMode): Promise<EditOutcome> {
  const { commit, tree } = await baseOf(world, mode)
  const before = await planChange(seeing(world, commit, tree))
  const { repository } = before.source
  const { plan, waits } = before
  const scene = { repository, tree, ledger: before.ledger.state, plan, waits, moment: momentAt(world.now) }
  const proposal = make(scene)
  const changes = changesOf(tree, proposal)
  const said = shownOf(proposal)
  if (changes.length === 0) return { ...said, outcome: "already", changes, adds: NOTHING, drops: NOTHING, findings: [] }
  const branch = branchOf(mode, proposal)
  const known = branch === undefined ? undefined : await findDone(world, branch, make, scene)
  if (known !== undefined)
    return { ...said, outcome: "already", changes: [], adds: NOTHING, drops: NOTHING, findings: [], commit: known }
  if (mode.kind === "commit") await requireCommitted(world, proposal)
  const after = await planned(seeing(world, commit, overlaid(tree, proposal)))
  const findings = after.findings.filter(each => !before.findings.some(known => isSame(each, known)))
  const result = { ...said, changes, findings, adds: without(after.plan, plan), drops: without(plan, after.plan) }
  const isUnsound = after.plan === undefined || (hasErrors(findings) && proposal.reduces !== true)
  if (isUnsound) return { ...result, outcome: "refused", drops: NOTHING }
  if (mode.kind === "show") return { ...result, outcome: "shown" }
  if (mode.kind === "write" || branch === undefined) {
    await intent.write(proposal.files)
    return { ...result, outcome: "written" }
  }
  const message =
    mode.message ?? [proposal.title, ...(proposal.reason === undefined ? [] : [proposal.reason])].join("\n\n")
  const { files } = proposal
  const { id, outcome } = await intent.commit({ parent: commit, files, branch, message, at: world.now })
  return { ...result, outcome, commit: { id, branch } }
}

const NOTHING: PlanPart = { invalidations: [], steps: [] }

function branchOf(mode: EditMode, { title }: Proposal): string | undefined {
  return mode.kind === "commit" ? (mode.branch ?? branchName(title)) : undefined
}

/** The branch on which nothing is left to edit: it was done before, perhaps at another time of day. */
async function findDone(
  world: World,
  branch: string,
  make: Edit,
  scene: EditScene,
): Promise<{ readonly id: string; readonly branch: string } | undefined> {
  const found = await world.workspace.readCommit(branch).catch((error: unknown) => {
    if (error instanceof ScbError && error.code === "not-found") return undefined
    throw error
  })
  if (found === undefined) return undefined
  const { repository } = await readSoundRepository(found.tree, world)
  const isDone = make({ ...scene, repository, tree: found.tree }).files.size === 0
  return isDone ? { id: found.commit, branch } : undefined
}

/** A commit is made of HEAD, everything else of what lies on disk. */
async function baseOf({ workspace }: World, mode: EditMode): Promise<{ readonly commit: string; readonly tree: Tree }> {
  const head = await workspace.readCommit()
  return mode.kind === "commit" ? head : { commit: head.commit, tree: await workspace.readWorkingTree() }
}

/** The same world, where HEAD is this tree. */
function seeing(world: World, commit: string, tree: Tree): World {
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

async function planned(world: World): Promise<Pick<PlannedChange, "findings"> & { readonly plan?: Plan }> {
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
function without(plan: Plan | undefined, other: Plan | undefined): PlanPart {
  const { invalidations, steps } = other ?? NOTHING
  const known = new Set([...invalidations, ...steps].map(each => JSON.stringify(each)))
  const isNew = (each: object) => !known.has(JSON.stringify(each))
  return { invalidations: (plan ?? NOTHING).invalidations.filter(isNew), steps: (plan ?? NOTHING).steps.filter(isNew) }
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
