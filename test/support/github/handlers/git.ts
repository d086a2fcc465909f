import {
  type Answer,
  type Call,
  created,
  type Endpoints,
  flagOf,
  instant,
  listOf,
  NOTHING,
  nodeId,
  notFound,
  ok,
  Refusal,
  repositoryUrl,
  textOf,
} from "../call.ts"
import { isObject, type Json, type JsonObject } from "../contract.ts"
import type { Commit, Signature, TreeFile } from "../git-store.ts"
import type { Activity, Repository, User } from "../model.ts"
import { branchRules, refuseByRules } from "./rules.ts"

const NO_COMMIT = "0".repeat(40)

export const gitData: Endpoints = {
  "git/get-ref": {
    needs: ["contents", "read"],
    answer(call) {
      const name = `refs/${call.path["ref"]}`
      const sha = call.repository.git.ref(name)
      if (sha === undefined) throw notFound()
      return refAnswer(call, name, sha)
    },
  },
  "git/list-matching-refs": {
    needs: ["contents", "read"],
    async answer(call) {
      const prefix = `refs/${call.path["ref"]}`
      const found = [...call.repository.git.refs()].filter(([name]) => name.startsWith(prefix))
      return ok(await Promise.all(found.map(([name, sha]) => refJson(call, name, sha))))
    },
  },
  "git/create-ref": { needs: ["contents", "write"], answer: createRef },
  "git/update-ref": { needs: ["contents", "write"], answer: updateRef },
  "git/delete-ref": {
    needs: ["contents", "write"],
    answer(call) {
      const { repository } = call
      const name = `refs/${call.path["ref"]}`
      const before = repository.git.ref(name)
      if (before === undefined) throw new Refusal(422, "Reference does not exist")
      // docs.github.com, "Immutable releases": "The associated Git tag cannot be moved or deleted"; the wording is not known.
      if (isTagOfImmutable(repository, name)) throw new Refusal(422, "Cannot delete a tag of an immutable release")
      refuseByRules(repository, name, "deletion")
      repository.git.deleteRef(name)
      noteActivity(call, name, before, NO_COMMIT, "branch_deletion")
      return NOTHING
    },
  },
  "git/get-commit": {
    needs: ["contents", "read"],
    async answer(call) {
      const sha = call.path["commit_sha"] ?? ""
      if ((await call.repository.git.typeOf(sha)) !== "commit") throw notFound()
      return ok(gitCommitJson(call, await call.repository.git.commit(sha)))
    },
  },
  "git/create-commit": { needs: ["contents", "write"], answer: createCommit },
  "git/get-tree": {
    needs: ["contents", "read"],
    async answer(call) {
      const { git } = call.repository
      const name = call.path["tree_sha"] ?? ""
      const sha = (await git.resolve(name)) ?? name
      if ((await git.typeOf(sha)) === undefined) throw notFound()
      return ok(await treeJson(call, sha, call.query.has("recursive")))
    },
  },
  "git/create-tree": { needs: ["contents", "write"], answer: createTree },
  "git/get-blob": {
    needs: ["contents", "read"],
    async answer(call) {
      const sha = call.path["file_sha"] ?? ""
      if ((await call.repository.git.typeOf(sha)) !== "blob") throw notFound()
      const bytes = await call.repository.git.readBlob(sha)
      const url = `${repositoryUrl(call)}/git/blobs/${sha}`
      const content = bytes.toString("base64").replace(/.{60}/g, "$&\n")
      return ok({ sha, node_id: nodeId("Blob", sha), size: bytes.length, url, content, encoding: "base64" })
    },
  },
  "git/create-blob": {
    needs: ["contents", "write"],
    async answer(call) {
      const encoding = textOf(call.body, "encoding") === "base64" ? "base64" : "utf8"
      const sha = await call.repository.git.writeBlob(Buffer.from(textOf(call.body, "content") ?? "", encoding))
      return created({ sha, url: `${repositoryUrl(call)}/git/blobs/${sha}` })
    },
  },
}

