import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { directoryReleases } from "../../src/adapters/releases-directory.ts"
import { CATALOG_INDEX } from "../../src/ports.ts"
import { contentOf, runWriter } from "../support/child.ts"
import { git, newRepository, temporaryDirectory } from "../support/git.ts"
import { append, publishEverything, release } from "../support/writing.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())
const author = { name: "scb", email: "scb@localhost" }

const staged = (root: string): readonly string[] =>
  Object.keys(contentOf(root)).filter(path => path.startsWith(".staging/"))

describe("a file size limit, as a full disk for who is not root", () => {
  it("releases say disk-full and show nothing; with room they go on", async () => {
    const root = join(temporary.path, "limited")
    const ending = await runWriter(["publish", root, "200000"], { limit: 64 })
    expect(ending).toMatchObject({ code: 3, output: "disk-full" })
    const releases = directoryReleases(root)
    expect(await releases.find("c/b", "1.0.0")).toBeUndefined()
    expect(staged(root)).toEqual([])
    await publishEverything(releases, 200_000)
    expect(await releases.find("c/b", "1.0.0")).toHaveLength(release(1).size)
  })
})

/** A file system of so many KiB in memory; undefined where we may not mount one. */
function smallDisk(name: string, kibibytes: number): string | undefined {
  const path = join(temporary.path, name)
  mkdirSync(path)
  const options = `size=${kibibytes}k,nr_inodes=2000`
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "ignore" })
  return status === 0 ? path : undefined
}

const disk = smallDisk("disk", 512)
afterAll(() => disk && spawnSync("umount", [disk]))

describe.runIf(disk !== undefined)("a full disk", () => {
  /** Runs `work` with ever more room, from none, until it succeeds. */
  async function untilThereIsRoom(work: () => Promise<unknown>, check: () => Promise<void>): Promise<number> {
    for (let free = 0; ; free += 4) {
      fill(free)
      const code = await work().then(
        () => "done",
        cause => cause.code,
      )
      rmSync(join(disk ?? "", "filler"))
      if (code === "done") return free
      expect(code).toBe("disk-full")
      await check()
    }
  }

  function fill(freeKibibytes: number): void {
    const path = join(disk ?? "", "filler")
    spawnSync("sh", ["-c", 'cat /dev/zero > "$0" 2>/dev/null', path])
    spawnSync("truncate", ["--size", `-${freeKibibytes}K`, path])
  }

  it("releases say so and show all or nothing, with any room that does not suffice", async () => {
    const root = join(disk ?? "", "releases")
    const releases = directoryReleases(root)
    const needed = await untilThereIsRoom(
      () => publishEverything(releases, 20_000),
      async () => {
        expect([undefined, release(1).size]).toContain((await releases.find("c/b", "1.0.0"))?.length)
        expect(await releases.readCatalogFile(CATALOG_INDEX, 1e6)).toBeUndefined()
        expect(staged(root)).toEqual([])
      },
    )
    expect(needed).toBeGreaterThan(20)
    expect(await releases.find("c/b", "1.0.0")).toHaveLength(release(1).size)
    rmSync(root, { recursive: true })
  })

  it("a ledger says so and stays where it is", async () => {
    const directory = join(disk ?? "", "repository")
    newRepository(directory)
    const ledger = gitLedger({ directory, author })
    writeFileSync(join(directory, "x"), "")
    const needed = await untilThereIsRoom(
      () => append(ledger, "bundles/c/b.yaml"),
      async () => {
        expect((await ledger.read()).head).toBeNull()
        expect(git(directory, "fsck", "--strict", "--no-dangling")).toBe("")
        const left = Object.keys(contentOf(join(directory, ".git"))).filter(path => /tmp_|\.lock$|^scb\//.test(path))
        expect(left).toEqual([])
      },
    )
    expect(needed).toBeGreaterThan(4)
    expect((await ledger.read()).head).not.toBeNull()
    expect(git(directory, "fsck", "--strict")).toBe("")
  })
})
