import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Job, workflowFiles } from "../support/workflow-files.ts"
import { openRunner, type Runner } from "../support/workflow-steps.ts"

const [publish] = workflowFiles().filter(({ path }) => path.endsWith("github/workflows/publish.yml"))
const stepOf = (job: string, name: string) => {
  const { steps = [] }: Job = publish?.workflow.jobs[job] ?? {}
  return steps.find(step => step.name === name) ?? { run: "exit 99" }
}

let build: Runner
let digest: string
beforeEach(() => {
  build = openRunner([])
  mkdirSync(join(build.temp, "build"))
  writeFileSync(join(build.temp, "build/build.json"), "{}")
  expect(build.run(stepOf("build", "Pack"), {}).code).toBe(0)
  digest = /^digest=([0-9a-f]{64})$/m.exec(build.output())?.[1] ?? ""
})
afterEach(() => build.remove())

describe.each(["publish", "verify"])("C04: an artifact that arrives at the job %s", job => {
  const arrive = (artifact: Uint8Array, told = digest) => {
    const runner = openRunner([])
    writeFileSync(join(runner.temp, "build.tar"), artifact)
    const { code, said } = runner.run(stepOf(job, "It is what build made"), { DIGEST: told })
    const opened = ["build/build.json", "build.json"].some(file => existsSync(join(runner.temp, file)))
    runner.remove()
    return { code, said, opened }
  }
  const made = () => readFileSync(join(build.temp, "build.tar"))

  it("is opened when it is what build made", () => {
    expect(arrive(made())).toMatchObject({ code: 0, opened: true })
  })

  it("is not opened when somebody has put another in its place", () => {
    writeFileSync(join(build.temp, "build/build.json"), '{"evil":true}')
    spawnSync("tar", ["--create", "--file", "other.tar", "--directory", "build", "."], { cwd: build.temp })
    const other = readFileSync(join(build.temp, "other.tar"))
    expect(arrive(other)).toMatchObject({ code: 1, opened: false, said: expect.stringContaining("build.tar: FAILED") })
  })

  it("is not opened when a byte of it has changed, when it is empty, or when nobody has told its digest", () => {
    const changed = made()
    changed[600] = (changed[600] ?? 0) ^ 1
    expect(arrive(changed)).toMatchObject({ code: 1, opened: false })
    expect(arrive(Buffer.of())).toMatchObject({ code: 1, opened: false })
    expect(arrive(made(), "")).toMatchObject({ code: 1, opened: false })
  })
})
