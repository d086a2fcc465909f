import { describe, expect, it } from "vitest"
import { CLIENTS } from "../../../../src/domain/clients.ts"
import type { ReleaseInput } from "../../../../src/domain/release.ts"
import { changesBetween } from "../../../../src/domain/versions/changes.ts"
import type { Comparison } from "../../../../src/domain/versions/comparison.ts"
import { migrationGuide } from "../../../../src/domain/versions/migration.ts"
import { renderDiffText, renderGuide } from "../../../../src/render/diff.ts"
import { inputOf } from "../../../support/planning.ts"

const comparison = (after: ReleaseInput, own: Partial<Comparison> = {}): Comparison => ({
  subject: "payments-prod/checkout",
  from: "1.0.0",
  to: "2.0.0",
  class: "major",
  changes: changesBetween(inputOf(), after),
  drivers: CLIENTS.map(client => ({ platform: client, title: client, client })),
  ...own,
})

describe("a migration guide", () => {
  it("lets servers come first and applications last, and says nothing twice", () => {
    const moved = inputOf(
      { key: { source: "csr", algorithm: "P-256", spkiSha256: "9".repeat(64) } },
      { host: "b.example.com", metadataPort: 1 },
    )
    const { tasks } = migrationGuide(comparison(moved))
    expect(tasks.map(({ who }) => who)).toEqual(["cluster-operators", "key-owner", "readers", "applications"])
    for (const { todo } of tasks) expect(new Set(todo).size).toBe(todo.length)
  })

  it("tells every client how a new bundle takes effect", () => {
    const { drivers } = migrationGuide(comparison(inputOf({ role: "other" })))
    expect(drivers.map(({ driver }) => driver.client)).toEqual([...CLIENTS])
    for (const { todo } of drivers) expect(todo).toHaveLength(1)
  })

  it("tells some clients what is special about a change for them", () => {
    const { drivers } = migrationGuide(comparison(inputOf({}, { host: "b.example.com" })))
    const special = drivers.filter(({ todo }) => todo.length > 1).map(({ driver }) => driver.client)
    expect(special).toEqual(["nodejs", "csharp", "gocql-astra", "cql-proxy"])
  })

  it("is short where nobody has to do anything", () => {
    const guide = renderGuide({
      comparisons: [comparison(inputOf(), { class: "renewal", to: "1.0.1", drivers: [] })],
      added: [],
      gone: [],
    })
    expect(guide).toBe(
      "# payments-prod/checkout: from 1.0.0 to 1.0.1\n\nA **renewal** change. Nobody has to do anything but fetch it before the old certificate ends.\n",
    )
  })

  it("shows the way over other versions, and why there is none", () => {
    const through = comparison(inputOf(), {
      upgrade: { from: "1.0.0", to: "2.0.0", through: ["1.1.0"], obstacles: [] },
    })
    const blocked = comparison(inputOf(), {
      upgrade: { from: "1.0.0", to: "2.0.0", through: [], obstacles: [{ member: "cluster.trust", why: "no root" }] },
    })
    const guideOf = (each: Comparison) => renderGuide({ comparisons: [each], added: [], gone: [] })
    expect(guideOf(through)).toContain("## The way there\n\n1.0.0 -> 1.1.0 -> 2.0.0.\n")
    expect(guideOf(blocked)).toContain("## The way there\n\nNo safe one: no root.\n")
  })

  it("puts nothing of others into a table that could break it", () => {
    const text = renderGuide({
      comparisons: [comparison(inputOf({ compatibility: { java: "^4 || ^5" } }))],
      added: [],
      gone: [],
    })
    expect(text).toContain("`^4 \\|\\| ^5`")
  })
})

describe("a difference as text", () => {
  it("names bundles that are new and gone", () => {
    const text = renderDiffText({ comparisons: [], added: ["a/b"], gone: ["a/c"] }, { color: false })
    expect(text).toBe("a/b: new\na/c: no longer declared\n")
  })

  it("names entries of files that differ", () => {
    const files = comparison(inputOf(), { class: "patch", entries: ["README.md"] })
    const text = renderDiffText({ comparisons: [files], added: [], gone: [] }, { color: false })
    expect(text).toBe("payments-prod/checkout: 1.0.0 -> 2.0.0  patch\n  entries that differ: README.md\n")
  })
})
