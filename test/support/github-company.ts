/** A bundle repository on the fake GitHub, its people, and its workflows, run by act. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { instantFromMillis } from "../../src/domain/instant.ts"
import { type ActOutcome, runWorkflow } from "./act.ts"
import type { Repository } from "./github/model.ts"
import type { Person } from "./github/people.ts"
import { type FakeGithub, startFakeGithub } from "./github/server.ts"
import { makePki } from "./pki.ts"

export const BUNDLES = "acme/bundles"
export const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const BOT = "github-actions[bot]"
const JOB_TOKEN = "ghs_of-a-job-0123456789"

/** GitHub's numbers for them. */
const PEOPLE = { ada: 1001, bob: 1002, carol: 1003, dave: 1004 } as const
export type PersonName = keyof typeof PEOPLE

const APPROVALS = `apiVersion: scb/v1
kind: Approvals
revision: 1
evidence: github-reviews
repository: ${BUNDLES}
branch: main
rules:
  - { name: bundles, paths: ["bundles/**"], require: { approvers: 2 } }
  - { name: policies, classes: [policy, other], require: { approvers: 2 } }
otherwise: { approvers: 2 }
reductions: { maximumBundles: 5, require: { approvers: 1 } }
`

/** What an owner puts into the environment `signing`, from what `scb init --demo` says where keys are. */
export function signingSecrets(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const names = ["SCB_SIGNING_KEY", "SCB_CA_KEY"]
  return Object.fromEntries([
    ...names.map(name => [name, readFileSync(env[`${name}_FILE`] ?? "", "utf8")]),
    ...names.map(name => [`${name}_PASSPHRASE`, env[`${name}_PASSPHRASE`] ?? ""]),
  ])
}

/** Runs the command line in a folder; throws when it fails. */
export type Scb = (args: readonly string[], folder: string) => void

export interface GithubCompany {
  readonly github: FakeGithub
  /** Its one address: GitHub Enterprise Server, so that programs find it without being told of hosts. */
  readonly origin: string
  readonly repository: Repository
  /** Of a job on main: its default variables and its token. */
  readonly jobEnvironment: Readonly<Record<string, string>>
  person(name: PersonName | typeof BOT): Person
  /** What main holds of a file. */
  read(path: string): Promise<string>
  /** A clone that is at a commit of main, or of a branch. */
  clone(commit?: string): string
  /** The run that GitHub would start after a push to main. */
  publish(secrets: Readonly<Record<string, string>>): Promise<ActOutcome>
  /** The run that somebody starts by hand, or the clock. */
  dispatch(workflow: string, inputs?: Readonly<Record<string, string>>): Promise<ActOutcome>
  /** The run that GitHub would start for a pull request. */
  check(number: number): Promise<ActOutcome>
  close(): Promise<void>
}

