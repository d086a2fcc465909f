import { describe, expect, it } from "vitest"
import { customerOf, makePublisher, refusalOf, verdict } from "../support/published.ts"

describe("D05 partial upload", () => {
  it.each(["manifest.json", "manifest.json.asc", "SHA256SUMS", "secure-connect-checkout-payments-prod.zip.gpg"])(
    "names the missing %s and hands out nothing",
    async asset => {
      const publisher = await makePublisher()
      await publisher.release()
      await publisher.catalog()
      publisher.releases.files.delete(`releases/payments-prod/checkout/1.0.0/${asset}`)
      const refusal = await refusalOf(customerOf(publisher).fetch())
      expect(refusal.code).toBe("release-incomplete")
      expect(refusal.message).toContain(asset)
    },
  )

  it("refuses sums that leave a file out", async () => {
    const publisher = await makePublisher()
    await publisher.release({ assets: assets => new Map([...assets, ["SHA256SUMS", new Uint8Array()]]) })
    await publisher.catalog()
    expect(await verdict(customerOf(publisher).fetch())).toBe("release-incomplete")
  })

  it("refuses a catalog whose shard is not there yet", async () => {
    const publisher = await makePublisher()
    await publisher.release()
    await publisher.catalog()
    const { files } = publisher.releases
    for (const path of [...files.keys()]) if (path.includes("shards/")) files.delete(path)
    expect(await verdict(customerOf(publisher).fetch())).toBe("release-incomplete")
  })
})
