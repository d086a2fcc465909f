/** Workflow runs, environments and dispatches. The fake runs no workflow: it remembers what was asked for. */
import {
  type Answer,
  type Call,
  type Endpoints,
  flagOf,
  instant,
  listOf,
  NOTHING,
  nodeId,
  notFound,
  ok,
  pageOf,
  pageUrl,
  Refusal,
  repositoryUrl,
  textOf,
  userJson,
} from "../call.ts"
import { isObject, type JsonObject } from "../contract.ts"
import type { Environment, Run } from "../model.ts"
import { repositoryJson } from "./repositories.ts"

/** docs.github.com, "Deployments and environments" */
const REVIEWERS_AT_MOST = 6

export const actions: Endpoints = {
  "repos/create-dispatch-event": {
    needs: ["contents", "write"],
    answer(call) {
      const payload = call.body["client_payload"]
      if (JSON.stringify(payload ?? {}).length >= 65_536)
        throw new Refusal(422, "Invalid request.\n\nclient_payload is too large.", [])
      call.repository.dispatches.push({
        kind: "repository",
        name: textOf(call.body, "event_type") ?? "",
        payload: isObject(payload) ? payload : {},
        actor: call.user,
      })
      return NOTHING
    },
  },
  "actions/create-workflow-dispatch": { needs: ["actions", "write"], answer: dispatchWorkflow },
  "actions/list-workflow-runs-for-repo": {
    needs: ["actions", "read"],
    answer(call) {
      const { query, repository } = call
      const wanted = (name: string, value: string | null) => query.get(name) === null || query.get(name) === value
      const found = repository.runs
        .filter(run => wanted("event", run.event) && wanted("branch", run.headBranch))
        .filter(run => wanted("head_sha", run.headSha))
        .filter(run => wanted("status", run.status) || wanted("status", run.conclusion))
        .reverse()
      const [shown, headers] = pageOf(call, found)
      return {
        status: 200,
        headers,
        body: { total_count: found.length, workflow_runs: shown.map(run => runJson(call, run)) },
      }
    },
  },
  "actions/get-workflow-run": { needs: ["actions", "read"], answer: call => ok(runJson(call, runOf(call))) },
  "actions/get-reviews-for-run": {
    needs: ["actions", "read"],
    answer: call =>
      ok(
        runOf(call).approvals.map(({ comment, environment, state, user }) => ({
          state,
          comment,
          user: userJson(call, user),
          environments: call.repository.environments
            .filter(({ name }) => name === environment)
            .map(one => {
              const { protection_rules, deployment_branch_policy, ...summary } = environmentJson(call, one)
              return summary
            }),
        })),
      ),
  },
  "actions/get-pending-deployments-for-run": {
    needs: ["actions", "read"],
    answer(call) {
      const run = runOf(call)
      const waiting = call.repository.environments.filter(({ name }) => run.pending.includes(name))
      return ok(
        waiting.map(environment => ({
          environment: {
            id: environment.id,
            node_id: nodeId("EN", environment.id),
            name: environment.name,
            url: environmentUrl(call, environment),
            html_url: pageUrl(call),
          },
          wait_timer: 0,
          wait_timer_started_at: null,
          current_user_can_approve: environment.reviewers.some(({ id }) => id === call.token?.user.id),
          reviewers: environment.reviewers.map(user => ({ type: "User", reviewer: userJson(call, user) })),
        })),
      )
    },
  },
  "actions/review-pending-deployments-for-run": {
    needs: ["deployments", "write"],
    answer(call) {
      const { body, repository, user } = call
      const run = runOf(call)
      const ids = listOf(body, "environment_ids")
      const environments = repository.environments.filter(
        ({ id, name }) => ids.includes(id) && run.pending.includes(name),
      )
      for (const environment of environments) approveEnvironment(run, environment, user, body)
      if (environments.length === 0) throw new Refusal(422, "There are no pending deployment requests")
      return ok([])
    },
  },
  "repos/get-all-environments": {
    needs: ["actions", "read"],
    answer(call) {
      const [shown, headers] = pageOf(call, call.repository.environments)
      const environments = shown.map(one => environmentJson(call, one))
      return { status: 200, headers, body: { total_count: call.repository.environments.length, environments } }
    },
  },
  "repos/get-environment": {
    needs: ["actions", "read"],
    answer(call) {
      return ok(environmentJson(call, environmentOf(call)))
    },
  },
  "actions/get-github-actions-default-workflow-permissions-repository": {
    needs: ["administration", "read"],
    answer({ repository: { workflowPermissions = { write: false, approve: false } } }) {
      return ok({
        default_workflow_permissions: workflowPermissions.write ? "write" : "read",
        can_approve_pull_request_reviews: workflowPermissions.approve,
      })
    },
  },
  "repos/list-deployment-branch-policies": {
    needs: ["actions", "read"],
    answer(call) {
      const { branches = [], id } = environmentOf(call)
      const policies = branches.map((name, index) => ({
        id: id + index,
        node_id: nodeId("EBP", name),
        name,
        type: "branch",
      }))
      return ok({ total_count: policies.length, branch_policies: policies })
    },
  },
  "repos/create-or-update-environment": { needs: ["administration", "write"], answer: writeEnvironment },
}

