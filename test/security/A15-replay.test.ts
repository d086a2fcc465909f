import { beforeAll, describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { NOW } from "../support/pgp.ts"
import { customerOf, makePublisher, type Publisher, verdict } from "../support/published.ts"

let publisher: Publisher
let asOfVersion3: ReadonlyMap<string, Uint8Array>

/** Versions 1 to 5; 3 is revoked after 5. What was public at 3 was kept by somebody. */
beforeAll(async () => {
  publisher = await makePublisher()
  for (const version of ["1.0.0", "2.0.0", "3.0.0"]) await publisher.release({ version })
  await publisher.catalog()
  asOfVersion3 = new Map(publisher.releases.files)
  for (const version of ["4.0.0", "5.0.0"]) await publisher.release({ version })
  publisher.revoke("3.0.0")
  await publisher.catalog({ at: later(NOW, 1000) })
})

async function replaying(paths: RegExp, as: (path: string) => string = path => path): Promise<string> {
  const { files } = publisher.releases
  const before = new Map(files)
  const customer = customerOf(publisher)
  expect((await customer.fetch()).version).toBe("5.0.0")
  for (const [path, data] of asOfVersion3) if (paths.test(path)) files.set(as(path), data)
  try {
    return await verdict(customer.fetch())
  } finally {
    files.clear()
    for (const [path, data] of before) files.set(path, data)
  }
}

describe("A15 replay of an old signed bundle", () => {
  it("refuses version 3 with its genuine signature in the place of version 5", async () => {
    const inPlaceOf5 = (path: string) => path.replace("/3.0.0/", "/5.0.0/")
    expect(await replaying(/\/3\.0\.0\//, inPlaceOf5)).toBe("digest-mismatch")
  })

  it("refuses the old catalog with its genuine signature", async () => {
    expect(await replaying(/^catalog\//)).toBe("catalog-rollback")
  })

  it("refuses everything as it was", async () => {
    expect(await replaying(/./)).toBe("catalog-rollback")
  })

  it("refuses the old shard under the new index", async () => {
    const { files } = publisher.releases
    const newest = [...files.keys()].filter(path => path.includes("shards/") && !asOfVersion3.has(path))
    expect(newest).toHaveLength(1)
    expect(await replaying(/shards\//, () => newest[0] ?? "")).toBe("digest-mismatch")
  })

  it("refuses the revoked version when it is asked for by its number", async () => {
    expect(await verdict(customerOf(publisher).fetch({ selector: { version: "3.0.0" } }))).toBe("version-revoked")
    expect(await verdict(customerOf(publisher).fetch({ selector: { version: "4.0.0" } }))).toBe("accepted")
  })
})
