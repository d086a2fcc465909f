import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const support = (file: string) => fileURLToPath(new URL(`../../support/${file}`, import.meta.url))

describe("building on threads", () => {
  it("makes every release, and brings errors back as what they were", () => {
    const args = ["--import", support("tsx-in-threads.mjs"), support("build-threads.ts")]
    const output = execFileSync(process.execPath, args, { encoding: "utf8" })
    expect(JSON.parse(output)).toEqual({
      outlived: {
        code: "issuer-unusable",
        message: expect.stringContaining("before the certificate that it should issue"),
        hint: "shorten the bundle's lifetime, or renew the issuer",
      },
      impossible: {
        name: "Error",
        message: "build order of shop-prod/reporting has neither a key to make nor a request",
      },
      good: ["shop-dev/checkout 1.0.0", "shop-prod/checkout 1.0.0", "shop-prod/reporting 1.0.0"],
    })
  })
})
