/** Rulesets: what GitHub itself enforces, as far as our policy relies on it (docs.github.com, "Available rules for rulesets"). */
import {
  type Call,
  created,
  type Endpoints,
  instant,
  listOf,
  nodeId,
  notFound,
  ok,
  page,
  pageUrl,
  Refusal,
  repositoryUrl,
  textOf,
} from "../call.ts"
import { isObject, type JsonObject } from "../contract.ts"
import type { Repository, Ruleset } from "../model.ts"

export type RefChange = "creation" | "update" | "deletion" | "non_fast_forward" | "merge"

export const rules: Endpoints = {
  "repos/get-branch-rules": {
    needs: ["metadata", "read"],
    answer: call =>
      page(call, branchRules(call.repository, call.path["branch"] ?? ""), ({ rule, ruleset }) => ({
        ...rule,
        ruleset_source_type: "Repository",
        ruleset_source: `${call.repository.owner.login}/${call.repository.name}`,
        ruleset_id: ruleset.id,
      })),
  },
  "repos/get-repo-rulesets": {
    needs: ["metadata", "read"],
    answer: call =>
      page(call, call.repository.rulesets, ruleset => {
        const { bypass_actors, conditions, rules, ...summary } = rulesetJson(call, ruleset)
        return summary
      }),
  },
  "repos/get-repo-ruleset": {
    needs: ["metadata", "read"],
    answer: call => ok(rulesetJson(call, rulesetOf(call))),
  },
  "repos/create-repo-ruleset": {
    needs: ["administration", "write"],
    answer(call) {
      const ruleset: Ruleset = {
        id: call.model.nextId(),
        updatedAt: instant(call.now),
        values: { target: "branch", rules: [], ...call.body },
      }
      call.repository.rulesets.push(ruleset)
      return created(rulesetJson(call, ruleset))
    },
  },
  "repos/update-repo-ruleset": {
    needs: ["administration", "write"],
    answer(call) {
      const ruleset = rulesetOf(call)
      ruleset.values = { ...ruleset.values, ...call.body }
      ruleset.updatedAt = instant(call.now)
      return ok(rulesetJson(call, ruleset))
    },
  },
}

function rulesetOf({ path, repository }: Call): Ruleset {
  const found = repository.rulesets.find(({ id }) => String(id) === path["ruleset_id"])
  if (found === undefined) throw notFound()
  return found
}

/** "bypass_actors: this property is only returned if the user making the API request has write access to the ruleset" */
function rulesetJson(call: Call, { id, updatedAt, values }: Ruleset): JsonObject {
  const { bypass_actors = [], ...rest } = values
  const isAdmin = call.can("administration", "write")
  return {
    ...rest,
    id,
    node_id: nodeId("RRS", id),
    source_type: "Repository",
    source: `${call.repository.owner.login}/${call.repository.name}`,
    created_at: instant(call.now),
    updated_at: updatedAt ?? instant(call.now),
    ...(isAdmin ? { bypass_actors, current_user_can_bypass: "never" } : {}),
    _links: {
      self: { href: `${repositoryUrl(call)}/rulesets/${id}` },
      html: { href: `${pageUrl(call)}/rules/${id}` },
    },
  }
}

export interface BranchRule {
  readonly ruleset: Ruleset
  readonly rule: JsonObject
}

/** Of all active rulesets about this branch. */
export function branchRules({ defaultBranch, rulesets }: Repository, branch: string): readonly BranchRule[] {
  return rulesets
    .filter(({ values }) => values["enforcement"] === "active" && values["target"] === "branch")
    .filter(({ values }) => isAbout(values, `refs/heads/${branch}`, branch === defaultBranch))
    .flatMap(ruleset => listOf(ruleset.values, "rules").flatMap(rule => (isObject(rule) ? [{ ruleset, rule }] : [])))
}

function isAbout({ conditions }: JsonObject, ref: string, isDefault: boolean): boolean {
  const names = isObject(conditions) ? conditions["ref_name"] : undefined
  if (!isObject(names)) return true
  const fits = (pattern: unknown): boolean =>
    pattern === "~ALL" || (pattern === "~DEFAULT_BRANCH" && isDefault) || fnmatch(String(pattern), ref)
  return listOf(names, "include").some(fits) && !listOf(names, "exclude").some(fits)
}

function fnmatch(pattern: string, name: string): boolean {
  const source = pattern
    .split("**")
    .map(part =>
      part
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", "[^/]*")
        .replaceAll("?", "[^/]"),
    )
    .join(".*")
  return new RegExp(`^${source}$`).test(name)
}

/** Throws what GitHub says to a change of a ref that its rulesets forbid. Merging a pull request is no push. */
export function refuseByRules(repository: Repository, ref: string, change: RefChange): void {
  const broken = ruleBroken(repository, ref, change)
  if (broken !== undefined) throw new Refusal(422, `Repository rule violations found\n\n${broken}\n`)
}

export function ruleBroken(repository: Repository, ref: string, change: RefChange): string | undefined {
  if (!ref.startsWith("refs/heads/")) return undefined
  const kinds = new Set(
    branchRules(repository, ref.slice("refs/heads/".length)).map(({ rule }) => textOf(rule, "type") ?? ""),
  )
  if (change === "deletion" && kinds.has("deletion")) return "Cannot delete this branch"
  if (change === "non_fast_forward" && kinds.has("non_fast_forward")) return "Cannot force-push to this branch"
  if (change === "creation" && kinds.has("creation")) return "Cannot create ref due to creations being restricted."
  const isPush = change === "update" || change === "non_fast_forward"
  if (isPush && kinds.has("update")) return "Cannot update this protected ref."
  if (isPush && kinds.has("pull_request")) return "Changes must be made through a pull request."
  return undefined
}
