import {
  type Call,
  created,
  type Endpoints,
  instant,
  invalid,
  listOf,
  NOTHING,
  nodeId,
  notFound,
  ok,
  page,
  pageUrl,
  Refusal,
  repositoryUrl,
  textOf,
  userJson,
} from "../call.ts"
import { isObject, type Json, type JsonObject } from "../contract.ts"
import type { Comment, Issue, Repository } from "../model.ts"
import { associationOf, newIssue } from "./pulls.ts"

/** Longer texts are refused ("body is too long (maximum is 65536 characters)"). */
const TEXT_AT_MOST = 65_536

export const issues: Endpoints = {
  "issues/list-for-repo": {
    needs: ["issues", "read"],
    answer(call) {
      const { query, repository } = call
      const [state, creator, since] = [query.get("state") ?? "open", query.get("creator"), query.get("since")]
      const labels = (query.get("labels") ?? "").split(",").filter(label => label !== "")
      // Pull requests are in it, too ("GitHub's REST API considers every pull request an issue").
      const found = repository.issues
        .filter(issue => state === "all" || issue.state === state)
        .filter(issue => labels.every(label => issue.labels.some(one => one.toLowerCase() === label.toLowerCase())))
        .filter(issue => creator === null || issue.user.login.toLowerCase() === creator.toLowerCase())
        .filter(issue => since === null || issue.updatedAt >= since)
      return page(call, query.get("direction") === "asc" ? found : found.reverse(), issue => issueJson(call, issue))
    },
  },
  "issues/get": { needs: ["issues", "read"], answer: call => ok(issueJson(call, issueOf(call))) },
  "issues/create": {
    needs: ["issues", "write"],
    answer(call) {
      const { body, repository } = call
      const issue = newIssue(call, String(body["title"] ?? ""), textOf(body, "body") ?? null)
      refuseLong("Issue", issue.body)
      if (issue.title === "") throw invalid("Issue", "missing_field", "title")
      // Only those who may push set labels; of others they are dropped silently (description of issues/create).
      if (call.can("contents", "write") || call.token?.permissions !== undefined) setLabels(call, issue)
      repository.issues.push(issue)
      return created(issueJson(call, issue), `${repositoryUrl(call)}/issues/${issue.number}`)
    },
  },
  "issues/update": {
    needs: ["issues", "write"],
    answer(call) {
      const { body, now } = call
      const issue = issueOf(call)
      issue.title = textOf(body, "title") ?? issue.title
      if (body["body"] !== undefined) issue.body = textOf(body, "body") ?? null
      refuseLong("Issue", issue.body)
      if (body["labels"] !== undefined) {
        issue.labels = []
        setLabels(call, issue)
      }
      const state = textOf(body, "state")
      const reason = textOf(body, "state_reason")
      if (state === "closed") {
        issue.stateReason = reason === "not_planned" || reason === "duplicate" ? reason : "completed"
        issue.closedAt ??= instant(now)
        issue.state = state
      } else if (state === "open") {
        issue.stateReason = issue.state === "closed" ? "reopened" : issue.stateReason
        issue.closedAt = null
        issue.state = state
      }
      issue.updatedAt = instant(now)
      return ok(issueJson(call, issue))
    },
  },
  "issues/add-labels": {
    needs: ["issues", "write"],
    answer(call) {
      const issue = issueOf(call)
      setLabels(call, issue)
      return ok(issue.labels.map(name => labelJson(call, name)))
    },
  },
  "issues/get-label": {
    needs: ["issues", "read"],
    answer(call) {
      const name = call.path["name"] ?? ""
      if (!call.repository.labels.has(name)) throw notFound()
      return ok(labelJson(call, name))
    },
  },
  "issues/create-label": {
    needs: ["issues", "write"],
    answer(call) {
      const name = textOf(call.body, "name") ?? ""
      if (call.repository.labels.has(name)) throw invalid("Label", "already_exists", "name")
      const color = textOf(call.body, "color")
      // @octokit/fixtures 23.1.2, errors
      if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color)) throw invalid("Label", "invalid", "color")
      addLabel(call, name, color, textOf(call.body, "description"))
      return created(labelJson(call, name))
    },
  },
  "issues/list-comments": {
    needs: ["issues", "read"],
    answer(call) {
      const issue = issueOf(call)
      return page(call, issue.comments, comment => commentJson(call, issue, comment))
    },
  },
  "issues/create-comment": {
    needs: ["issues", "write"],
    answer(call) {
      const issue = issueOf(call)
      const body = textOf(call.body, "body") ?? ""
      if (body.trim() === "") throw invalid("IssueComment", "missing_field", "body")
      refuseLong("IssueComment", body)
      const at = instant(call.now)
      const comment: Comment = { id: call.model.nextId(), user: call.user, body, createdAt: at, updatedAt: at }
      issue.comments.push(comment)
      return created(commentJson(call, issue, comment))
    },
  },
  "issues/list-events": {
    needs: ["issues", "read"],
    answer(call) {
      const issue = issueOf(call)
      return page(call, issue.pull?.retargets ?? [], ({ actor, at, id }) => ({
        id,
        node_id: nodeId("IE", id),
        url: `${repositoryUrl(call)}/issues/events/${id}`,
        actor: userJson(call, actor),
        event: "base_ref_changed",
        commit_id: null,
        commit_url: null,
        created_at: at,
        performed_via_github_app: null,
      }))
    },
  },
  "issues/get-comment": {
    needs: ["issues", "read"],
    answer(call) {
      const { comment, issue } = commentOf(call)
      return ok(commentJson(call, issue, comment))
    },
  },
  "issues/update-comment": {
    needs: ["issues", "write"],
    answer(call) {
      const { comment, issue } = commentOf(call)
      const body = textOf(call.body, "body") ?? ""
      refuseLong("IssueComment", body)
      comment.body = body
      comment.updatedAt = instant(call.now)
      return ok(commentJson(call, issue, comment))
    },
  },
  "issues/delete-comment": {
    needs: ["issues", "write"],
    answer(call) {
      const { comment, issue } = commentOf(call)
      issue.comments.splice(issue.comments.indexOf(comment), 1)
      return NOTHING
    },
  },
}

