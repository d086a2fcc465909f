/** git's own protocol, by `git http-backend` (a CGI program), with GitHub's manners of login and its rules for pushes. */
import { spawn } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { mayOf, tokenOf } from "./access.ts"
import { repositoryNamed, type World } from "./api.ts"
import { Refusal } from "./call.ts"
import { noteActivity } from "./handlers/git.ts"
import { type RefChange, ruleBroken } from "./handlers/rules.ts"
import type { Repository, Token } from "./model.ts"
import { type Ask, bodyOf, cut, send } from "./wire.ts"

const PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/
const NO_COMMIT = "0".repeat(40)

/** Whether this is about git at all. */
export const isGit = (pathname: string): boolean => PATH.test(pathname)

export async function answerGit(world: World, ask: Ask): Promise<void> {
  const { pathname, query, record, request } = ask
  const [, owner = "", name = "", path = ""] = PATH.exec(pathname) ?? []
  // git asks again by itself when a connection that it had used before ends without an answer.
  ask.response.setHeader("connection", "close")
  const program = path === "info/refs" ? (query.get("service") ?? "") : path
  record.operation = program
  const fault = path === "info/refs" ? undefined : world.faults.take(program)
  if (fault?.kind === "reset") return cut(request)
  const body = await bodyOf(request)
  if (fault?.kind === "hang") return
  const [, status] = /^(\d{3})(?!.*after-effect)/.exec(fault?.kind ?? "") ?? []
  if (status !== undefined) return send(ask, Number(status), "", {})
  try {
    const token = tokenOf(world.model, basicOf(request.headers.authorization), world.now())
    record.login = token?.user.login ?? null
    const repository = repositoryFor(world, owner, name, program, token)
    const changes = path === "git-receive-pack" ? changesIn(body) : []
    const answer = await runBackend(repository, ask, path, body, token, changes)
    const made = changes.filter(({ after, ref }) => (repository.git.ref(ref) ?? NO_COMMIT) === after)
    for (const { after, before, ref } of made)
      noteActivity(
        { model: world.model, now: world.now(), repository, user: token?.user ?? null },
        ref,
        before,
        after,
        await activityOf(repository, before, after),
      )
    if (made.length > 0) await world.noteEffect(program)
    if (fault?.kind === "lost-answer") return cut(request)
    if (fault?.kind === "slow") await fault.until
    if (fault?.kind === "502-after-effect") return send(ask, 502, "", {})
    send(ask, answer.status, answer.content, answer.headers, fault)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const headers = error.status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}
    send(ask, error.status, `${error.message}\n`, { "content-type": "text/plain", ...headers })
  }
}

/** Only as user name and password; a bearer is for REST. */
const basicOf = (authorization: string | undefined): string | undefined =>
  authorization?.toLowerCase().startsWith("basic ") ? authorization : undefined

function repositoryFor(
  { model }: World,
  owner: string,
  name: string,
  program: string,
  token: Token | undefined,
): Repository {
  const repository = repositoryNamed(model, owner, name)
  const canRead = repository !== undefined && mayOf(repository, token, "contents", "read")
  // To somebody unknown there is no difference between what is private and what is not there.
  if (repository === undefined || !canRead)
    throw token === undefined ? new Refusal(401, "Repository not found.") : new Refusal(404, "Repository not found.")
  if (program !== "git-receive-pack" || mayOf(repository, token, "contents", "write")) return repository
  throw token === undefined
    ? new Refusal(401, "No anonymous write access.")
    : new Refusal(403, `Permission to ${owner}/${name}.git denied to ${token.user.login}.`)
}

interface Change {
  readonly before: string
  readonly after: string
  readonly ref: string
}

/** The commands before the pack: lines with their length in front (gitprotocol-pack, "Reference Update Request"). */
function changesIn(body: Buffer): readonly Change[] {
  const changes: Change[] = []
  for (let at = 0; at + 4 <= body.length; ) {
    const length = Number.parseInt(body.toString("latin1", at, at + 4), 16)
    if (Number.isNaN(length) || length < 4) break
    const [command = ""] = body.toString("utf8", at + 4, at + length).split("\0")
    const [before = "", after = "", ref = ""] = command.trim().split(" ")
    changes.push({ before, after, ref })
    at += length
  }
  return changes
}

