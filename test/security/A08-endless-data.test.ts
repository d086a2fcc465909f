import { describe, expect, it } from "vitest"
import { LIMITS } from "../../src/app/trust.ts"
import { CATALOG_INDEX } from "../../src/ports.ts"
import { customerOf, makePublisher, verdict } from "../support/published.ts"

describe("A08 endless data", () => {
  it.each([
    [CATALOG_INDEX, LIMITS.index],
    ["catalog/shards/", LIMITS.shard],
    ["manifest.json", LIMITS.manifest],
    ["manifest.json.asc", LIMITS.signature],
    ["SHA256SUMS", LIMITS.sums],
    [".zip.gpg", LIMITS.payload],
  ])("stops reading %s at %i bytes", async (part, limit) => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog()
    const { files } = publisher.releases
    const path = [...files.keys()].find(each => each.endsWith(part) || each.startsWith(part)) ?? ""
    files.set(path, new Uint8Array(limit + 1))
    expect(await verdict(customerOf(publisher).fetch())).toBe("too-large")
  })
})
