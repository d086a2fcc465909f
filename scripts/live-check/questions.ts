/** What is asked of GitHub, in this order: each rule that the imitation has and GitHub's own description cannot show. */

export interface Asked {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** Below the API's address, or a whole address that GitHub gave. */
  readonly path: string
  readonly body?: unknown
  readonly bytes?: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the owner's token; null for none. */
  readonly token?: string | null
}

/** An answer as far as two of them can be compared. */
export interface Answered {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface Place {
  readonly repository: string
  /** Makes names of this run its own. */
  readonly label: string
  /** What earlier questions were answered, by their names. */
  readonly answers: ReadonlyMap<string, Answered>
}

export interface Question {
  readonly name: string
  /** What the imitation says is true, in one line. */
  readonly rule: string
  ask(place: Place): Asked
  /** False leaves it out, because of an earlier answer. */
  readonly when?: (place: Place) => boolean
}

const ASSET = new TextEncoder().encode("scb live check\n")

export const QUESTIONS: readonly Question[] = [
  {
    name: "repository",
    rule: "a repository has a numeric id and a default branch",
    ask: ({ repository }) => get(`/repos/${repository}`),
  },
  {
    name: "head",
    rule: "a branch is a reference to a commit",
    ask: place => get(`/repos/${place.repository}/git/ref/heads/${branchOf(place)}`),
  },
  {
    name: "commit",
    rule: "a commit names its tree",
    ask: place => get(`/repos/${place.repository}/git/commits/${headOf(place)}`),
  },
  {
    name: "unchanged",
    rule: "a known ETag is answered with 304",
    ask: place => ({
      ...get(`/repos/${place.repository}`),
      headers: { "if-none-match": headerOf(place, "repository", "etag") },
    }),
  },
  {
    name: "no-such-repository",
    rule: "what is not there is 404",
    ask: ({ repository, label }) => get(`/repos/${repository}-${label}`),
  },
  {
    name: "wrong-token",
    rule: "a wrong token is 401",
    ask: ({ repository }) => ({ ...get(`/repos/${repository}`), token: "ghp_wrong" }),
  },
  {
    name: "branch-made",
    rule: "a reference is made once",
    ask: place => post(`/repos/${place.repository}/git/refs`, reference(place)),
  },
  {
    name: "branch-made-again",
    rule: "making a reference that is there is 422",
    ask: place => post(`/repos/${place.repository}/git/refs`, reference(place)),
  },
  {
    name: "first-child",
    rule: "a commit is made of a tree and parents",
    ask: place => post(`/repos/${place.repository}/git/commits`, childOf(place, "one")),
  },
  {
    name: "second-child",
    rule: "two commits may have one parent",
    ask: place => post(`/repos/${place.repository}/git/commits`, childOf(place, "two")),
  },
  {
    name: "moved-forward",
    rule: "a reference moves forward without force",
    ask: place => move(place, "first-child"),
  },
  {
    name: "not-a-fast-forward",
    rule: "a reference moves nowhere else without force: 422",
    ask: place => move(place, "second-child"),
  },
  {
    name: "branch-deleted",
    rule: "a reference is deleted without conditions",
    ask: place => ({ method: "DELETE", path: `/repos/${place.repository}/git/refs/heads/${place.label}` }),
  },
  {
    name: "nobody-asked-for-it",
    rule: "a commit that no pull request brought has none",
    ask: place => get(`/repos/${place.repository}/commits/${headOf(place)}/pulls`),
  },
  {
    name: "rules",
    rule: "the rules of a branch can be read",
    ask: place => get(`/repos/${place.repository}/rules/branches/${branchOf(place)}`),
  },
  {
    name: "immutable-releases",
    rule: "an administrator can read whether releases are immutable",
    ask: ({ repository }) => get(`/repos/${repository}/immutable-releases`),
  },
  {
    name: "draft",
    rule: "a draft is made without a tag",
    ask: place => post(`/repos/${place.repository}/releases`, draft(place)),
  },
  {
    name: "draft-by-tag",
    rule: "a draft is not found by its tag",
    ask: place => get(`/repos/${place.repository}/releases/tags/${place.label}`),
  },
  {
    name: "uploaded",
    rule: "an asset has its SHA-256 and its size",
    ask: place => upload(place, "a.txt"),
  },
  {
    name: "uploaded-again",
    rule: "an asset of the same name is 422 already_exists",
    ask: place => upload(place, "a.txt"),
  },
  {
    name: "renamed-by-github",
    rule: "odd characters in a name are replaced",
    ask: place => upload(place, "b c.txt"),
  },
  {
    name: "published",
    rule: "a draft is published by an edit",
    ask: place => patch(`${releasePath(place)}`, { draft: false }),
  },
  {
    name: "published-by-tag",
    rule: "what is published is found by its tag",
    ask: place => get(`/repos/${place.repository}/releases/tags/${place.label}`),
  },
  {
    name: "downloaded",
    rule: "an asset is downloaded by its id",
    ask: place => ({
      ...get(`/repos/${place.repository}/releases/assets/${idOf(place, "uploaded")}`),
      headers: { accept: "application/octet-stream" },
    }),
  },
  {
    name: "upload-after-publishing",
    rule: "an immutable release takes no more assets: 422",
    when: isImmutable,
    ask: place => upload(place, "late.txt"),
  },
  {
    name: "taken-back",
    rule: "an immutable release does not become a draft again: 422",
    when: isImmutable,
    ask: place => patch(releasePath(place), { draft: true }),
  },
  {
    name: "release-deleted",
    rule: "a release can be deleted, also an immutable one",
    ask: place => ({ method: "DELETE", path: releasePath(place) }),
  },
  {
    name: "tag-burned",
    rule: "the tag of an immutable release is used up: 422",
    when: isImmutable,
    ask: place => post(`/repos/${place.repository}/releases`, { ...draft(place), draft: false }),
  },
]

function get(path: string): Asked {
  return { method: "GET", path }
}

function post(path: string, body: unknown): Asked {
  return { method: "POST", path, body }
}

function patch(path: string, body: unknown): Asked {
  return { method: "PATCH", path, body }
}

function branchOf(place: Place): string {
  return textAt(place, "repository", "default_branch")
}

function headOf(place: Place): string {
  return textAt(place, "head", "object", "sha")
}

function reference(place: Place): object {
  return { ref: `refs/heads/${place.label}`, sha: headOf(place) }
}

function childOf(place: Place, message: string): object {
  return {
    message: `scb live check ${message}`,
    tree: textAt(place, "commit", "tree", "sha"),
    parents: [headOf(place)],
  }
}

function move(place: Place, to: string): Asked {
  const path = `/repos/${place.repository}/git/refs/heads/${place.label}`
  return patch(path, { sha: textAt(place, to, "sha"), force: false })
}

function draft(place: Place): object {
  return { tag_name: place.label, target_commitish: headOf(place), name: "scb live check", draft: true }
}

function upload(place: Place, name: string): Asked {
  const address = textAt(place, "draft", "upload_url").replace(/\{.*\}$/, "")
  const headers = { "content-type": "application/octet-stream" }
  return { method: "POST", path: `${address}?name=${encodeURIComponent(name)}`, bytes: ASSET, headers }
}

function releasePath(place: Place): string {
  return `/repos/${place.repository}/releases/${idOf(place, "draft")}`
}

function isImmutable(place: Place): boolean {
  return memberOf(place.answers.get("immutable-releases")?.body, "enabled") === true
}

function idOf(place: Place, name: string): number {
  const id = memberOf(place.answers.get(name)?.body, "id")
  if (typeof id === "number") return id
  throw new Unanswered(name, "id")
}

function textAt(place: Place, name: string, ...path: readonly string[]): string {
  const value = path.reduce(memberOf, place.answers.get(name)?.body)
  if (typeof value === "string") return value
  throw new Unanswered(name, path.join("."))
}

function headerOf(place: Place, name: string, header: string): string {
  return place.answers.get(name)?.headers[header] ?? ""
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined
}

/** A question cannot be asked, because an earlier one was answered without what it needs. */
export class Unanswered extends Error {
  constructor(name: string, member: string) {
    super(`the answer to ${name} has no ${member}`)
  }
}
