/** The house rules for workflows and actions (docs/workflows.md), each a function from a file to what breaks it. */
import type { Job, Step, WorkflowFile } from "./workflow-files.ts"

export interface WorkflowRule {
  /** Rows of the threat model that it defends against. */
  readonly rows: string
  readonly rule: string
  readonly broken: (file: WorkflowFile) => readonly string[]
}

/** Events whose runs see only what their cause could see anyway. */
const TRIGGERS: ReadonlySet<string> = new Set([
  "pull_request",
  "pull_request_review",
  "merge_group",
  "push",
  "schedule",
  "workflow_dispatch",
])

/** Commits that these tags named when the actions were read. */
const ACTIONS: Readonly<Record<string, string>> = {
  "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
  "actions/setup-node": "820762786026740c76f36085b0efc47a31fe5020 # v7.0.0",
  "actions/upload-artifact": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
  "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
  "actions/attest": "1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2",
  "github/codeql-action/init": "8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2",
  "github/codeql-action/analyze": "8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2",
  "github/codeql-action/upload-sarif": "8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2",
  "ossf/scorecard-action": "2d1146689b8cda280b9bc96326124645441f03bc # v2.4.4",
  "scb-owner/scb/.github/actions/setup-scb": "0000000000000000000000000000000000000000 # v0.0.0", // `scb init --github` fills it in
}

/** Whatever can write, and no more than this. */
const MAY_WRITE: Readonly<Record<string, readonly string[]>> = {
  ".github/workflows/codeql.yml analyse": ["security-events"],
  ".github/workflows/scorecard.yml analyse": ["security-events"],
  "templates/github/workflows/check.yml comment": ["pull-requests"],
  "templates/github/workflows/emergency.yml prepare": ["contents"],
  "templates/github/workflows/publish.yml attest": ["id-token", "attestations"],
  "templates/github/workflows/publish.yml publish": ["contents"],
  "templates/github/workflows/reconcile.yml problems": ["issues"],
  "templates/github/workflows/reconcile.yml start": ["actions"],
}