/** `demo`: what `scb init --demo` and `scb init --github` have made there, which becomes the first commit of main. */
export async function openCompany(folder: string, demo: string, scb: Scb): Promise<GithubCompany> {
  const { root, server } = await makePki({ host: "localhost", now: instantFromMillis(Date.now()) })
  const tls = { key: server.keyPem, cert: server.chainPem }
  const github = await startFakeGithub({ now: () => Date.now(), enterprise: true, tls })
  const origin = github.urls.web
  const caFile = join(folder, "company.pem")
  writeFileSync(caFile, root.certificatePem)
  for (const [login, id] of Object.entries(PEOPLE)) github.addUser({ login, id })
  github.addUser({ login: BOT, id: 41_898_282, type: "Bot" })
  const permissions = { contents: "write", "pull-requests": "write", issues: "write", actions: "write" } as const
  github.addToken(JOB_TOKEN, { login: BOT, permissions })
  const roles = Object.fromEntries([...Object.keys(PEOPLE), BOT].map(login => [login, "write" as const]))
  const repository = await github.addRepository(BUNDLES, { roles, files: { "README.md": "Bundles of acme.\n" } })

  const approvers = Object.entries(PEOPLE).flatMap(([login, id]) => ["--approver", `${login}=${id}`])
  const pin = `acme/scb@${"5".repeat(40)}`
  scb(["init", demo, "--github", BUNDLES, "--repository-id", String(repository.id), ...approvers, "--scb", pin], folder)
  writePolicies(demo, origin, repository.id)
  await github.person("ada", BUNDLES).push("main", filesOf(demo), { message: "Bundles of acme" })

  const jobEnvironment = {
    GITHUB_ACTIONS: "true",
    GITHUB_SERVER_URL: origin,
    GITHUB_API_URL: github.urls.api,
    GITHUB_REPOSITORY: BUNDLES,
    GITHUB_REPOSITORY_ID: String(repository.id),
    GITHUB_REF: "refs/heads/main",
    GITHUB_ACTOR_ID: String(PEOPLE.bob),
    SCB_CA_FILE: caFile,
    GIT_SSL_CAINFO: caFile,
    CURL_CA_BUNDLE: caFile,
  }
  const git = (directory: string, ...args: readonly string[]) =>
    execFileSync("git", args, { cwd: directory, encoding: "utf8" })
  function clone(commit = "main"): string {
    const directory = join(mkdtempSync(join(folder, "clone-")), "bundles")
    git(folder, "clone", "--quiet", repository.git.directory, directory)
    git(directory, "checkout", "--quiet", ...(commit === "main" ? ["main"] : ["--detach", commit]))
    git(directory, "remote", "set-url", "origin", `https://github.com/${BUNDLES}`) // by which act knows its name
    return directory
  }
  const run = (workflow: string, event: string, payload: object, commit: string, secrets = {}, env = {}) =>
    runWorkflow({
      directory: clone(commit),
      workflow,
      event,
      actor: "bob",
      payload: { repository: { full_name: BUNDLES, visibility: "public", default_branch: "main" }, ...payload },
      env: { ...jobEnvironment, ...env },
      secrets: { GITHUB_TOKEN: JOB_TOKEN, ...secrets },
    })
  return {
    github,
    origin,
    repository,
    jobEnvironment: { ...jobEnvironment, GITHUB_TOKEN: JOB_TOKEN },
    person: name => github.person(name, BUNDLES),
    async read(path) {
      return (await repository.git.git(["show", `main:${path}`])).toString()
    },
    clone,
    publish: secrets => run("publish.yml", "push", { ref: "refs/heads/main" }, "main", secrets),
    dispatch: (workflow, inputs = {}) => run(workflow, "workflow_dispatch", { ref: "refs/heads/main", inputs }, "main"),
    async check(number) {
      const pull = repository.issues.find(issue => issue.number === number)?.pull
      if (pull === undefined) throw new Error(`there is no pull request ${number}`)
      const head = { ref: pull.head, sha: pull.headSha, repo: { full_name: BUNDLES } }
      const payload = { number, pull_request: { number, head, base: { ref: "main", repo: { full_name: BUNDLES } } } }
      const env = { GITHUB_REF: `refs/pull/${number}/merge`, GITHUB_BASE_REF: "main" }
      return run("check.yml", "pull_request", payload, pull.headSha, {}, env)
    },
    close: () => github.close(),
  }
}

function writePolicies(demo: string, origin: string, repositoryId: number): void {
  const edit = (name: string, change: (text: string) => string) => {
    const file = join(demo, "policies", name)
    writeFileSync(file, change(readFileSync(file, "utf8")))
  }
  const target = `{ kind: github, repository: ${BUNDLES}, repositoryId: ${repositoryId}, server: "${origin}", layout: per-version }`
  edit("distribution.yaml", text => text.replace(/^releases: .*$/m, `releases: ${target}`))
  const people = Object.entries(PEOPLE).map(
    ([name, id]) => `  - { name: ${name}, kind: person, github: ${id}, login: ${name} }\n`,
  )
  edit("people.yaml", text =>
    text.replace("groups:\n", `${people.join("")}groups:\n  approvers: [${Object.keys(PEOPLE).join(", ")}]\n`),
  )
  mkdirSync(join(demo, "policies"), { recursive: true })
  writeFileSync(join(demo, "policies/approvals.yaml"), APPROVALS)
}

function filesOf(directory: string): Readonly<Record<string, string>> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter(path => !path.startsWith(".git/"))
  return Object.fromEntries(paths.map(path => [path, readFileSync(join(directory, path), "utf8")]))
}