async function dispatchWorkflow(call: Call): Promise<Answer> {
  const { body, model, now, repository, user } = call
  const ref = textOf(body, "ref") ?? ""
  const name = call.path["workflow_id"] ?? ""
  const sha = await repository.git.resolve(ref)
  if (sha === undefined) throw new Refusal(422, `No ref found for: ${ref}`)
  const path = `.github/workflows/${name}`
  const text = await repository.git.git(["cat-file", "blob", `${sha}:${path}`]).catch(() => undefined)
  if (text === undefined) throw notFound()
  if (!text.includes("workflow_dispatch")) throw new Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
  const inputs = body["inputs"]
  repository.dispatches.push({ kind: "workflow", name, ref, payload: isObject(inputs) ? inputs : {}, actor: user })
  const run: Run = {
    id: model.nextId(),
    workflow: path,
    event: "workflow_dispatch",
    headBranch: ref.replace("refs/heads/", ""),
    headSha: sha,
    actor: user,
    status: "queued",
    conclusion: null,
    createdAt: instant(now),
    approvals: [],
    pending: [],
  }
  repository.runs.push(run)
  if (flagOf(body, "return_run_details") !== true) return NOTHING
  const url = `${repositoryUrl(call)}/actions/runs/${run.id}`
  return ok({ workflow_run_id: run.id, run_url: url, html_url: `${pageUrl(call)}/actions/runs/${run.id}` })
}

/** One approval suffices, whoever of the reviewers gives it (docs.github.com, "Reviewing deployments"). */
export function approveEnvironment(run: Run, environment: Environment, user: Run["actor"], body: JsonObject): void {
  if (
    !environment.reviewers.some(({ id }) => id === user.id) ||
    (environment.preventSelfReview && run.actor.id === user.id)
  )
    throw new Refusal(403, "You are not allowed to review this deployment")
  const state = textOf(body, "state") === "rejected" ? "rejected" : "approved"
  run.approvals.push({ user, environment: environment.name, state, comment: textOf(body, "comment") ?? "" })
  run.pending = run.pending.filter(name => name !== environment.name)
}

function writeEnvironment(call: Call): Answer {
  const { body, model, repository } = call
  const name = call.path["environment_name"] ?? ""
  const reviewers = listOf(body, "reviewers")
  if (reviewers.length > REVIEWERS_AT_MOST)
    throw new Refusal(422, "Failed to create the environment protection rule. Please ensure the reviewers are valid.")
  const known = repository.environments.find(environment => environment.name === name)
  const environment: Environment = known ?? {
    id: model.nextId(),
    name,
    reviewers: [],
    preventSelfReview: false,
    adminsCanBypass: true,
    protectedBranchesOnly: null,
  }
  environment.reviewers = reviewers.flatMap(one =>
    isObject(one) ? [...model.users.values()].filter(({ id }) => id === one["id"]) : [],
  )
  environment.preventSelfReview = flagOf(body, "prevent_self_review") ?? false
  const policy = body["deployment_branch_policy"]
  environment.protectedBranchesOnly = isObject(policy) ? (flagOf(policy, "protected_branches") ?? false) : null
  if (known === undefined) repository.environments.push(environment)
  return ok(environmentJson(call, environment))
}

function environmentOf({ path, repository }: Call): Environment {
  const found = repository.environments.find(({ name }) => name === path["environment_name"])
  if (found === undefined) throw notFound()
  return found
}

function runOf({ path, repository }: Call): Run {
  const found = repository.runs.find(({ id }) => String(id) === path["run_id"])
  if (found === undefined) throw notFound()
  return found
}

const environmentUrl = (call: Call, { name }: Environment): string =>
  `${repositoryUrl(call)}/environments/${encodeURIComponent(name)}`

/** schema `environment` */
function environmentJson(call: Call, environment: Environment): JsonObject {
  const { id, name, preventSelfReview, protectedBranchesOnly, reviewers } = environment
  return {
    id,
    node_id: nodeId("EN", id),
    name,
    url: environmentUrl(call, environment),
    html_url: `${pageUrl(call)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    created_at: instant(call.now),
    updated_at: instant(call.now),
    protection_rules: [
      ...(reviewers.length === 0
        ? []
        : [
            {
              id: id + 1,
              node_id: nodeId("GA", id),
              type: "required_reviewers",
              prevent_self_review: preventSelfReview,
              reviewers: reviewers.map(user => ({ type: "User", reviewer: userJson(call, user) })),
            },
          ]),
      ...(protectedBranchesOnly === null ? [] : [{ id: id + 2, node_id: nodeId("GB", id), type: "branch_policy" }]),
    ],
    deployment_branch_policy:
      protectedBranchesOnly === null
        ? null
        : { protected_branches: protectedBranchesOnly, custom_branch_policies: !protectedBranchesOnly },
  }
}

/** schema `workflow-run` */
function runJson(call: Call, run: Run): JsonObject {
  const url = `${repositoryUrl(call)}/actions/runs/${run.id}`
  const minimal = repositoryJson(call)

  return {
    id: run.id,
    name: run.workflow.split("/").at(-1) ?? "",
    node_id: nodeId("WFR", run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflow,
    display_title: run.workflow,
    run_number: call.repository.runs.indexOf(run) + 1,
    run_attempt: 1,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: 1,
    check_suite_id: run.id,
    url,
    html_url: `${pageUrl(call)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.createdAt,
    run_started_at: run.createdAt,
    actor: userJson(call, run.actor),
    triggering_actor: userJson(call, run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(call)}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${repositoryUrl(call)}/actions/workflows/1`,
    head_commit: null,
    repository: minimal,
    head_repository: minimal,
  }
}
