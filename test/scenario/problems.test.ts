import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Environment } from "../support/cli.ts"
import { CHECKOUT, type Desk, type DeskMaker, day, prepareDesk } from "../support/desk.ts"
import type { FakeGithub } from "../support/github/server.ts"
import { startGithub } from "../support/github-releases.ts"

let desks: DeskMaker
let github: FakeGithub
let made = 0

beforeAll(async () => {
  desks = await prepareDesk(desk => desk.apply())
  github = await startGithub()
  github.addUser({ login: "github-actions[bot]", id: 41_898_282, type: "Bot" })
  github.addToken("job", { login: "github-actions[bot]", permissions: { issues: "write" } })
})
afterAll(async () => {
  desks.remove()
  expect(github.violations).toEqual([])
  await github.close()
})

async function forum() {
  made += 1
  const repository = await github.addRepository(`acme/problems-${made}`, { files: { "README.md": "x\n" } })
  const environment: Environment = {
    GITHUB_REPOSITORY: `acme/problems-${made}`,
    GITHUB_SERVER_URL: github.urls.web,
    GITHUB_TOKEN: "job",
  }
  const open = () => repository.issues.filter(({ state }) => state === "open").map(({ title }) => title)
  const sync = (desk: Desk) => desk.scbWith(environment, "problems", "--sync")
  return { repository, environment, open, sync }
}

/** Nobody has applied anything for so long that the catalog has ended. */
const late = (desk: Desk): Desk => desk.at(day("2026-12-10T10:00:00Z"))

describe("scb problems", () => {
  it("finds none where all is well", async () => {
    const { code, stdout } = await desks.fresh().scb("problems")
    expect([code, stdout]).toEqual([0, "no problems\n"])
  })

  it("lists what stays wrong, the worst first, and ends with 1 for errors", async () => {
    const { code, stdout } = await late(desks.fresh()).scb("problems", "--format", "json")
    const { problems } = JSON.parse(stdout)
    expect(code).toBe(1)
    expect(problems[0]).toMatchObject({ kind: "catalog", severity: "error" })
  })

  it("opens an issue for each, does nothing the second time, and closes it when it is mended", async () => {
    const { open, sync, repository } = await forum()
    const desk = late(desks.fresh())
    const first = await sync(desk)
    expect(first.stderr).toContain("1 opened, 0 updated, 0 closed, 0 unchanged")
    expect(open()).toEqual([expect.stringContaining("clients refuse everything")])
    expect(repository.issues[0]?.labels).toEqual(["scb"])
    expect((await sync(desk)).stderr).toContain("0 opened, 0 updated, 0 closed, 1 unchanged")
    await desk.apply()
    expect((await sync(desk)).stderr).toContain("0 opened, 0 updated, 1 closed, 0 unchanged")
    expect(open()).toEqual([])
    expect(repository.issues[0]?.comments.map(({ body }) => body)).toEqual(["This is no longer so."])
  })

  it("tells of what cannot be read, and closes nothing that it could not look at", async () => {
    const { open, sync } = await forum()
    const desk = late(desks.fresh())
    await sync(desk)
    desk.write(CHECKOUT, desk.read(CHECKOUT).replace("owner: shop-team", "owner: nobody"))
    desk.commit()
    await sync(desk)
    expect(open()).toHaveLength(2)
  })

  it("follows policies/notifications.yaml", async () => {
    const { open, sync, repository } = await forum()
    const desk = late(desks.fresh())
    const policy = (severities: string) =>
      `apiVersion: scb/v1\nkind: Notifications\nseverities: ${severities}\nmaximumIssues: 5\nmention: true\notherwise: [shop-team]\n`
    desk.write("policies/notifications.yaml", policy("[]"))
    const people = desk.read("policies/people.yaml")
    desk.write("policies/people.yaml", people.replace("- name: alice\n", "- name: alice\n    login: alice-l\n"))
    desk.commit()
    await sync(desk)
    expect(open()).toEqual([])
    desk.write("policies/notifications.yaml", policy("[error]"))
    desk.commit()
    await sync(desk)
    expect(repository.issues.find(({ state }) => state === "open")?.body).toContain("For @alice-l.")
  })
})
