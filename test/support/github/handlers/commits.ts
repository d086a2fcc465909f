import {
  type Answer,
  type Call,
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
import { isObject, type Json, type JsonObject } from "../contract.ts"
import type { Commit, Signature } from "../git-store.ts"
import type { Model, User } from "../model.ts"
import { noteActivity, signatureOf, verificationJson } from "./git.ts"
import { branchRules, refuseByRules } from "./rules.ts"

/** The account behind everything done in a browser: id and address are GitHub's own. */
export const WEB_FLOW: User = { id: 19864447, login: "web-flow", type: "User", email: "noreply@github.com" }
const NO_COMMIT = "0".repeat(40)

export const commits: Endpoints = {
  "repos/list-commits": { needs: ["contents", "read"], answer: listCommits },
  "repos/get-commit": {
    needs: ["contents", "read"],
    async answer(call) {
      const commit = await commitNamed(call, call.path["ref"] ?? "")
      const files = await diffOf(call, commit.parents[0], commit.sha)
      const [additions, deletions] = [sum(files, "additions"), sum(files, "deletions")]
      const [shown, headers] = pageOf(call, files, 300)
      const stats = { additions, deletions, total: additions + deletions }
      return { status: 200, headers, body: { ...commitJson(call, commit), stats, files: shown } }
    },
  },
  "repos/compare-commits-with-basehead": { needs: ["contents", "read"], answer: compare },
  "repos/list-branches": {
    needs: ["contents", "read"],
    answer(call) {
      const heads = [...call.repository.git.refs()].filter(([name]) => name.startsWith("refs/heads/"))
      return page(call, heads, ([name, sha]) => {
        const branch = name.slice("refs/heads/".length)
        const url = `${repositoryUrl(call)}/commits/${sha}`
        return { name: branch, commit: { sha, url }, protected: branchRules(call.repository, branch).length > 0 }
      })
    },
  },
  "repos/get-branch": {
    needs: ["contents", "read"],
    async answer(call) {
      const name = call.path["branch"] ?? ""
      const sha = call.repository.git.ref(`refs/heads/${name}`)
      if (sha === undefined) throw new Refusal(404, "Branch not found")
      const self = `${repositoryUrl(call)}/branches/${name}`
      const isProtected = branchRules(call.repository, name).length > 0
      return ok({
        name,
        commit: commitJson(call, await call.repository.git.commit(sha)),
        _links: { self, html: `${pageUrl(call)}/tree/${name}` },
        protected: isProtected,
        protection: { enabled: isProtected },
        protection_url: `${self}/protection`,
      })
    },
  },
  "repos/get-branch-protection": {
    needs: ["administration", "read"],
    answer() {
      // @octokit/fixtures 23.1.2, branch-protection. Rulesets are what we ask for; classic protection is never on here.
      throw new Refusal(404, "Branch not protected")
    },
  },
  "repos/list-activities": {
    needs: ["contents", "read"],
    answer(call) {
      const { query, repository } = call
      const [ref, actor, type] = [query.get("ref"), query.get("actor"), query.get("activity_type")]
      const full = ref === null || ref.startsWith("refs/") ? ref : `refs/heads/${ref}`
      const found = repository.activity.filter(
        one =>
          (full === null || one.ref === full) &&
          (actor === null || one.actor?.login === actor) &&
          (type === null || one.type === type),
      )
      // Pages by cursor (`after`) at GitHub; the answer is what fits into one.
      const size = Math.min(100, Number(query.get("per_page") ?? 30))
      const newestFirst = query.get("direction") === "asc" ? found : [...found].reverse()
      const from = query.has("after") ? newestFirst.findIndex(({ id }) => String(id) === query.get("after")) + 1 : 0
      const shown = newestFirst.slice(from, from + size)
      const next = new URLSearchParams(query)
      next.set("after", String(shown.at(-1)?.id))
      const headers = from + size < newestFirst.length ? { link: `<${call.url}?${next}>; rel="next"` } : {}
      const body = shown.map(({ actor, after, at, before, id, ref, type }) => ({
        id,
        node_id: nodeId("Push", id),
        before,
        after,
        ref,
        timestamp: at,
        activity_type: type,
        actor: actor === null ? null : userJson(call, actor),
      }))
      return { status: 200, headers, body }
    },
  },
  "repos/get-content": { needs: ["contents", "read"], answer: content },
  "repos/create-or-update-file-contents": { needs: ["contents", "write"], answer: writeContent },
  "repos/codeowners-errors": {
    needs: ["contents", "read"],
    async answer(call) {
      for (const path of [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]) {
        const commit = await commitNamed(call, call.query.get("ref") ?? call.repository.defaultBranch)
        const text = await call.repository.git.git(["cat-file", "blob", `${commit.sha}:${path}`]).catch(() => undefined)
        if (text !== undefined) return ok({ errors: codeownersErrors(text.toString(), path, call.model) })
      }
      throw notFound()
    },
  },
}

/** A line of an owner whom GitHub does not know is no rule. */
function codeownersErrors(text: string, path: string, { users }: Model): readonly JsonObject[] {
  return text.split("\n").flatMap((source, at) => {
    const unknown = source
      .replace(/#.*/, "")
      .split(/\s+/)
      .slice(1)
      .filter(owner => owner.startsWith("@") && !owner.includes("/") && !users.has(owner.slice(1).toLowerCase()))
    return unknown.map(owner => ({
      line: at + 1,
      column: source.indexOf(owner) + 1,
      source,
      kind: "Unknown owner",
      suggestion: `make sure ${owner} exists and has write access to the repository`,
      message: `Unknown owner on line ${at + 1}: make sure ${owner} exists and has write access to the repository\n\n  ${source}`,
      path,
    }))
  })
}

export async function commitNamed({ repository }: Pick<Call, "repository">, name: string): Promise<Commit> {
  const sha = await repository.git.resolve(name)
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`)
  return repository.git.commit(sha)
}

async function listCommits(call: Call): Promise<Answer> {
  const { git, defaultBranch } = call.repository
  if (git.refs().size === 0) throw new Refusal(409, "Git Repository is empty.")
  const from = await git.resolve(call.query.get("sha") ?? defaultBranch)
  if (from === undefined) throw notFound()
  const path = call.query.get("path")
  const shas = await revisions(call, [from, ...(path === null ? [] : ["--", path])])
  const [shown, headers] = pageOf(call, shas)
  const body = await Promise.all(shown.map(async sha => commitJson(call, await git.commit(sha))))
  return { status: 200, headers, body }
}

export async function revisions(
  { repository }: Pick<Call, "repository">,
  range: readonly string[],
): Promise<readonly string[]> {
  const listing = (await repository.git.git(["rev-list", ...range])).toString().trim()
  return listing === "" ? [] : listing.split("\n")
}

async function compare(call: Call): Promise<Answer> {
  const { git } = call.repository
  const [from = "", to = ""] = (call.path["basehead"] ?? "").split("...")
  const [base, head] = [await git.resolve(from), await git.resolve(to)]
  if (base === undefined || head === undefined) throw notFound()
  const mergeBase = (await git.git(["merge-base", base, head])).toString().trim()
  const ahead = [...(await revisions(call, [head, `^${base}`]))].reverse()
  const behind = await revisions(call, [base, `^${head}`])
  const status =
    ahead.length === 0 ? (behind.length === 0 ? "identical" : "behind") : behind.length === 0 ? "ahead" : "diverged"
  const url = `${repositoryUrl(call)}/compare/${from}...${to}`
  const html = `${pageUrl(call)}/compare/${from}...${to}`
  const [shown, headers] = pageOf(call, ahead, 250)
  return {
    status: 200,
    headers,
    body: {
      url,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitJson(call, await git.commit(base)),
      merge_base_commit: commitJson(call, await git.commit(mergeBase)),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: await Promise.all(shown.map(async sha => commitJson(call, await git.commit(sha)))),
      files: (await diffOf(call, mergeBase, head)).slice(0, 300),
    },
  }
}

const STATUS: Readonly<Record<string, string>> = { A: "added", D: "removed", M: "modified", T: "changed", R: "renamed" }

/** schema `diff-entry`, with renames as GitHub finds them. */
export async function diffOf(call: Call, from: string | undefined, to: string): Promise<readonly JsonObject[]> {
  const base = from ?? (await call.repository.git.git(["hash-object", "-t", "tree", "--stdin"], "")).toString().trim()
  const options = ["diff", "-z", "--find-renames=50%", base, to]
  const [raw, counts] = await Promise.all(
    ["--raw", "--numstat"].map(form =>
      call.repository.git.git([options[0] ?? "", form, "--no-abbrev", ...options.slice(1)]),
    ),
  )
  const numbers = new Map<string, readonly [number, number]>()
  // A rename is an empty name, followed by the old and the new one.
  const lines = (counts ?? Buffer.of()).toString().split("\0")
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [added, deleted, name] = line.split("\t")
    const path = name === "" ? lines.splice(0, 2)[1] : name
    numbers.set(path ?? "", [Number(added) || 0, Number(deleted) || 0])
  }
  const entries: JsonObject[] = []
  const fields = (raw ?? Buffer.of()).toString().split("\0")
  for (let field = fields.shift(); field?.startsWith(":"); field = fields.shift()) {
    const [, , , sha = "", status = ""] = field.split(" ")
    const first = fields.shift() ?? ""
    const isRename = status.startsWith("R")
    const path = isRename ? (fields.shift() ?? "") : first
    const [additions, deletions] = numbers.get(path) ?? [0, 0]
    entries.push({
      sha: sha === NO_COMMIT ? null : sha,
      filename: path,
      status: STATUS[status[0] ?? ""] ?? "changed",
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${pageUrl(call)}/blob/${to}/${encodeURI(path)}`,
      raw_url: `${pageUrl(call)}/raw/${to}/${encodeURI(path)}`,
      contents_url: `${repositoryUrl(call)}/contents/${encodeURI(path)}?ref=${to}`,
      ...(isRename ? { previous_filename: first } : {}),
    })
  }
  return entries
}

