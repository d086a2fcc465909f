import { describe, expect, it } from "vitest"
import { instantFromMillis, later, parseInstant } from "../../../src/domain/instant.ts"
import type { RepositoryStatus, VersionStatus } from "../../../src/domain/status.ts"
import { renderStatusJson, renderStatusText } from "../../../src/render/status.ts"

const NOW = parseInstant("2026-11-22T10:00:00Z") ?? instantFromMillis(0)
const DAY = 86_400_000

function version(number: string, state: VersionStatus["state"], daysLeft: number, channels: VersionStatus["channels"]) {
  const publishedAt = later(NOW, -DAY)
  const notAfter = later(NOW, daysLeft * DAY)
  return { version: number, state, publishedAt, notAfter, channels, serial: "0a", cause: "first release" }
}

const STATUS: RepositoryStatus = {
  commit: "c0ffee",
  ledger: { head: "beef", sequence: 4, epoch: 1 },
  catalog: "due",
  bundles: [
    {
      bundle: "shop/new",
      declared: true,
      owner: "shop-team",
      channels: {},
      versions: [],
      due: [
        {
          kind: "release",
          bundle: "shop/new",
          version: "1.0.0",
          change: "major",
          reason: "first-release",
          cause: "first release",
          inputDigest: "aa",
        },
        {
          kind: "point",
          bundle: "shop/new",
          channel: "candidate",
          to: "1.0.0",
          reason: "first",
          cause: "first release",
        },
        { kind: "point", bundle: "shop/new", channel: "stable", to: "1.0.0", reason: "first", cause: "first release" },
      ],
    },
    {
      bundle: "shop/checkout",
      declared: true,
      owner: "shop-team",
      channels: {
        candidate: { version: "1.1.0", since: NOW, previous: "1.0.0" },
        stable: { version: "1.0.0", since: NOW, ahead: { version: "1.1.0", percent: 10, since: NOW, dealt: "1.1.0" } },
      },
      versions: [version("1.1.0", "active", 29, ["candidate"]), version("1.0.0", "active", 9, ["stable"])],
      due: [],
    },
    { bundle: "shop/gone", declared: false, channels: {}, versions: [version("1.0.0", "expired", -1, [])], due: [] },
  ],
  waits: [
    {
      bundle: "shop/checkout",
      channel: "stable",
      from: "1.0.0",
      to: "1.1.0",
      percent: 50,
      gates: [
        { check: "soak", answer: "fail", evidence: "1.1.0 for 10 percent until 2026-11-22T14:00:00Z" },
        { check: "health", answer: "pass", evidence: "0 of 40 connections failed" },
      ],
    },
  ],
  findings: [],
}

describe("the status as text", () => {
  it("is a line a bundle: its newest version, its channels, its end, each kind of step that is due once; and a line a gate that is closed", () => {
    expect(renderStatusText(STATUS, NOW, { color: false })).toBe(
      [
        "BUNDLE         VERSION  STATE    CANDIDATE  STABLE              EXPIRES            DUE",
        "shop/new       -        none     -          -                   -                  release, point",
        "shop/checkout  1.1.0    active   1.1.0      1.0.0 (10%: 1.1.0)  2026-12-21 (29 d)  nothing",
        "shop/gone      1.0.0    expired  -          -                   2026-11-21 (over)  not declared",
        "waits  shop/checkout stable  1.0.0 -> 1.1.0 for 50 percent  soak: 1.1.0 for 10 percent until 2026-11-22T14:00:00Z",
        "ledger 4 (epoch 1), catalog due",
        "",
      ].join("\n"),
    )
  })
})

describe("the status as JSON", () => {
  it("has every version, newest first, with instants as text", () => {
    const { bundles, ...rest } = JSON.parse(renderStatusJson(STATUS))
    const { head, sequence, epoch } = STATUS.ledger
    expect(rest).toEqual({
      apiVersion: "scb/v1",
      kind: "Status",
      commit: "c0ffee",
      ledger: { head, sequence, epoch },
      catalog: "due",
      waits: STATUS.waits,
      findings: [],
    })
    expect(bundles[1].channels.stable).toEqual({
      version: "1.0.0",
      since: "2026-11-22T10:00:00Z",
      ahead: { version: "1.1.0", percent: 10, since: "2026-11-22T10:00:00Z", dealt: "1.1.0" },
    })
    expect(bundles[0].due).toEqual(STATUS.bundles[0]?.due)
    expect(bundles[1].versions.map((each: VersionStatus) => [each.version, each.state, each.notAfter])).toEqual([
      ["1.1.0", "active", "2026-12-21T10:00:00Z"],
      ["1.0.0", "active", "2026-12-01T10:00:00Z"],
    ])
    expect(bundles[2]).not.toHaveProperty("owner")
  })
})
