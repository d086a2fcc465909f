import type { ForgeRule, Found, FoundSettings, SigningEnvironment } from "../../domain/authorization/settings.ts"
import { formatInstant, type Instant, parseInstant } from "../../domain/instant.ts"
import type { Json } from "../../domain/json.ts"
import type { Forge } from "../../ports.ts"
import type { GithubClient } from "./client.ts"
import { GithubRefusal, isRefusal } from "./refusals.ts"
import { type RepositoryName, repositoryName } from "./repository-name.ts"

export interface GithubSettingsOptions {
  readonly client: Pick<GithubClient, "rest" | "paginate">
  /** `owner/name`. */
  readonly repository: string
  /** Which environment holds the signing keys. Default `signing`. */
  readonly environment?: string
  readonly now: Instant
}

/** Asks and never changes anything. What the token may not read is unknown, which is neither good nor bad. */
export function githubSettings(options: GithubSettingsOptions): Forge {
  const { client, now, environment = "signing" } = options
  const own = repositoryName(options.repository)
  return {
    async settings(branch): Promise<FoundSettings> {
      const [branchRules, rulesets] = [await rulesOn(client, own, branch), await activeRulesets(client, own)]
      const inForce = inForceOn(branchRules, rulesets)
      // Of a repository that the token cannot see GitHub says 404 to everything.
      const seen = async <T>(ask: () => Promise<Found<T>>) => (branchRules.known ? ask() : branchRules)
      return {
        readAt: now,
        branchRules: of(branchRules, rules => rules.map(ruleOf)),
        tagRules: of(rulesets, all => all.filter(isForAllTags).flatMap(({ rules = [] }) => rules.map(ruleOf))),
        bypass: bypassOf(inForce),
        updatedAt: updatedAtOf(inForce),
        immutableReleases: await seen(() => immutableReleases(client, own)),
        ...(await workflowPermissions(client, own)),
        codeownersErrors: await seen(() => codeownersErrors(client, own, branch)),
        signing: await signingEnvironment(client, own, environment),
      }
    },
  }
}

type Client = GithubSettingsOptions["client"]

interface RuleAnswer {
  readonly type: string
  readonly parameters?: unknown
  readonly ruleset_id?: number
}

interface RulesetAnswer {
  readonly id: number
  readonly name: string
  readonly target?: string
  readonly enforcement: string
  readonly updated_at?: string
  /** Shown to administrators only. */
  readonly bypass_actors?: readonly {
    readonly actor_id?: number | null
    readonly actor_type: string
    readonly bypass_mode?: string
  }[]
  readonly conditions?: unknown
  readonly rules?: readonly RuleAnswer[]
}

function rulesOn(
  { rest, paginate }: Client,
  own: RepositoryName,
  branch: string,
): Promise<Found<readonly RuleAnswer[]>> {
  return asked(() => paginate(rest.repos.getBranchRules, { ...own, branch, per_page: 100 }))
}

/** Whole, since the list of them has neither rules nor who may pass. */
function activeRulesets({ rest, paginate }: Client, own: RepositoryName): Promise<Found<readonly RulesetAnswer[]>> {
  return asked(async () => {
    const listed = await paginate(rest.repos.getRepoRulesets, { ...own, includes_parents: true, per_page: 100 })
    const active = listed.filter(({ enforcement }) => enforcement === "active")
    return Promise.all(
      active.map(async ({ id }) => (await rest.repos.getRepoRuleset({ ...own, ruleset_id: id })).data as RulesetAnswer),
    )
  })
}

function inForceOn(
  branchRules: Found<readonly RuleAnswer[]>,
  rulesets: Found<readonly RulesetAnswer[]>,
): Found<readonly RulesetAnswer[]> {
  if (!branchRules.known) return branchRules
  const ids = new Set(branchRules.value.map(rule => rule.ruleset_id))
  return of(rulesets, all => all.filter(each => ids.has(each.id) || isForAllTags(each)))
}

function isForAllTags({ target, conditions }: RulesetAnswer): boolean {
  const { ref_name: names } = (conditions ?? {}) as { ref_name?: { include?: string[]; exclude?: string[] } }
  return target === "tag" && names?.include?.includes("~ALL") === true && (names.exclude ?? []).length === 0
}

function ruleOf({ type, parameters }: RuleAnswer): ForgeRule {
  return parameters === undefined ? { type } : { type, parameters: parameters as { readonly [name: string]: Json } }
}

function bypassOf(rulesets: Found<readonly RulesetAnswer[]>): Found<readonly string[]> {
  if (!rulesets.known) return rulesets
  const hidden = rulesets.value.find(each => each.bypass_actors === undefined)
  if (hidden !== undefined) return unknown(`GitHub shows administrators only who may pass by ${hidden.name}`)
  const actors = rulesets.value.flatMap(each => each.bypass_actors ?? [])
  return known([...new Set(actors.map(actorText))])
}

