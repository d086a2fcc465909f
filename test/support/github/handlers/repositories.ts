import {
  type Call,
  type Endpoints,
  NOTHING,
  nodeId,
  notFound,
  ok,
  pageUrl,
  Refusal,
  repositoryUrl,
  userJson,
} from "../call.ts"
import type { JsonObject } from "../contract.ts"
import type { Role, User } from "../model.ts"

export const repositories: Endpoints = {
  "repos/get": { needs: ["metadata", "read"], answer: call => ok(fullRepositoryJson(call)) },
  "users/get-authenticated": {
    answer(call) {
      // Only of tokens that are a user's; an installation, as GITHUB_TOKEN is one, is nobody.
      if (call.token?.permissions !== undefined) throw new Refusal(403, "Resource not accessible by integration")
      return ok(publicUserJson(call, call.user))
    },
  },
  "users/get-by-username": {
    answer(call) {
      const user = call.model.users.get((call.path["username"] ?? "").toLowerCase())
      if (user === undefined) throw notFound()
      return ok(publicUserJson(call, user))
    },
  },
  "repos/get-collaborator-permission-level": {
    needs: ["metadata", "read"],
    answer(call) {
      const user = call.model.users.get((call.path["username"] ?? "").toLowerCase())
      if (user === undefined) throw notFound()
      const role = roleOf(call, user)
      const permission = role ?? (call.repository.private ? "none" : "read")
      return ok({ permission, role_name: permission, user: { ...userJson(call, user), role_name: permission } })
    },
  },
  "repos/check-immutable-releases": {
    needs: ["administration", "read"],
    answer(call) {
      // description: 404 "if immutable releases are not enabled for the repository"
      if (!call.repository.immutableReleases) throw notFound()
      return ok({ enabled: true, enforced_by_owner: false })
    },
  },
  "repos/enable-immutable-releases": {
    needs: ["administration", "write"],
    answer({ repository }) {
      repository.immutableReleases = true
      return NOTHING
    },
  },
  "repos/disable-immutable-releases": {
    needs: ["administration", "write"],
    answer({ repository }) {
      repository.immutableReleases = false
      return NOTHING
    },
  },
}

export function roleOf({ repository }: Pick<Call, "repository">, { login }: User): Role | undefined {
  return repository.roles.get(login.toLowerCase())
}

/** schema `public-user` */
function publicUserJson(call: Call, user: User): JsonObject {
  return {
    ...userJson(call, user),
    name: user.login,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: "2020-01-01T00:00:00Z",
    updated_at: "2020-01-01T00:00:00Z",
  }
}

const LINKS = [
  "archive_url",
  "assignees_url",
  "blobs_url",
  "branches_url",
  "collaborators_url",
  "comments_url",
  "commits_url",
  "compare_url",
  "contents_url",
  "contributors_url",
  "deployments_url",
  "downloads_url",
  "events_url",
  "forks_url",
  "git_commits_url",
  "git_refs_url",
  "git_tags_url",
  "hooks_url",
  "issue_comment_url",
  "issue_events_url",
  "issues_url",
  "keys_url",
  "labels_url",
  "languages_url",
  "merges_url",
  "milestones_url",
  "notifications_url",
  "pulls_url",
  "releases_url",
  "stargazers_url",
  "statuses_url",
  "subscribers_url",
  "subscription_url",
  "tags_url",
  "teams_url",
  "trees_url",
]

/** schema `minimal-repository`, and of `repository` and `full-repository` what these have in common */
export function repositoryJson(call: Call): JsonObject {
  const { repository, urls } = call
  const url = repositoryUrl(call)
  const html = pageUrl(call)
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: `${repository.owner.login}/${repository.name}`,
    owner: userJson(call, repository.owner),
    private: repository.private,
    html_url: html,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(LINKS.map(name => [name, `${url}/${name.slice(0, -"_url".length)}`])),
    clone_url: `${html}.git`,
    git_url: `git://${new URL(urls.web).host}/${repository.owner.login}/${repository.name}.git`,
    ssh_url: `git@${new URL(urls.web).hostname}:${repository.owner.login}/${repository.name}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    size: 0,
    default_branch: repository.defaultBranch,
    open_issues_count: repository.issues.filter(({ state }) => state === "open").length,
    open_issues: repository.issues.filter(({ state }) => state === "open").length,
    topics: [],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: repository.hasPages,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    visibility: repository.private ? "private" : "public",
    pushed_at: "2026-01-01T00:00:00Z",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    license: null,
    permissions: {
      admin: call.can("administration", "write"),
      maintain: call.can("administration", "write"),
      push: call.can("contents", "write"),
      triage: call.can("issues", "write"),
      pull: call.can("contents", "read"),
    },
  }
}

function fullRepositoryJson(call: Call): JsonObject {
  return {
    ...repositoryJson(call),
    network_count: 0,
    subscribers_count: 0,
    ...(call.can("administration", "write")
      ? { allow_merge_commit: true, allow_squash_merge: true, allow_rebase_merge: false, delete_branch_on_merge: false }
      : {}),
  }
}
