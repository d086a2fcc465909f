import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { gitObject } from "../../src/adapters/git-objects.ts"
import { openRepository, writeObjects } from "../../src/adapters/git-repository.ts"
import { newRepository, temporaryDirectory } from "../support/git.ts"

const temporary = temporaryDirectory()
afterAll(() => temporary.remove())

const objects = Array.from({ length: 200_000 }, (_, at) => gitObject("blob", Buffer.from(`${at}`))).filter(({ id }) =>
  id.startsWith("d4"),
)

/** As many writers and `git gc` beside each other, only all the time. Says so when it has begun. */
const MAKE_AND_REMOVE = `
  const { mkdirSync, rmdirSync } = require("node:fs")
  console.log("at it")
  const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  for (;; pause()) for (const act of [mkdirSync, rmdirSync]) try { act("d4") } catch {}`

it("writes git objects while others make their folder and remove it when it is empty", async () => {
  newRepository(temporary.path)
  const folder = join(temporary.path, ".git/objects")
  const remover = spawn(process.execPath, ["-e", MAKE_AND_REMOVE], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  })
  try {
    await once(remover.stdout, "data")
    const repository = await openRepository(temporary.path)
    for (const object of objects) {
      await writeObjects(repository, [object])
      expect(readdirSync(join(folder, "d4"))).toEqual([object.id.slice(2)])
      rmSync(join(folder, "d4", object.id.slice(2)))
    }
  } finally {
    remover.kill()
    await once(remover, "exit")
  }
})
