import { describe, expect, it } from "vitest"
import type { Manifest } from "../../src/domain/manifest.ts"
import { customerOf, makePublisher, verdict } from "../support/published.ts"

describe("A09 wrong artefact, valid under another name", () => {
  it("refuses the genuine, signed files of one bundle in the place of another", async () => {
    const publisher = await makePublisher()
    await publisher.release({ bundle: "prod/a" })
    await publisher.release({ bundle: "prod/b" })
    await publisher.catalog()
    const { files } = publisher.releases
    for (const [path, data] of [...files]) {
      if (path.startsWith("releases/prod/b/")) files.set(path.replace("prod/b", "prod/a"), data)
    }
    const fetchOf = (bundle: "prod/a" | "prod/b") => verdict(customerOf(publisher).fetch({ bundle }))
    expect(await fetchOf("prod/b")).toBe("accepted")
    expect(await fetchOf("prod/a")).toBe("digest-mismatch")
  })

  const lies: readonly (readonly [string, (manifest: Manifest) => Manifest])[] = [
    ["bundle", manifest => ({ ...manifest, bundle: "prod/b" })],
    ["version", manifest => ({ ...manifest, version: "9.0.0" })],
    ["cluster", manifest => ({ ...manifest, cluster: { ...manifest.cluster, name: "staging" } })],
  ]
  it.each(lies)(
    "refuses a manifest that speaks of another %s, even when the catalog names its digest",
    async (_, manifest) => {
      const publisher = await makePublisher()
      await publisher.release({ bundle: "prod/a", manifest })
      await publisher.catalog()
      expect(await verdict(customerOf(publisher).fetch({ bundle: "prod/a" }))).toBe("manifest-mismatch")
    },
  )

  it("refuses the shard of one cluster in the place of another's", async () => {
    const publisher = await makePublisher()
    await publisher.release({ bundle: "prod/a" })
    await publisher.release({ bundle: "staging/a" })
    await publisher.catalog()
    const { files } = publisher.releases
    const shards = [...files.keys()].filter(path => path.includes("shards/"))
    const [one = "", other = ""] = shards
    files.set(one, files.get(other) ?? new Uint8Array())
    files.set(other, files.get(other) ?? new Uint8Array())
    const answers = await Promise.all(
      (["prod/a", "staging/a"] as const).map(bundle => verdict(customerOf(publisher).fetch({ bundle }))),
    )
    expect(answers.sort()).toEqual(["accepted", "digest-mismatch"])
  })
})
