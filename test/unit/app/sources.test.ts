import { describe, expect, it } from "vitest"
import { memoryReleases } from "../../../src/adapters/releases-memory.ts"
import { fromAny } from "../../../src/app/sources.ts"
import { type ErrorCode, ScbError } from "../../../src/domain/errors.ts"

/** Two places: the first fails with a code, the second has what is asked for. */
async function readWith(code: ErrorCode): Promise<{ readonly value: string; readonly warnings: readonly string[] }> {
  const [first, second] = [memoryReleases(), memoryReleases()]
  const warnings: string[] = []
  const places = {
    ...{ source: "first", releases: first, mirrors: [{ source: "second", releases: second }] },
    warn: (warning: string) => void warnings.push(warning),
  }
  const value = await fromAny(places, async releases => {
    if (releases === first) throw new ScbError(code, "it is so")
    return "good"
  })
  return { value, warnings }
}

describe("several places", () => {
  it("are asked in turn, and who failed is told", async () => {
    const { value, warnings } = await readWith("digest-mismatch")
    expect([value, warnings]).toEqual(["good", [expect.stringContaining("first was not believed")]])
  })

  it("are not asked again for a version that one of them has proved to be revoked", async () => {
    await expect(readWith("version-revoked")).rejects.toMatchObject({ code: "version-revoked" })
  })
})