async function activityOf({ git }: Repository, before: string, after: string) {
  if (before === NO_COMMIT) return "branch_creation"
  if (after === NO_COMMIT) return "branch_deletion"
  return (await git.isAncestor(before, after)) ? "push" : "force_push"
}

/**
 * What kind of change it is, git knows only once it has the objects: `update` asks then. Of a new branch it is a change of
 * workflows where they differ from those of the default branch.
 */
const UPDATE_HOOK = `#!/bin/sh
zero=${NO_COMMIT}
if [ "$2" = $zero ]; then change=creation
elif [ "$3" = $zero ]; then change=deletion
elif git merge-base --is-ancestor "$2" "$3"; then change=update
else change=non_fast_forward
fi
reason=$(printf '%s\\n' "$FORBIDDEN" | sed -n "s|^$change $1 ||p")
if [ -z "$reason" ] && [ -n "$WORKFLOWS_LIKE" ] && [ $change != deletion ]; then
  old=$2
  [ $change = creation ] && old=$(git rev-parse --verify --quiet "$WORKFLOWS_LIKE" || git hash-object -t tree /dev/null)
  path=$(git diff --name-only --diff-filter=d "$old" "$3" -- .github/workflows | head -n 1)
  said='refusing to allow a GitHub App to create or update workflow \`%s\` without \`workflows\` permission'
  [ -z "$path" ] || reason=$(printf "$said" "$path")
fi
[ -z "$reason" ] && exit 0
printf 'error: GH013: Repository rule violations found for %s.\\n\\n- %s\\n' "$1" "$reason" >&2
exit 1
`
const CHANGES: readonly RefChange[] = ["creation", "update", "deletion", "non_fast_forward"]

function forbiddenIn(repository: Repository, changes: readonly Change[]): string {
  const lines = changes.flatMap(({ ref }) =>
    CHANGES.flatMap(change => {
      const isBurned = repository.releases.some(({ immutable, tag }) => immutable && ref === `refs/tags/${tag}`)
      const broken = isBurned ? "Cannot change a tag of an immutable release" : ruleBroken(repository, ref, change)
      return broken === undefined ? [] : [`${change} ${ref} ${broken}`]
    }),
  )
  return lines.join("\n")
}

/** GITHUB_TOKEN never may (docs.github.com, "Workflow syntax", permissions know no `workflows`). */
const mayChangeWorkflows = (token: Token | undefined): boolean =>
  token?.permissions === undefined || token.permissions.workflows === "write"

interface BackendAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly content: Buffer
}

function runBackend(
  repository: Repository,
  { query, request }: Ask,
  path: string,
  body: Buffer,
  token: Token | undefined,
  changes: readonly Change[],
): Promise<BackendAnswer> {
  const { directory } = repository.git
  const hook = join(directory, "hooks/update")
  if (!existsSync(hook)) {
    mkdirSync(join(directory, "hooks"), { recursive: true })
    writeFileSync(hook, UPDATE_HOOK)
    chmodSync(hook, 0o755)
  }
  const { headers } = request
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      PATH: process.env["PATH"],
      HOME: directory,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      FORBIDDEN: forbiddenIn(repository, changes),
      WORKFLOWS_LIKE: mayChangeWorkflows(token) ? "" : `refs/heads/${repository.defaultBranch}`,
      REQUEST_METHOD: request.method,
      PATH_INFO: `/${path}`,
      QUERY_STRING: query.toString(),
      CONTENT_TYPE: headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
      ...(token === undefined ? {} : { REMOTE_USER: token.user.login }),
    },
  })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    backend.once("error", reject)
    backend.once("close", () => resolve(parseCgi(Buffer.concat(chunks))))
    backend.stdin.on("error", () => {}).end(body)
  })
}

function parseCgi(output: Buffer): BackendAnswer {
  const end = output.indexOf("\r\n\r\n")
  const headers = Object.fromEntries(
    output
      .toString("latin1", 0, Math.max(0, end))
      .split("\r\n")
      .map(line => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  )
  const { status = "200 OK", "content-length": _, ...rest } = headers
  return { status: end < 0 ? 500 : Number.parseInt(status, 10), headers: rest, content: output.subarray(end + 4) }
}
