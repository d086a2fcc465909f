import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { loadPlatforms } from "../../../src/adapters/platform-catalogue.ts"
import type { Measurements } from "../../../src/domain/measurements.ts"
import { instant } from "../../support/repository-facts.ts"

const folder = mkdtempSync(join(tmpdir(), "scb-platforms-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PLATFORM = {
  title: "Ruby driver",
  client: "python",
  package: "pkg:gem/cassandra-driver",
  minimumVersion: "3.2.5",
  run: "ruby examples/ruby/lib/connect.rb",
  notes: ["A note about {{host}}."],
  files: ["lib/connect.rb", "Gemfile"],
}

const MEASURED: Measurements = {
  cassandra: "5.0.9",
  gateways: { embedded: "scb/0.1.0" },
  programs: [
    {
      name: "python",
      platform: "python",
      version: "3.30.1",
      measuredOn: "2026-11-22",
      passed: { password: { embedded: ["P-256"] } },
    },
  ],
}

/** Writes `<folder>/<catalogue>/ruby` and loads it. */
function load(catalogue: string, platform: unknown, files: Readonly<Record<string, string>>) {
  const base = join(folder, catalogue, "ruby")
  mkdirSync(join(base, "files", "lib"), { recursive: true })
  writeFileSync(join(base, "platform.json"), JSON.stringify(platform))
  for (const [path, text] of Object.entries(files)) writeFileSync(join(base, "files", path), text)
  writeFileSync(join(folder, catalogue, "measured.json"), JSON.stringify(MEASURED))
  return loadPlatforms(join(folder, catalogue))
}

describe("loadPlatforms", () => {
  it("takes a folder with platform.json and files/ as a platform, its files in the order listed", () => {
    const catalogue = load("good", PLATFORM, { Gemfile: "gem", "lib/connect.rb": "connect" })
    expect(catalogue.get("ruby")).toEqual({
      ...PLATFORM,
      name: "ruby",
      evidence: "client-measured",
      measuredAt: instant("2026-11-22"),
      files: new Map([
        ["lib/connect.rb", "connect"],
        ["Gemfile", "gem"],
      ]),
    })
    expect([...(catalogue.get("ruby")?.files.keys() ?? [])]).toEqual(PLATFORM.files)
  })

  it("names the platform and what is wrong with it", () => {
    expect(() => load("missing", PLATFORM, { Gemfile: "gem" })).toThrow("platform ruby: lib/connect.rb does not exist")
    expect(() => load("unknown", { ...PLATFORM, colour: "red" }, {})).toThrow("platform ruby: unknown key colour")
  })
})