function issueOf({ path, repository }: Call): Issue {
  const found = repository.issues.find(({ number }) => String(number) === path["issue_number"])
  if (found === undefined) throw notFound()
  return found
}

function commentOf({ path, repository }: Call): { readonly issue: Issue; readonly comment: Comment } {
  for (const issue of repository.issues)
    for (const comment of issue.comments) if (String(comment.id) === path["comment_id"]) return { issue, comment }
  throw notFound()
}

function refuseLong(resource: string, text: string | null): void {
  if ([...(text ?? "")].length > TEXT_AT_MOST)
    throw new Refusal(422, "Validation Failed", [
      { resource, code: "custom", field: "body", message: `body is too long (maximum is ${TEXT_AT_MOST} characters)` },
    ])
}

/** Labels that are not there are made. */
function setLabels(call: Call, issue: Issue): void {
  for (const label of listOf(call.body, "labels")) {
    const name = isObject(label) ? (textOf(label, "name") ?? "") : String(label)
    addLabel(call, name)
    if (!issue.labels.includes(name)) issue.labels.push(name)
  }
}

function addLabel(
  { model, repository }: { readonly model: Call["model"]; readonly repository: Repository },
  name: string,
  color = "ededed",
  description?: string,
): void {
  if (!repository.labels.has(name))
    repository.labels.set(name, { id: model.nextId(), color, description: description ?? null })
}

function labelJson(call: Call, name: string): JsonObject {
  const { color = "ededed", description = null, id = 0 } = call.repository.labels.get(name) ?? {}
  const url = `${repositoryUrl(call)}/labels/${encodeURIComponent(name)}`
  return { id, node_id: nodeId("Label", id), url, name, description, color, default: false }
}

/** schema `issue` */
function issueJson(call: Call, issue: Issue): JsonObject {
  const url = `${repositoryUrl(call)}/issues/${issue.number}`
  const html = `${pageUrl(call)}/${issue.pull === undefined ? "issues" : "pull"}/${issue.number}`
  const pullRequest = (): Json => ({
    url: `${repositoryUrl(call)}/pulls/${issue.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: issue.pull?.mergedAt ?? null,
  })
  return {
    url,
    repository_url: repositoryUrl(call),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    number: issue.number,
    title: issue.title,
    user: userJson(call, issue.user),
    labels: issue.labels.map(name => labelJson(call, name)),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: issue.comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: associationOf(call.repository, issue.user),
    body: issue.body,
    timeline_url: `${url}/timeline`,
    ...(issue.pull === undefined ? {} : { pull_request: pullRequest(), draft: issue.pull.draft }),
  }
}

/** schema `issue-comment` */
function commentJson(call: Call, issue: Issue, comment: Comment): JsonObject {
  const url = `${repositoryUrl(call)}/issues`
  return {
    url: `${url}/comments/${comment.id}`,
    html_url: `${pageUrl(call)}/issues/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${url}/${issue.number}`,
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    user: userJson(call, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(call.repository, comment.user),
    body: comment.body,
  }
}