const ACTORS: Readonly<Record<string, string>> = {
  RepositoryRole: "role",
  Team: "team",
  Integration: "app",
  User: "user",
  OrganizationAdmin: "organization administrators",
  DeployKey: "deploy keys",
}

/** e.g. `role 5 (always)`. */
function actorText({
  actor_type,
  actor_id,
  bypass_mode = "always",
}: {
  actor_type: string
  actor_id?: number | null
  bypass_mode?: string
}): string {
  return [ACTORS[actor_type] ?? actor_type, ...(actor_id == null ? [] : [actor_id]), `(${bypass_mode})`].join(" ")
}

function updatedAtOf(rulesets: Found<readonly RulesetAnswer[]>): Found<Instant> {
  if (!rulesets.known) return rulesets
  const instants = rulesets.value.map(each => parseInstant(utc(each.updated_at ?? "")))
  const newest = instants.reduce(
    (a, b) => (a === undefined || b === undefined ? undefined : b > a ? b : a),
    instants[0],
  )
  return newest === undefined ? unknown("GitHub does not say when a ruleset was edited") : known(newest)
}

/** Rulesets have instants with an offset of their own, e.g. `2026-07-15T08:43:03.000-04:00`. */
function utc(text: string): string {
  const millis = Date.parse(text)
  return Number.isNaN(millis) ? "" : formatInstant(millis as Instant)
}

/** 404: they are off (docs.github.com, "Check if immutable releases are enabled for a repository"). */
function immutableReleases({ rest }: Client, own: RepositoryName): Promise<Found<boolean>> {
  return asked(async () => {
    try {
      return (await rest.repos.checkImmutableReleases(own)).data.enabled
    } catch (error) {
      if (isRefusal(error, 404)) return false
      throw error
    }
  })
}

async function workflowPermissions(
  { rest }: Client,
  own: RepositoryName,
): Promise<Pick<FoundSettings, "actionsMayApprove" | "tokenMayWrite">> {
  const answer = await asked(
    async () => (await rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(own)).data,
  )
  return {
    actionsMayApprove: of(answer, ({ can_approve_pull_request_reviews: may }) => may),
    tokenMayWrite: of(answer, ({ default_workflow_permissions: default_ }) => default_ === "write"),
  }
}

/** 404: there is no such file. */
function codeownersErrors({ rest }: Client, own: RepositoryName, ref: string): Promise<Found<readonly string[]>> {
  return asked(async () => {
    try {
      const { data } = await rest.repos.codeownersErrors({ ...own, ref })
      return data.errors.map(({ path, line, kind }) => `${path}:${line}: ${kind}`)
    } catch (error) {
      if (isRefusal(error, 404)) return ["there is no CODEOWNERS file"]
      throw error
    }
  })
}

function signingEnvironment(
  { rest, paginate }: Client,
  own: RepositoryName,
  name: string,
): Promise<Found<SigningEnvironment>> {
  return asked(async () => {
    const { data } = await rest.repos.getEnvironment({ ...own, environment_name: name })
    const { protection_rules: rules = [], deployment_branch_policy: policy } = data
    const gate = rules.find(rule => rule.type === "required_reviewers") as ReviewersRule | undefined
    return {
      branches: await branchesOf(policy ?? null),
      reviewers: gate?.reviewers?.length ?? 0,
      preventSelfReview: gate?.prevent_self_review === true,
      administratorsMayBypass: (data as { can_admins_bypass?: boolean }).can_admins_bypass !== false,
    }
  })

  async function branchesOf(policy: BranchPolicy | null): Promise<readonly string[] | null> {
    if (policy === null) return null
    if (policy.protected_branches) return ["protected branches"]
    const listed = await paginate(rest.repos.listDeploymentBranchPolicies, { ...own, environment_name: name })
    return listed.map(each => each.name ?? "")
  }
}

interface ReviewersRule {
  readonly reviewers?: readonly unknown[]
  readonly prevent_self_review?: boolean
}

interface BranchPolicy {
  readonly protected_branches: boolean
}

/** What GitHub refuses to tell is unknown; a limit or silence is thrown, for trying again may help. */
async function asked<T>(request: () => Promise<T>): Promise<Found<T>> {
  try {
    return known(await request())
  } catch (error) {
    if (error instanceof GithubRefusal) return unknown(error.hint ?? error.message)
    throw error
  }
}

function known<T>(value: T): Found<T> {
  return { known: true, value }
}

function unknown(why: string): { readonly known: false; readonly why: string } {
  return { known: false, why }
}

function of<T, U>(found: Found<T>, read: (value: T) => U): Found<U> {
  return found.known ? known(read(found.value)) : found
}