async function createRef(call: Call): Promise<Answer> {
  const { body, repository } = call
  const name = textOf(body, "ref") ?? ""
  const sha = textOf(body, "sha") ?? ""
  // description of git/create-ref: "If it doesn't start with 'refs' and have at least two slashes, it will be rejected."
  if (!/^refs\/[^/]+\/./.test(name))
    throw new Refusal(422, "Reference name must start with 'refs/' and contain at least two slashes")
  const type = await repository.git.typeOf(sha)
  if (type === undefined || (name.startsWith("refs/heads/") && type !== "commit"))
    throw new Refusal(422, "Object does not exist")
  refuseByRules(repository, name, "creation")
  const outcome = repository.git.createRef(name, sha)
  // @octokit/fixtures 23.1.2, git-refs
  if (outcome !== "done") throw new Refusal(422, "Reference already exists")
  noteActivity(call, name, NO_COMMIT, sha, "branch_creation")
  return { ...(await refAnswer(call, name, sha)), status: 201 }
}

async function updateRef(call: Call): Promise<Answer> {
  const { body, repository } = call
  const { git } = repository
  const name = `refs/${call.path["ref"]}`
  const sha = textOf(body, "sha") ?? ""
  const before = git.ref(name)
  if (before === undefined) throw new Refusal(422, "Reference does not exist")
  if ((await git.typeOf(sha)) === undefined) throw new Refusal(422, "Object does not exist")
  if (isTagOfImmutable(repository, name)) throw new Refusal(422, "Cannot update a tag of an immutable release")
  const forward = await git.isAncestor(before, sha)
  if (!forward && flagOf(body, "force") !== true) throw new Refusal(422, "Update is not a fast forward")
  refuseByRules(repository, name, forward ? "update" : "non_fast_forward")
  if (git.updateRef(name, sha, before) !== "done") throw new Refusal(422, "Update is not a fast forward")
  if (before !== sha) noteActivity(call, name, before, sha, forward ? "push" : "force_push")
  return refAnswer(call, name, sha)
}

const isTagOfImmutable = ({ releases }: Repository, name: string): boolean =>
  releases.some(({ immutable, tag }) => immutable && name === `refs/tags/${tag}`)

export function noteActivity(
  { model, now, repository, user }: Pick<Call, "model" | "now" | "repository"> & { readonly user: User | null },
  ref: string,
  before: string,
  after: string,
  type: Activity["type"],
): void {
  if (!ref.startsWith("refs/heads/")) return
  repository.activity.push({ id: model.nextId(), actor: user, ref, before, after, type, at: instant(now) })
  // Open pull requests follow their branch; a rule may dismiss what was said of the commits before.
  const branch = ref.slice("refs/heads/".length)
  if (after === NO_COMMIT) return
  for (const { pull, state } of repository.issues) {
    if (pull === undefined || state !== "open" || pull.head !== branch) continue
    pull.headSha = after
    const dismisses = branchRules(repository, pull.base).some(
      ({ rule }) => isObject(rule["parameters"]) && rule["parameters"]["dismiss_stale_reviews_on_push"] === true,
    )
    if (dismisses) for (const review of pull.reviews) if (review.state === "APPROVED") review.state = "DISMISSED"
  }
}

async function refJson(call: Call, name: string, sha: string): Promise<JsonObject> {
  const type = (await call.repository.git.typeOf(sha)) ?? "commit"
  const url = repositoryUrl(call)
  return {
    ref: name,
    node_id: nodeId("Ref", name),
    url: `${url}/git/${name}`,
    object: { sha, type, url: `${url}/git/${type}s/${sha}` },
  }
}

const refAnswer = async (call: Call, name: string, sha: string): Promise<Answer> => ok(await refJson(call, name, sha))

