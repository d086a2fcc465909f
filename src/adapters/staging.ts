import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { makeDirectory, sweep } from "./atomic-files.ts"
import { ownerToken } from "./owner.ts"

/** Where a releases directory keeps what it is writing: on the same file system, never served. */
export const STAGING = ".staging"

/** Runs `work` with an empty directory of its own, gone afterwards; also removes those that killed processes left. */
export async function inStaging<T>(root: string, work: (directory: string) => Promise<T>): Promise<T> {
  const staging = join(root, STAGING)
  await makeDirectory(staging)
  await sweep(staging, "publish.")
  const directory = join(staging, `publish.${ownerToken()}`)
  await mkdir(directory)
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