const sum = (entries: readonly JsonObject[], name: string): number =>
  entries.reduce((total, entry) => total + Number(entry[name]), 0)

/** Accounts are found by address; a commit of nobody known has a null author. */
export function accountOf({ users }: Model, { email }: Signature): User | null {
  if (email === WEB_FLOW.email) return WEB_FLOW
  return [...users.values()].find(user => user.email === email) ?? null
}

/** schema `commit`, without its files */
export function commitJson(call: Call, commit: Commit): JsonObject {
  const url = repositoryUrl(call)
  const person = (signature: Signature): Json => {
    const user = accountOf(call.model, signature)
    return user === null ? null : userJson(call, user)
  }
  const git = ({ at, email, name }: Signature): JsonObject => ({ name, email, date: instant(at) })
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    commit: {
      author: git(commit.author),
      committer: git(commit.committer),
      message: commit.message.trimEnd(),
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verificationJson(commit),
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${pageUrl(call)}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: person(commit.author),
    committer: person(commit.committer),
    parents: commit.parents.map(sha => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${pageUrl(call)}/commit/${sha}`,
    })),
  }
}

async function content(call: Call): Promise<Answer> {
  const { git, defaultBranch } = call.repository
  const path = call.path["path"] ?? ""
  const commit = await git.resolve(call.query.get("ref") ?? defaultBranch)
  const entry = commit === undefined ? undefined : await entryAt(call, commit, path)
  if (commit === undefined || entry === undefined) throw notFound()
  if (entry.type === "tree") {
    const below = await git.tree(entry.sha)
    return ok(below.map(one => contentJson(call, { ...one, path: path === "" ? one.path : `${path}/${one.path}` })))
  }
  const bytes = await git.readBlob(entry.sha)
  if (String(call.headers["accept"]).includes("raw"))
    return { status: 200, bytes, headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" } }
  // Description of repos/get-content: between 1 and 100 MB the content is empty and the encoding none.
  const isLarge = bytes.length > 1 << 20
  return ok({
    ...contentJson(call, { ...entry, path }),
    content: isLarge ? "" : bytes.toString("base64").replace(/.{60}/g, "$&\n"),
    encoding: isLarge ? "none" : "base64",
  })
}

interface Entry {
  readonly type: string
  readonly sha: string
  readonly size?: number
  readonly path: string
}

async function entryAt({ repository: { git } }: Call, commit: string, path: string): Promise<Entry | undefined> {
  const name = `${commit}:${path}`
  const sha = await git.git(["rev-parse", "--verify", "--quiet", name]).catch(() => undefined)
  if (sha === undefined) return undefined
  const id = sha.toString().trim()
  const type = (await git.typeOf(id)) ?? ""
  return { type, sha: id, path, ...(type === "blob" ? { size: (await git.readBlob(id)).length } : {}) }
}

function contentJson(call: Call, { path, sha, size = 0, type }: Entry): JsonObject {
  const isTree = type === "tree"
  const [owner, name] = [call.repository.owner.login, call.repository.name]
  const self = `${repositoryUrl(call)}/contents/${encodeURI(path)}`
  const git = `${repositoryUrl(call)}/git/${type}s/${sha}`
  const html = `${pageUrl(call)}/${type}/${call.repository.defaultBranch}/${encodeURI(path)}`
  return {
    name: path.split("/").at(-1) ?? "",
    path,
    sha,
    size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: isTree
      ? null
      : `${call.urls.raw}/${owner}/${name}/${call.repository.defaultBranch}/${encodeURI(path)}`,
    type: isTree ? "dir" : "file",
    _links: { self, git, html },
  }
}

async function writeContent(call: Call): Promise<Answer> {
  const { body, now, repository, user } = call
  const { git } = repository
  const path = call.path["path"] ?? ""
  const branch = textOf(body, "branch") ?? repository.defaultBranch
  const ref = `refs/heads/${branch}`
  const head = git.ref(ref)
  if (head === undefined && git.refs().size > 0) throw new Refusal(404, `Branch ${branch} not found`)
  const before = head === undefined ? undefined : await entryAt(call, head, path)
  const given = textOf(body, "sha")
  if (before !== undefined && given === undefined) throw new Refusal(422, `Invalid request.\n\n"sha" wasn't supplied.`)
  if (before !== undefined && given !== before.sha) throw new Refusal(409, `${path} does not match ${given}`)
  refuseByRules(repository, ref, "update")
  const blob = await git.writeBlob(Buffer.from(textOf(body, "content") ?? "", "base64"))
  const author = signatureOf(body["author"], { name: user.login, email: user.email, at: now })
  const sha = await git.writeCommit({
    tree: await git.writeTree(head, new Map([[path, { mode: "100644", sha: blob }]])),
    parents: head === undefined ? [] : [head],
    message: textOf(body, "message") ?? "",
    author,
    committer: signatureOf(body["committer"], { name: "GitHub", email: WEB_FLOW.email, at: now }),
  })
  const outcome = head === undefined ? git.createRef(ref, sha) : git.updateRef(ref, sha, head)
  if (outcome !== "done") throw new Refusal(409, `${path} does not match ${given ?? ""}`)
  noteActivity(call, ref, head ?? NO_COMMIT, sha, "push")
  const { commit, html_url, node_id, parents } = commitJson(call, await git.commit(sha))
  const { comment_count: _, ...written } = isObject(commit) ? commit : {}
  const entry = await entryAt(call, sha, path)
  return {
    status: before === undefined ? 201 : 200,
    body: {
      content: entry === undefined ? null : contentJson(call, entry),
      commit: { ...written, sha, node_id, html_url, parents },
    },
  }
}
