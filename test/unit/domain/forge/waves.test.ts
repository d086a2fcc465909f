import { describe, expect, it } from "vitest"
import { readZip } from "../../../../src/artifact/zip-read.ts"
import { writeZip } from "../../../../src/artifact/zip-write.ts"
import {
  entryName,
  isWaveLayout,
  type PlannedShard,
  planWaves,
  readWaveIndex,
  readWavePlaces,
  type StagedVersion,
  WAVE_LIMITS,
  waveIndex,
} from "../../../../src/domain/forge/waves.ts"
import { instantFromMillis } from "../../../../src/domain/instant.ts"

const version = (bundle: `${string}/${string}`, size: number, files = 2): StagedVersion => ({
  bundle,
  version: "1.0.0",
  files: Array.from({ length: files }, (_, at) => ({ name: `file-${at}`, size, sha256: "0".repeat(64) })),
})
const AT = instantFromMillis(Date.UTC(1980, 0, 1))
const bundlesOf = ({ versions }: PlannedShard): readonly string[] => versions.map(({ bundle }) => bundle)

/** As the adapter makes it, with bytes that tell where they belong. */
function zipOf({ versions }: PlannedShard): Uint8Array {
  const entries = versions.flatMap(each =>
    each.files.map(({ name, size }, at) => ({
      name: entryName(each.bundle, each.version, name),
      data: new Uint8Array(size).fill(at + 1),
      mode: 0o644,
    })),
  )
  return writeZip(entries, AT)
}

describe("the layout of waves", () => {
  it("says to the byte where a ZIP has each file, and how large it is", () => {
    const [wave] = planWaves([version("b/long-name", 300), version("a/x", 1, 3), version("c/empty", 0)])
    const [shard] = wave?.shards ?? []
    if (shard === undefined) throw new Error("no shard")
    const zip = zipOf(shard)
    expect(zip.length).toBe(shard.size)
    expect(readZip(zip).problems).toEqual([])
    for (const { files } of shard.versions)
      files.forEach(({ offset, size }, at) => {
        expect(zip.subarray(offset, offset + size)).toEqual(new Uint8Array(size).fill(at + 1))
      })
  })

  it("depends on names alone, not on the order in which versions come", () => {
    const all = ["c/z", "a/b", "a/a", "b/a"].map(name => version(name as "a/b", 400))
    const limits = { ...WAVE_LIMITS, shardBytes: 2_500 }
    expect(planWaves(all.toReversed(), limits)).toEqual(planWaves(all, limits))
    expect(planWaves(all, limits).flatMap(({ shards }) => shards.map(bundlesOf))).toEqual([
      ["a/a", "a/b"],
      ["b/a", "c/z"],
    ])
  })

  it("keeps every limit, and gives a version that is larger a shard of its own", () => {
    const all = Array.from({ length: 60 }, (_, at) => version(`c-${at % 7}/b-${at}`, at === 30 ? 9_000 : 10 * at))
    const limits = { shardBytes: 3_000, files: 10, assets: 6 }
    const waves = planWaves(all, limits)
    for (const { shards, clusters } of waves) {
      expect(shards.length + clusters.length).toBeLessThanOrEqual(limits.assets)
      expect(clusters).toEqual([...new Set(shards.flatMap(bundlesOf).map(name => name.split("/")[0]))])
      for (const shard of shards) {
        expect(shard.versions.flatMap(({ files }) => files).length).toBeLessThanOrEqual(limits.files)
        if (shard.size > limits.shardBytes) expect(bundlesOf(shard)).toEqual(["c-2/b-30"])
      }
    }
    expect(waves.flatMap(({ shards }) => shards.flatMap(bundlesOf)).sort()).toEqual(all.map(each => each.bundle).sort())
  })

  it("of what is left is that of the waves that are left", () => {
    const all = Array.from({ length: 30 }, (_, at) => version(`c/b-${at + 10}`, 100))
    const limits = { shardBytes: 1_000, files: 100, assets: 4 }
    const [first, ...rest] = planWaves(all, limits)
    const done = new Set(first?.shards.flatMap(bundlesOf))
    expect(
      planWaves(
        all.filter(({ bundle }) => !done.has(bundle)),
        limits,
      ),
    ).toEqual(rest)
  })

  it.each([
    ["per-version", 10_000, false],
    ["wave", 1, true],
    ["automatic", 20, false],
    ["automatic", 21, true],
  ] as const)("%s with %i versions makes waves: %s", (layout, versions, expected) => {
    expect(isWaveLayout({ layout, waveAbove: 20 }, versions)).toBe(expected)
  })
})

describe("the index of a wave", () => {
  const [shard] = planWaves([version("a/x", 10), version("b/y", 10)])[0]?.shards ?? []
  const index = waveIndex("a", [{ name: "one.zip", versions: shard?.versions ?? [] }])

  it("names the versions of its cluster and no other", () => {
    expect(Object.keys(index.versions)).toEqual(["x/1.0.0"])
    expect(readWaveIndex(JSON.parse(JSON.stringify(index)), "a")).toEqual(index)
  })

  it.each([
    undefined,
    null,
    [],
    "text",
    { ...index, kind: "other" },
    { ...index, cluster: "b" },
    { ...index, versions: [] },
    { ...index, versions: { "x/1.0.0": { shard: 7, files: [] } } },
    {
      ...index,
      versions: { "x/1.0.0": { shard: "one.zip", files: [{ name: "f", size: -1, sha256: "", offset: 0 }] } },
    },
    {
      ...index,
      versions: { "x/1.0.0": { shard: "one.zip", files: [{ name: "f", size: 1, sha256: "", offset: 0.5 }] } },
    },
  ])("is not %j", value => {
    expect(readWaveIndex(value, "a")).toBeUndefined()
  })

  it("is not mistaken for the places of a cluster", () => {
    const places = { apiVersion: "scb/v1", kind: "WavePlaces", cluster: "a", places: { "x/1.0.0": "wave-0" } }
    expect(readWavePlaces(places, "a")).toEqual(places)
    expect(readWavePlaces({ ...places, places: { "x/1.0.0": 7 } }, "a")).toBeUndefined()
    expect(readWavePlaces(index, "a")).toBeUndefined()
  })
})
