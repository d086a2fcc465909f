/** Runs workflow files with act (github.com/nektos/act), on this machine, with no container and no network but loopback. */
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { pathToFileURL } from "node:url"
import { compiledMain } from "./child.ts"
import { INTEROP_CACHE } from "./tools.ts"
import { ROOT } from "./workflow-files.ts"

export const ACT = join(INTEROP_CACHE, "act/act")

/**
 * What stands in for actions that need GitHub's own servers: the same inputs and outputs, in shell. act's artifact server
 * does not understand the newer of them (nektos/act issue 6022).
 */
const STAND_INS: Readonly<Record<string, string>> = {
  "actions/checkout": `
inputs: { fetch-depth: { default: "1" }, persist-credentials: { default: "true" } }
runs:
  using: composite
  steps:
    - shell: bash
      env: { DEPTH: "\${{ inputs.fetch-depth }}", TOKEN: "\${{ github.token }}" }
      run: |
        git init --quiet --initial-branch main .
        git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
        credentials=$(printf 'x-access-token:%s' "$TOKEN" | base64 --wrap 0)
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraheader GIT_CONFIG_VALUE_0="Authorization: Basic $credentials"
        if [ "$DEPTH" = 0 ]; then git fetch --quiet origin '+refs/heads/*:refs/remotes/origin/*'; fi
        git fetch --quiet origin "+$GITHUB_SHA:refs/remotes/pull/it"
        git checkout --quiet --force -B "\${GITHUB_REF#refs/heads/}" "$GITHUB_SHA"
`,
  "actions/setup-node": `
inputs: { node-version: {}, package-manager-cache: {} }
runs:
  using: composite
  steps: [{ shell: bash, run: node --version }]
`,
  "actions/upload-artifact": `
inputs: { name: { required: true }, path: { required: true }, if-no-files-found: {}, retention-days: {} }
runs:
  using: composite
  steps:
    - shell: bash
      env: { NAME: "\${{ inputs.name }}", FILE: "\${{ inputs.path }}" }
      run: mkdir -p "$ARTIFACTS/$NAME" && cp "$FILE" "$ARTIFACTS/$NAME/"
`,
  "actions/download-artifact": `
inputs: { name: { required: true }, path: { required: true } }
runs:
  using: composite
  steps:
    - shell: bash
      env: { NAME: "\${{ inputs.name }}", FOLDER: "\${{ inputs.path }}" }
      run: cp "$ARTIFACTS/$NAME/"* "$FOLDER/"
`,
  "actions/attest": `
inputs: { subject-name: { required: true }, subject-digest: { required: true } }
runs:
  using: composite
  steps:
    - shell: bash
      env: { NAME: "\${{ inputs.subject-name }}", DIGEST: "\${{ inputs.subject-digest }}" }
      run: echo "$DIGEST $NAME" >> "$ARTIFACTS/attested"
`,
}

