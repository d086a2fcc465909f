/**
 * A change on its way: pull request, comment of the check, two approvals, merge, the workflows (the very files that
 * `scb init --github` writes, run by act), a release, `scb fetch`, the driver. Then changes that must not get there. On an
 * imitation of GitHub which checks every message against GitHub's own description; offline.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { ACT, type ActOutcome } from "../test/support/act.ts"
import { compiledMain } from "../test/support/child.ts"
import { BUNDLES, CHECKOUT, type GithubCompany, openCompany, signingSecrets } from "../test/support/github-company.ts"
import { openCloud } from "./demo/connect.ts"
import { readEnvironment } from "./demo/fast-motion.ts"
import { freePorts } from "./demo/free-ports.ts"
import { REFUSALS } from "./e2e/refusals.ts"

const SCB = compiledMain()
const folder = mkdtempSync(join(tmpdir(), "scb-e2e-"))
const demo = join(folder, "bundles")
const began = performance.now()
const VERIFIED = { plan: "success", build: "success", attest: "success", publish: "success", verify: "success" }

if (!existsSync(ACT)) throw new Error("act is not here: scripts/setup-interop.sh installs it")
const port = await freePorts(8)
scb(["init", demo, "--demo", "--demo-port", String(port)], folder)
const keys = readEnvironment(join(`${demo}-keys`, "env.sh"))
const secrets = signingSecrets(keys)
const company = await openCompany(folder, demo, scb)
try {
  await publishedByWorkflows(company)
  await refusedChanges(company)
  requireEqual(company.github.violations, [], "messages that GitHub's own description does not know")
  title(
    `Done: ${company.github.requests.length} requests to GitHub, ${((performance.now() - began) / 1000).toFixed(0)} s`,
  )
} finally {
  await company.close()
  rmSync(folder, { recursive: true, force: true })
}

async function publishedByWorkflows(github: GithubCompany): Promise<void> {
  const { person, read, repository } = github
  title("1. The first commit of main: publish.yml, with the keys of the environment `signing`")
  show(await github.publish(secrets), VERIFIED)
  console.log(`releases  ${tags(github).join("  ")}`)

  title("2. ada asks for the files of another driver; check.yml says what that means, and who has to approve it")
  const changed = (await read(CHECKOUT)).replace("drivers: [nodejs,", "drivers: [gocql-astra, nodejs,")
  await person("ada").push("go", { [CHECKOUT]: changed }, { message: "checkout is rewritten in Go" })
  const number = await person("ada").open("go", "checkout is rewritten in Go")
  show(await github.check(number), { check: "success", comment: "success" })
  const [comment] = repository.issues.find(issue => issue.number === number)?.comments ?? []
  console.log(quoted(comment?.body ?? "no comment"))

  title("3. bob and carol approve, and it is merged")
  person("bob").approve(number)
  person("carol").approve(number)
  await person("bob").merge(number)
  show(await github.publish(secrets), VERIFIED)
  console.log(`releases  ${tags(github).join("  ")}`)

  title("4. Again: nothing is due, so nobody is asked for keys")
  show(await github.publish(secrets), { plan: "success" })

  title("5. The application's team fetches it, and its driver connects")
  const bundle = join(folder, "secure-connect-checkout.zip")
  const clone = github.clone()
  const env = {
    ...keys,
    SCB_CA_FILE: github.jobEnvironment["SCB_CA_FILE"] ?? "",
    XDG_STATE_HOME: join(folder, "state"),
  }
  const source = `github:${github.origin}/${BUNDLES}`
  const trust = join(clone, "policies/keys/release.asc")
  console.log(
    await output(["fetch", "shop-dev/checkout", "--from", source, "--trust", trust, "--out", bundle], folder, env),
  )
  const cloud = await openCloud({
    scb: SCB,
    repository: clone,
    keys: `${demo}-keys`,
    cluster: "shop-dev",
    port,
    env: { ...keys },
  })
  try {
    await cloud.connect(bundle)
  } finally {
    await cloud.stop()
  }
}

/** Each begins with main as it is, and leaves it so. */
async function refusedChanges(company: GithubCompany): Promise<void> {
  const { git } = company.repository
  const before = git.ref("refs/heads/main") ?? ""
  const released = tags(company)
  for (const { name, merge, sentence } of REFUSALS) {
    title(`Refused: ${name}`)
    await merge(company)
    const { summary, ...outcome } = await company.publish(secrets)
    show({ summary, ...outcome }, { plan: "failure" })
    console.log(quoted(summary))
    if (!sentence.test(summary)) throw new Error(`expected ${sentence} in what the workflow says`)
    console.log("\nand where somebody leaves that job out:")
    const clone = company.clone()
    const built = await runScb(["build", "--out", join(clone, "../build")], clone, {
      ...company.jobEnvironment,
      ...keys,
    })
    console.log(quoted(built.err))
    requireEqual([built.code, /change-unauthorized/.test(built.err)], [1, true], "what scb build says")
    requireEqual(tags(company), released, "what is released")
    git.updateRef("refs/heads/main", before)
  }
}

function tags({ repository }: GithubCompany): readonly string[] {
  return repository.releases
    .filter(({ draft }) => !draft)
    .map(({ tag }) => tag)
    .sort()
}

function show({ jobs, log }: ActOutcome, expected: Readonly<Record<string, string>>): void {
  console.log(
    Object.entries(jobs)
      .map(([job, result]) => `${job}: ${result}`)
      .join("   "),
  )
  if (JSON.stringify(Object.entries(jobs).sort()) === JSON.stringify(Object.entries(expected).sort())) return
  console.log(log)
  requireEqual(jobs, expected, "the jobs")
}

interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Asynchronous: the imitation answers from this very process. */
async function runScb(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Finished> {
  console.log(`\n$ scb ${args.join(" ").replaceAll(folder, "$E2E")}`)
  const child = spawn(process.execPath, [SCB, ...args], { cwd, env: { ...process.env, ...env } })
  const ended = new Promise<number | null>(resolve => child.once("close", resolve))
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, out, err }
}

async function output(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { code, out, err } = await runScb(args, cwd, env)
  if (code !== 0) throw new Error(`scb ${args[0]} ended with ${code}: ${err}`)
  return `${err}${out}`
}

function scb(args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(process.execPath, [SCB, ...args], { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`scb ${args[0]} ended with ${status}: ${stderr}`)
}

function requireEqual(got: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(got) === JSON.stringify(expected)) return
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
}

function quoted(output: string): string {
  return output.trimEnd().replaceAll(folder, "$E2E").replaceAll(/^/gm, "  | ")
}

function title(line: string): void {
  console.log(`\n\n--- ${line}`)
}