async function createCommit(call: Call): Promise<Answer> {
  const { body, now, repository, user } = call
  const tree = textOf(body, "tree") ?? ""
  const parents = listOf(body, "parents").filter(one => typeof one === "string")
  if ((await repository.git.typeOf(tree)) !== "tree") throw new Refusal(422, "Tree SHA does not exist")
  for (const parent of parents)
    if ((await repository.git.typeOf(parent)) !== "commit")
      throw new Refusal(422, "Parent SHA does not exist or is not a commit object")
  const own: Signature = { name: user.login, email: user.email, at: now }
  const author = signatureOf(body["author"], own)
  const signature = textOf(body, "signature")
  const sha = await repository.git.writeCommit({
    tree,
    parents,
    message: textOf(body, "message") ?? "",
    author,
    committer: signatureOf(body["committer"], author),
    ...(signature === undefined ? {} : { sign: async () => signature }),
  })
  return created(gitCommitJson(call, await repository.git.commit(sha)), `${repositoryUrl(call)}/git/commits/${sha}`)
}

export function signatureOf(given: Json | undefined, otherwise: Signature): Signature {
  if (!isObject(given)) return otherwise
  const date = textOf(given, "date")
  return {
    name: textOf(given, "name") ?? otherwise.name,
    email: textOf(given, "email") ?? otherwise.email,
    at: date === undefined ? otherwise.at : Date.parse(date),
  }
}

const signatureJson = ({ name, email, at }: Signature): JsonObject => ({ name, email, date: instant(at) })

/** schema `git-commit` */
function gitCommitJson(call: Call, commit: Commit): JsonObject {
  const url = repositoryUrl(call)
  const html = `${call.urls.web}/${call.repository.owner.login}/${call.repository.name}`
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: signatureJson(commit.author),
    committer: signatureJson(commit.committer),
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message.trimEnd(),
    parents: commit.parents.map(sha => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
    verification: verificationJson(commit),
  }
}

/** The fake knows nobody's keys: a signature of GitHub's own web-flow is good, every other is `unknown_key`. */
export function verificationJson({ committer, payload, signature }: Commit): JsonObject {
  const isOwn = committer.email === "noreply@github.com"
  return {
    verified: signature !== undefined && isOwn,
    reason: signature === undefined ? "unsigned" : isOwn ? "valid" : "unknown_key",
    signature: signature ?? null,
    payload: payload ?? null,
    verified_at: null,
  }
}

async function createTree(call: Call): Promise<Answer> {
  const { body, repository } = call
  const files = new Map<string, TreeFile | null>()
  for (const entry of listOf(body, "tree")) {
    if (!isObject(entry)) continue
    const path = textOf(entry, "path") ?? ""
    const content = textOf(entry, "content")
    const sha = content === undefined ? entry["sha"] : await repository.git.writeBlob(content)
    if (sha === null) files.set(path, null)
    else if (typeof sha !== "string" || (await repository.git.typeOf(sha)) === undefined)
      throw new Refusal(422, `tree.sha ${String(sha)} is not a valid blob`)
    else files.set(path, { mode: textOf(entry, "mode") ?? "100644", sha })
  }
  const sha = await repository.git.writeTree(textOf(body, "base_tree"), files)
  return created(await treeJson(call, sha, false), `${repositoryUrl(call)}/git/trees/${sha}`)
}

/** schema `git-tree` */
async function treeJson(call: Call, sha: string, recursive: boolean): Promise<JsonObject> {
  const url = `${repositoryUrl(call)}/git`
  const entries = await call.repository.git.tree(sha, recursive)
  return {
    sha,
    url: `${url}/trees/${sha}`,
    tree: entries.map(({ mode, path, sha, size, type }) => ({
      path,
      mode,
      type,
      sha,
      ...(size === undefined ? {} : { size }),
      url: `${url}/${type}s/${sha}`,
    })),
    truncated: false,
  }
}