export interface ActRun {
  /** A clone of the repository, at the commit that the event is about. */
  readonly directory: string
  /** File name below `.github/workflows`. */
  readonly workflow: string
  readonly event: string
  /** Login of whoever caused it. */
  readonly actor: string
  readonly payload: unknown
  /** Default environment variables and what the runner's machine has. */
  readonly env: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

export interface ActOutcome {
  readonly code: number | null
  /** All that was logged. */
  readonly log: string
  /** `success` or `failure`, of each job that ran. */
  readonly jobs: Readonly<Record<string, string>>
  /** Markdown that the jobs have added to their summaries, in order. */
  readonly summary: string
}

const SETUP = "/.github/actions/setup-scb"

export async function runWorkflow(run: ActRun): Promise<ActOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "scb-act-"))
  try {
    for (const name of ["home", "prefix/bin", "artifacts", "actions"])
      mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, "event.json"), JSON.stringify(run.payload))
    writeFileSync(join(folder, "secrets"), dotenv(run.secrets), { mode: 0o600 })
    const workflow = join(run.directory, ".github/workflows", run.workflow)
    const args = [
      ...[
        run.event,
        "--actor",
        run.actor,
        "--json",
        "--concurrent-jobs",
        "1",
        "--pull=false",
        "--platform",
        "ubuntu-24.04=-self-hosted",
      ],
      "--insecure-secrets", // what is printed is looked at, and not what is left of it after masking
      ...["--action-offline-mode", "--no-cache-server", "--no-skip-checkout"],
      ...["--workflows", workflow, "--eventpath", join(folder, "event.json"), "--secret-file", join(folder, "secrets")],
      ...environmentOf(run, folder).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ...localActions(readFileSync(workflow, "utf8"), folder).flatMap(pair => ["--local-repository", pair]),
    ]
    const child = spawn(ACT, args, {
      cwd: run.directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: `${join(folder, "prefix/bin")}:${process.env["PATH"]}`,
        HOME: join(folder, "home"),
        XDG_CACHE_HOME: join(folder, "cache"),
      },
    })
    const ended = new Promise<number | null>(resolve => child.once("close", resolve))
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
    const lines = `${stdout}\n${stderr}`.split("\n").flatMap(logLine)
    const results = lines.flatMap(({ jobID, jobResult }) => (jobID && jobResult ? [[jobID, jobResult] as const] : []))
    return {
      code,
      log: lines.map(({ jobID = "act", msg }) => `[${jobID}] ${msg.trimEnd()}\n`).join(""),
      jobs: Object.fromEntries(results),
      summary: lines.flatMap(({ msg }) => (SUMMARY.test(msg) ? [msg.replace(SUMMARY, "")] : [])).join("\n"),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SUMMARY = /^ *⚙ +Summary - /

interface LogLine {
  readonly jobID?: string
  readonly jobResult?: string
  readonly msg: string
}

function logLine(line: string): readonly LogLine[] {
  if (line === "") return []
  return [line.startsWith("{") ? JSON.parse(line) : { msg: line }]
}

/** What is in double quotes may hold line breaks, as keys do. */
function dotenv(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${JSON.stringify(value).replaceAll("$", "\\$")}\n`)
    .join("")
}

function environmentOf({ env }: ActRun, folder: string): readonly (readonly [string, string])[] {
  const own = { NPM_CONFIG_PREFIX: join(folder, "prefix"), ARTIFACTS: join(folder, "artifacts") }
  return Object.entries({ ...own, ...env })
}

/** `owner/name@commit=folder` of every action that the workflow uses. */
function localActions(workflow: string, folder: string): readonly string[] {
  const used = [...workflow.matchAll(/uses: ([\w.-]+\/[\w.-]+)(\/[^@\s]+)?@(\S+)/g)]
  const names = used.map(([, name = "", path, commit = ""]) => {
    const stands = join(folder, "actions", name)
    mkdirSync(stands, { recursive: true })
    if (path === SETUP) writeProgram(stands)
    else writeFileSync(join(stands, "action.yml"), `name: ${name}\n${STAND_INS[name] ?? "no stand-in"}`)
    return `${name}@${commit}=${stands}`
  })
  const [, setupNode = ""] =
    /uses: (actions\/setup-node@\S+)/.exec(readFileSync(join(ROOT, SETUP, "action.yml"), "utf8")) ?? []
  const stands = join(folder, "actions/actions/setup-node")
  mkdirSync(stands, { recursive: true })
  writeFileSync(join(stands, "action.yml"), `name: setup-node\n${STAND_INS["actions/setup-node"]}`)
  return [...new Set([...names, `${setupNode}=${stands}`])]
}

/** Our own action as it is, in a repository that is built already: with this program. */
function writeProgram(folder: string): void {
  cpSync(join(ROOT, SETUP), join(folder, SETUP), { recursive: true })
  mkdirSync(join(folder, "dist/cli"), { recursive: true })
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  writeFileSync(
    join(folder, "dist/cli/main.js"),
    `await import(${JSON.stringify(pathToFileURL(compiledMain()).href)})\n`,
  )
}
