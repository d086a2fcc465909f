import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { KeyAlgorithm } from "../../../src/domain/bundle.ts"
import { IDENTITY } from "../../support/bundle.ts"
import { type Cloud, startCloud } from "../../support/cloud.ts"
import { connectWith, DRIVERS } from "./installed.ts"

const HOST_IDS = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"]

describe.each(["P-256", "P-384", "RSA-2048"] satisfies readonly KeyAlgorithm[])("a bundle with a %s key", algorithm => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({ algorithm })
  })
  afterAll(() => cloud.stop())

  describe.each(DRIVERS)("and $name", driver => {
    describe.runIf(driver.installed)("installed", () => {
      it("reach every node through the gateway, write and read", async () => {
        const report = await connectWith(driver, cloud)

        expect(report.driver).toContain(driver.name)
        expect(report.hostIds).toEqual(HOST_IDS)
        expect(report.words).toMatch(/^hello from /)
      })
    })
  })

  it("gives each node its own connections, known by the identity of the certificate", () => {
    for (const node of cloud.nodes) {
      expect(node.sessions.length).toBeGreaterThan(0)
      for (const session of node.sessions) {
        expect(session).toMatchObject({ serverName: node.hostId, identity: IDENTITY, role: "checkout_rw" })
      }
    }
    expect(cloud.gateway.stats()).toMatchObject({ metadataRefused: 0, refused: {}, dropped: 0 })
  })
})

describe("a cluster that asks for passwords", () => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({
      algorithm: "P-256",
      authentication: { kind: "password", passwords: { checkout: "test-only" } },
    })
  })
  afterAll(() => cloud.stop())

  describe.each(DRIVERS)("and $name", driver => {
    describe.runIf(driver.installed)("installed", () => {
      it("take the user's credentials on top of the bundle", async () => {
        const report = await connectWith(driver, cloud, ["checkout", "test-only"])

        expect(report.hostIds).toEqual(HOST_IDS)
      })

      it("refuse a wrong password", async () => {
        await expect(connectWith(driver, cloud, ["checkout", "wrong"])).rejects.toThrow(
          /password are incorrect|authenticat/i,
        )
      })
    })
  })
})

describe("a bundle whose identity has no role", () => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({ algorithm: "P-256", authentication: { kind: "mutual-tls", roles: {} } })
  })
  afterAll(() => cloud.stop())

  it.each(DRIVERS.filter(driver => driver.installed))("is refused by the nodes, as $name says", async driver => {
    await expect(connectWith(driver, cloud)).rejects.toThrow(/not authorized/)
  })
})

describe("a node that the gateway does not know", () => {
  let cloud: Cloud
  beforeAll(async () => {
    cloud = await startCloud({ algorithm: "P-256" })
    cloud.gateway.updateNodes(cloud.nodes.slice(0, 1).map(({ clusterNode }) => clusterNode))
  })
  afterAll(() => cloud.stop())

  it.each(DRIVERS.filter(driver => driver.installed))(
    "is down for $name, which goes on with the others",
    async driver => {
      const report = await connectWith(driver, cloud)

      expect(report.hostIds).toEqual(HOST_IDS.slice(0, 1))
      expect(cloud.gateway.stats().refused["unknown-host-id"]).toBeGreaterThan(0)
    },
  )
})
