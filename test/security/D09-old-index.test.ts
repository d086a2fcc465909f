import { describe, expect, it } from "vitest"
import { waveIndexName } from "../../src/domain/forge/waves.ts"
import { wavePlacesPath } from "../../src/ports.ts"
import {
  emptyCatalog,
  memoryBranch,
  newRepository,
  newVersion,
  openGithubReleases,
  publishedIn,
  replaceAsset,
  sharedGithub,
} from "../support/github-releases.ts"

const github = await sharedGithub()

const PLACES = wavePlacesPath("shop")
const [FIRST, SECOND] = [newVersion("shop/checkout", "1.0.0"), newVersion("shop/checkout", "2.0.0")]

async function twoWaves() {
  const repository = await newRepository(github)
  const branch = memoryBranch()
  const open = () => openGithubReleases(github, repository, { layout: "wave", branch })
  for (const [at, version] of [FIRST, SECOND].entries()) {
    const releases = open()
    await releases.publishAll([version])
    await releases.publishCatalog(emptyCatalog(at + 1))
  }
  return { repository, branch, open }
}

describe("D09 readers are shown the old and the new mixed", () => {
  it("finds what is newer than the places that it is shown", async () => {
    const { branch, open } = await twoWaves()
    branch.store.files.set(PLACES, branch.commits[0]?.get(PLACES) ?? new Uint8Array())
    expect(await open().find("shop/checkout", "2.0.0")).toHaveLength(3)
    expect([...(await open().versions("shop/checkout"))].sort()).toEqual(["1.0.0", "2.0.0"])
  })

  it("finds what it is told to look for in the wrong place", async () => {
    const { branch, open, repository } = await twoWaves()
    const [wrong] = publishedIn(repository)
    const places = Object.fromEntries(["1.0.0", "2.0.0"].map(version => [`checkout/${version}`, wrong?.tag]))
    const lie = { apiVersion: "scb/v1", kind: "WavePlaces", cluster: "shop", places }
    branch.store.files.set(PLACES, new TextEncoder().encode(JSON.stringify(lie)))
    for (const { version, read } of [FIRST, SECOND])
      expect(await open().readAsset("shop/checkout", version, "manifest.json", 1e6)).toEqual(
        (await read()).get("manifest.json"),
      )
  })

  it("hands out nothing under a digest that is not its own, whatever an index says", async () => {
    const { repository, open } = await twoWaves()
    const [first, second] = publishedIn(repository)
    const name = waveIndexName("shop")
    const index = first?.assets.find(asset => asset.name === name)?.bytes
    if (second === undefined) throw new Error("no second wave")
    replaceAsset(second, name, new TextDecoder().decode(index))
    expect(await open().find("shop/checkout", "2.0.0")).toBeUndefined()
    await expect(open().readAsset("shop/checkout", "2.0.0", "manifest.json", 1e6)).rejects.toMatchObject({
      code: "release-missing",
    })
  })

  it("says that a shard is not what its name says, and brings it back from the same build", async () => {
    const { repository, open } = await twoWaves()
    const [wave] = publishedIn(repository)
    const shard = wave?.assets.find(asset => asset.name.endsWith(".zip"))
    if (wave === undefined || shard === undefined) throw new Error("no shard")
    replaceAsset(wave, shard.name, "something else")
    await expect(open().find("shop/checkout", "1.0.0")).rejects.toMatchObject({ code: "release-incomplete" })
    await expect(open().readAsset("shop/checkout", "1.0.0", "manifest.json", 1e6)).rejects.toMatchObject({
      code: "release-missing",
    })
  })
})
