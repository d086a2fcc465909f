// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of GitHub
import { describe, expect, it } from "vitest"
import { type Job, type WorkflowFile, workflowFiles } from "../support/workflow-files.ts"

const jobs = workflowFiles().flatMap(file =>
  Object.entries(file.workflow.jobs).map(([id, job]) => ({ name: `${file.path} ${id}`, job, file })),
)

/** What a program would print that is run in a step and dumps its environment: names of what comes from secrets. */
function dump(job: Job, { workflow }: WorkflowFile): readonly (readonly [step: string, secrets: readonly string[]])[] {
  return (job.steps ?? []).map(step => {
    const seen = { ...workflow.env, ...job.env, ...step.env, ...step.with }
    const secrets = Object.entries(seen).filter(([, value]) => /\bsecrets\b/.test(String(value)))
    return [step.run ?? step.uses ?? "", secrets.map(([name]) => name)]
  })
}
const holdsKeys = ({ job, file }: (typeof jobs)[number]) => dump(job, file).some(([, secrets]) => secrets.length > 0)

describe("C07: keys and the right to write", () => {
  it("are in no job together", () => {
    const both = jobs.filter(each => holdsKeys(each) && JSON.stringify(each.job.permissions).includes("write"))
    expect(both.map(({ name }) => name)).toEqual([])
  })

  it("are apart: keys in one job of one workflow, which asks for its environment", () => {
    const holders = jobs.filter(holdsKeys)
    expect(holders.map(({ name }) => name)).toEqual(["templates/github/workflows/publish.yml build"])
    expect(holders.map(({ job }) => job.environment)).toEqual(["signing"])
  })

  it("are seen by scb alone: a dump of the environment in any other step holds no key", () => {
    const seers = jobs.flatMap(({ job, file }) => dump(job, file).filter(([, secrets]) => secrets.length > 0))
    expect(seers).toEqual([
      [
        'scb build --out "$RUNNER_TEMP/build"',
        ["SCB_SIGNING_KEY", "SCB_SIGNING_KEY_PASSPHRASE", "SCB_CA_KEY", "SCB_CA_KEY_PASSPHRASE"],
      ],
    ])
  })

  it("are not in reach of an action that is not ours, once the keys have been used", () => {
    const [{ job } = { job: {} as Job }] = jobs.filter(holdsKeys)
    const [after = []] = [
      (job.steps ?? []).slice((job.steps ?? []).findIndex(({ run = "" }) => run.startsWith("scb build"))),
    ]
    expect(after.flatMap(({ uses = [] }) => uses).map(uses => String(uses).split("@")[0])).toEqual([
      "actions/upload-artifact",
    ])
  })
})
