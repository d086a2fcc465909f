import {
  type Call,
  created,
  type Endpoints,
  instant,
  nodeId,
  notFound,
  ok,
  page,
  pageOf,
  pageUrl,
  Refusal,
  repositoryUrl,
  textOf,
  userJson,
} from "../call.ts"
import { isObject, type JsonObject } from "../contract.ts"
import type { CheckRun } from "../model.ts"

export const checks: Endpoints = {
  "checks/create": {
    needs: ["checks", "write"],
    async answer(call) {
      // "GitHub Apps" only, which GITHUB_TOKEN is.
      if (call.token?.permissions === undefined) throw new Refusal(403, "You must authenticate via a GitHub App.")
      const headSha = textOf(call.body, "head_sha") ?? ""
      if ((await call.repository.git.typeOf(headSha)) !== "commit")
        throw new Refusal(422, `No commit found for SHA: ${headSha}`)
      const run: CheckRun = { id: call.model.nextId(), headSha, app: "github-actions", values: {}, annotations: [] }
      apply(call, run)
      call.repository.checkRuns.push(run)
      return created(runJson(call, run))
    },
  },
  "checks/update": {
    needs: ["checks", "write"],
    answer(call) {
      const run = runOf(call)
      apply(call, run)
      return ok(runJson(call, run))
    },
  },
  "checks/get": { needs: ["checks", "read"], answer: call => ok(runJson(call, runOf(call))) },
  "checks/list-annotations": {
    needs: ["checks", "read"],
    answer(call) {
      const run = runOf(call)
      return page(call, run.annotations, one => ({
        start_column: null,
        end_column: null,
        title: null,
        raw_details: null,
        ...one,
        blob_href: `${pageUrl(call)}/blob/${run.headSha}/${String(one["path"])}`,
      }))
    },
  },
  "checks/list-for-ref": {
    needs: ["checks", "read"],
    async answer(call) {
      const sha = await call.repository.git.resolve(call.path["ref"] ?? "")
      const name = call.query.get("check_name")
      const found = call.repository.checkRuns.filter(
        run => run.headSha === sha && (name === null || run.values["name"] === name),
      )
      const [shown, headers] = pageOf(call, found)
      return {
        status: 200,
        headers,
        body: { total_count: found.length, check_runs: shown.map(run => runJson(call, run)) },
      }
    },
  },
}

function runOf({ path, repository }: Call): CheckRun {
  const found = repository.checkRuns.find(({ id }) => String(id) === path["check_run_id"])
  if (found === undefined) throw notFound()
  return found
}

/** Annotations of each request are added to those before (docs.github.com, "Update a check run": at most 50 a request). */
function apply({ body, now }: Call, run: CheckRun): void {
  const { head_sha: _, output: given, ...rest } = body
  const { annotations: added, ...texts } = isObject(given) ? given : {}
  const before = isObject(run.values["output"]) ? run.values["output"] : {}
  const completed = rest["conclusion"] === undefined ? {} : { status: "completed", completed_at: instant(now) }
  run.values = { ...run.values, ...completed, ...rest, output: { ...before, ...texts } }
  run.annotations.push(...(Array.isArray(added) ? added : []).filter(isObject))
}

/** schema `check-run` */
function runJson(call: Call, run: CheckRun): JsonObject {
  const { values } = run
  const url = `${repositoryUrl(call)}/check-runs/${run.id}`
  const output = isObject(values["output"]) ? values["output"] : {}
  const owner = userJson(call, { id: 9919, login: "github", type: "User", email: "" })
  return {
    id: run.id,
    name: values["name"] ?? "",
    node_id: nodeId("CheckRun", run.id),
    head_sha: run.headSha,
    external_id: values["external_id"] ?? "",
    url,
    html_url: `${pageUrl(call)}/runs/${run.id}`,
    details_url: values["details_url"] ?? `${pageUrl(call)}/runs/${run.id}`,
    status: values["status"] ?? "queued",
    conclusion: values["conclusion"] ?? null,
    started_at: values["started_at"] ?? instant(call.now),
    completed_at: values["completed_at"] ?? null,
    output: {
      title: output["title"] ?? null,
      summary: output["summary"] ?? null,
      text: output["text"] ?? null,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.id },
    app: {
      id: 15368,
      slug: run.app,
      node_id: nodeId("App", 15368),
      owner,
      name: "GitHub Actions",
      description: "Automate your workflow from idea to production",
      external_url: "https://help.github.com/en/actions",
      html_url: "https://github.com/apps/github-actions",
      created_at: "2018-07-30T09:30:17Z",
      updated_at: "2024-04-10T20:33:16Z",
      permissions: {},
      events: [],
    },
    pull_requests: [],
  }
}
