import { describe, expect, it } from "vitest"
import { announceVersion, announceWave } from "../../../../src/domain/forge/announcement.ts"
import { type Instant, parseInstant } from "../../../../src/domain/instant.ts"
import type { Manifest } from "../../../../src/domain/manifest.ts"

/** Of a manifest, what is told, and what must not be. */
const MANIFEST = {
  bundle: "payments-prod/checkout",
  version: "2.0.0",
  cluster: { name: "payments-prod", host: "secret-host.example.com" },
  expiresAt: parseInstant("2027-02-20T10:00:00Z") as Instant,
  recipients: ["A".repeat(40)],
  payload: { name: "secure-connect-checkout-payments-prod.zip.gpg", size: 1, sha256: "0".repeat(64) },
  source: { commit: "c".repeat(40), policyDigest: "", inputDigest: "" },
  predecessor: { version: "1.4.2", manifestSha256: "" },
  change: {
    class: "major",
    reason: "endpoint-changed",
    cause: "changed: cluster.host (secret-host.example.com)",
    changes: [
      {
        member: "cluster.host",
        class: "major",
        before: "old-secret.example.com",
        after: "secret-host.example.com",
        why: "drivers connect elsewhere",
        actions: [
          { who: "applications", what: "fetch the new version" },
          { who: "cluster-operators", what: "keep the old host until all have gone" },
        ],
      },
      {
        member: "bundle.recipients",
        class: "minor",
        after: "B".repeat(40),
        why: "others read it",
        actions: [{ who: "applications", what: "fetch the new version" }],
      },
    ],
  },
} as unknown as Manifest

describe("what watchers of a version are told", () => {
  const { title, notes } = announceVersion(MANIFEST)

  it("begins with what it is, how much of a change, and until when it is good", () => {
    expect(title).toBe("payments-prod/checkout 2.0.0 (major), good until 2027-02-20")
    expect(notes.split("\n")[0]).toBe("**major**: after 1.4.2. Good until 2027-02-20T10:00:00Z.")
  })

  it("names everybody who has to act, each thing once", () => {
    expect(notes.match(/^- \*\*.*$/gm)).toEqual([
      "- **applications**: fetch the new version",
      "- **cluster-operators**: keep the old host until all have gone",
    ])
  })

  it("says which members changed, not what they were or are (D11)", () => {
    expect(notes).toContain("- `cluster.host` (major)\n- `bundle.recipients` (minor)")
    expect(`${title}${notes}`).not.toMatch(/secret|AAAA|BBBB/)
  })

  it("says so when nobody has to act", () => {
    const renewal = { ...MANIFEST, change: { class: "renewal", reason: "renewal-due", cause: "", changes: [] } }
    expect(announceVersion(renewal as unknown as Manifest).notes).toContain("Nobody but whoever holds a copy")
    const patch = { ...MANIFEST, predecessor: null, change: { ...renewal.change, class: "patch" } }
    expect(announceVersion(patch as unknown as Manifest).notes).toMatch(/first version.*Nobody: applications/s)
  })
})

describe("what watchers of a wave are told", () => {
  it("is how many versions of which clusters", () => {
    const { title, notes } = announceWave([{ cluster: "b" }, { cluster: "a" }, { cluster: "b" }], "c".repeat(40))
    expect(title).toBe("3 versions of 2 clusters")
    expect(notes).toContain("| a | 1 |\n| b | 2 |")
    expect(notes).toContain("c".repeat(40))
  })
})
