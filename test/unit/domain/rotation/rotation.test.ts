import { describe, expect, it } from "vitest"
import type { Cluster } from "../../../../src/domain/cluster.ts"
import { later } from "../../../../src/domain/instant.ts"
import type { BundleName } from "../../../../src/domain/names.ts"
import type { ReleaseInput } from "../../../../src/domain/release.ts"
import { type RotationFacts, type RotationKind, rotationStatus } from "../../../../src/domain/rotation/rotation.ts"
import { renderRotationJson, renderRotationText } from "../../../../src/render/rotation.ts"
import { inputOf, NAME, NOW } from "../../../support/planning.ts"

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)] as const
const CLUSTER: Cluster = {
  file: "bundles/payments-prod/cluster.yaml",
  name: "payments-prod",
  environment: "production",
  region: "eu-west-1",
  endpoint: { host: "cass.example.com", metadataPort: 29_080, cqlPort: 29_042 },
  datacenter: "dc1",
  nodes: [],
  trust: ["ca/old.crt"],
  issuer: { kind: "local", certificate: "ca/clients.crt", key: "env:X" },
  authentication: "mutual-tls",
}

function statusOf(kind: RotationKind, inputs: readonly ReleaseInput[], own: Partial<RotationFacts> = {}) {
  const live = inputs.map((input, index) => ({
    bundle: NAME as BundleName,
    version: `1.${index}.0`,
    input,
    endsAt: later(NOW, index * 1_000),
  }))
  const issuer = ["b".repeat(64)]
  return rotationStatus(kind, {
    cluster: CLUSTER,
    servers: { accepts: [] },
    trust: [[OLD]],
    issuer,
    issuedBy: new Set(inputs.flatMap(input => input.cluster.issuer)),
    csharp: false,
    live,
    health: [],
    ...own,
  })
}

const next = (status: ReturnType<typeof statusOf>) => status.steps.find(({ state }) => state === "next")?.name
const trusting = (...trust: readonly string[]) => inputOf({}, { trust })

describe("the steps of a rotation of the servers' root", () => {
  const both = [[OLD], [NEW]] as const
  it.each([
    ["one root", [trusting(OLD)], {}, "overlap"],
    ["both, but not in every version", [trusting(OLD), trusting(OLD, NEW)], { trust: both }, "adopt"],
    ["both, in every version", [trusting(OLD, NEW)], { trust: both }, "served"],
    [
      "servers show the new one",
      [trusting(OLD, NEW)],
      { trust: both, servers: { serving: [NEW], accepts: [] } },
      "drop",
    ],
    [
      "the same with C#",
      [trusting(OLD, NEW)],
      { trust: both, csharp: true, servers: { serving: [NEW], accepts: [] } },
      "first",
    ],
    [
      "with C#, and the new one first",
      [trusting(NEW, OLD)],
      { trust: both.toReversed(), csharp: true, servers: { serving: [NEW], accepts: [] } },
      "drop",
    ],
    ["what servers showed in an earlier one", [trusting(OLD)], { servers: { serving: [OLD], accepts: [] } }, "overlap"],
  ] satisfies readonly (readonly [string, readonly ReleaseInput[], Partial<RotationFacts>, string])[])(
    "come one after the other: %s",
    (_, inputs, own, step) => {
      expect(next(statusOf("ca", inputs, own))).toBe(step)
    },
  )

  it("tell how many consumers were seen on what is waited for", () => {
    const traffic = { kind: "traffic", bundle: NAME, at: NOW, samples: 9, failures: 0 } as const
    const health = [
      { ...traffic, version: "1.0.0", consumers: 3 },
      { ...traffic, version: "1.1.0", consumers: 40 },
    ]
    const status = statusOf("ca", [trusting(OLD), trusting(OLD, NEW)], { trust: both, health })
    expect(status.consumers).toBe(3)
    expect(renderRotationText(status, { color: false })).toMatch(/^3 consumers seen on versions that are waited for$/m)
    expect(JSON.parse(renderRotationJson(status))).toMatchObject({
      kind: "Rotation",
      rotation: "ca",
      consumers: 3,
      cluster: "payments-prod",
    })
  })
})

describe("the steps of the others", () => {
  const issuedBy = (issuer: string) => inputOf({}, { issuer: [issuer] })
  it.each([
    ["one issuer", [issuedBy(NEW)], [], "accept"],
    ["both are accepted", [issuedBy(NEW)], ["f".repeat(64)], "switch"],
    ["nothing of the old one is in use any more", [issuedBy(NEW)], [OLD], "drop"],
    ["the old one's are still in use", [issuedBy(OLD), issuedBy(NEW)], [OLD], "drop"],
  ])("of the issuer come one after the other: %s", (_, inputs, accepts, step) => {
    const known = new Set([OLD, NEW])
    expect(next(statusOf("issuer", inputs, { servers: { accepts }, issuedBy: known }))).toBe(step)
  })

  it("of an endpoint end with the last version that names the old place", () => {
    expect(next(statusOf("endpoint", [inputOf()]))).toBe("beside")
    const moved = statusOf("endpoint", [inputOf({}, { host: "old.example.com" }), inputOf()])
    expect(moved.steps.at(-1)).toMatchObject({ name: "leave", state: "next", waitsFor: [{ version: "1.0.0" }] })
  })
})