export const WORKFLOW_RULES: readonly WorkflowRule[] = [
  {
    rows: "C01",
    rule: "nothing runs with our rights because somebody else did something",
    broken: ({ kind, workflow }) =>
      kind === "action" ? [] : keysOf(workflow.on).filter(event => !TRIGGERS.has(event)),
  },
  {
    rows: "C02",
    rule: "values reach a shell by its environment, never by its text",
    broken: ({ steps }) => steps.flatMap(({ run = "" }) => run.match(/\$\{\{.*?\}\}/g) ?? []),
  },
  {
    rows: "C02",
    rule: "no step changes the environment or the path of those after it",
    broken: ({ steps }) => steps.flatMap(({ run = "" }) => run.match(/GITHUB_(?:ENV|PATH)\b/g) ?? []),
  },
  {
    rows: "C03",
    rule: "nothing comes out of a cache",
    broken: ({ steps }) => steps.filter(restoresCache).map(nameOf),
  },
  {
    rows: "C04",
    rule: "what another job made is compared with the digest that it told, before anything else",
    broken: ({ workflow }) => jobsOf(workflow).flatMap(([, { steps = [] }]) => unchecked(steps)),
  },
  {
    rows: "C05",
    rule: "an action is one of the list, by its commit",
    broken: ({ text }) =>
      [...text.matchAll(/\buses: *([^@\s]+)@?(.*)$/gm)]
        .filter(([, name = "", pin = ""]) => ACTIONS[name] !== pin)
        .map(([, name = ""]) => name),
  },
  {
    rows: "C05",
    rule: "a machine is one of the list, and no image comes from elsewhere",
    broken: ({ workflow }) =>
      jobsOf(workflow)
        .filter(([, job]) => job["runs-on"] !== "ubuntu-24.04" || "container" in job || "services" in job)
        .map(([id]) => id),
  },
  {
    rows: "C07",
    rule: "nobody has a right that is not given to the job, by name",
    broken: ({ kind, workflow }) => [
      ...(kind === "workflow" && JSON.stringify(workflow.permissions) !== "{}" ? ["top"] : []),
      ...jobsOf(workflow)
        .filter(([, { permissions }]) => typeof permissions !== "object" || permissions === null)
        .map(([id]) => id),
    ],
  },
  {
    rows: "C07 C08",
    rule: "a job writes what the list says, and nothing else",
    broken: ({ path, workflow }) =>
      jobsOf(workflow).flatMap(([id, job]) =>
        writes(job)
          .filter(scope => MAY_WRITE[`${path} ${id}`]?.includes(scope) !== true)
          .map(scope => `${id}: ${scope}`),
      ),
  },
  {
    rows: "C07",
    rule: "secrets are read in the environment that guards them, by scb itself, in jobs that write nothing",
    broken: ({ workflow, steps }) => {
      const guarded = jobsOf(workflow).flatMap(([, job]) =>
        job.environment === "signing" && writes(job).length === 0 ? (job.steps ?? []) : [],
      )
      const allowed = new Set(guarded.filter(({ run = "" }) => /^scb build /.test(run)))
      const jobs = jobsOf(workflow).map(([, { steps: _, ...job }]) => job)
      const rest = JSON.stringify([{ ...workflow, jobs }, steps.filter(step => !allowed.has(step))])
      return rest.match(/\bsecrets[.[]\S+|"secrets":"inherit"|toJSON\(secrets\)/g) ?? []
    },
  },
  {
    rows: "C07",
    rule: "no token is left on the disk",
    broken: ({ steps }) =>
      steps
        .filter(({ uses = "" }) => uses.startsWith("actions/checkout@"))
        .filter(step => step.with?.["persist-credentials"] !== false)
        .map(nameOf),
  },
  {
    rows: "C06 C10",
    rule: "who holds keys, or writes what is published, does so for main alone",
    broken: ({ path, workflow }) =>
      jobsOf(workflow)
        .filter(
          ([, job]) =>
            job.environment !== undefined || (writes(job).includes("contents") && path.startsWith("templates/")),
        )
        .filter(([id]) => !forMainAlone(id, workflow.jobs))
        .map(([id]) => id),
  },
  {
    rows: "C11",
    rule: "a workflow says what may run at once",
    broken: ({ kind, workflow }) => (kind === "workflow" && workflow.concurrency === undefined ? ["concurrency"] : []),
  },
  {
    rows: "C15",
    rule: "a job ends",
    broken: ({ workflow }) =>
      jobsOf(workflow)
        .filter(([, job]) => !((job["timeout-minutes"] ?? 360) <= 60))
        .map(([id]) => id),
  },
]

const jobsOf = ({ jobs }: WorkflowFile["workflow"]): readonly (readonly [string, Job])[] => Object.entries(jobs)

const nameOf = ({ name, uses, run }: Step): string => name ?? uses ?? run ?? ""

/** Names of events, however they are written. */
function keysOf(on: unknown): readonly string[] {
  if (typeof on === "string") return [on]
  return Array.isArray(on) ? on.map(String) : Object.keys(on ?? {})
}

function restoresCache({ uses = "", with: inputs = {} }: Step): boolean {
  if (uses.startsWith("actions/cache")) return true
  if (uses.startsWith("actions/setup-node@") && inputs["package-manager-cache"] !== false) return true
  return "cache" in inputs
}

function writes({ permissions }: Job): readonly string[] {
  if (typeof permissions !== "object" || permissions === null)
    return permissions === undefined ? [] : [String(permissions)]
  return Object.entries(permissions)
    .filter(([, access]) => access !== "read" && access !== "none")
    .map(([scope]) => scope)
}

/** Downloads after which no step compares what came, with what the job that made it said. */
function unchecked(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step, index) => {
    if (step.uses?.startsWith("actions/download-artifact@") !== true) return []
    const { run = "", env = {} } = steps[index + 1] ?? {}
    const told = Object.values(env).some(value => /^\$\{\{ needs\.\w+\.outputs\.digest \}\}$/.test(value))
    return told && /^echo "\$DIGEST {2}[\w.]+" \| sha256sum --check --strict$/m.test(run) ? [] : [nameOf(step)]
  })
}

/** Itself, or a job that it waits for, goes on only for main. */
function forMainAlone(id: string, jobs: Readonly<Record<string, Job>>): boolean {
  const { if: condition = "", needs = [] } = jobs[id] ?? {}
  if (condition.startsWith("github.ref == 'refs/heads/main'") && !condition.includes("||")) return true
  if (/always\(\)|failure\(\)|cancelled\(\)/.test(condition)) return false
  return [needs].flat().some(each => forMainAlone(each, jobs))
}
