import { constants, copyFile, link, readdir, rename, rm, stat, unlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { ScbError } from "../domain/errors.ts"
import { errno, ignoring, makeDirectory, syncDirectory, writeNewFile } from "./atomic-files.ts"
import { isGone, ownerToken } from "./owner.ts"

/** A lock that is held. Its file already contains what will replace the guarded file. */
export interface Lock {
  /** Renames the lock file onto `path`, durably: the new content shows and the lock is free in one step. */
  replace(path: string): Promise<void>
  /** Frees the lock and changes nothing. Does nothing after `replace`. */
  release(): Promise<void>
}

export interface LockPlace {
  /** Whoever creates this file first holds the lock: git's own protocol for refs (`<ref>.lock`). */
  readonly lock: string
  /** For this lock alone: each holder's hard link to its lock file, named by the holder. */
  readonly owners: string
}

/**
 * Waits for the lock, at most `patienceMillis`; then throws `busy`. The lock of a process that was killed is known by
 * its owner's hard link and taken away; locks of others (git, other hosts) are only waited for.
 */
export async function takeLock(place: LockPlace, content: Uint8Array, patienceMillis = 5_000): Promise<Lock> {
  await makeDirectory(place.owners)
  await makeDirectory(dirname(place.lock))
  const owner = join(place.owners, ownerToken())
  await writeNewFile(owner, content, 0o644)
  try {
    await waitFor(place, owner, patienceMillis)
  } catch (cause) {
    await unlink(owner)
    throw cause
  }
  return heldLock(place, owner)
}

function heldLock(place: LockPlace, owner: string): Lock {
  let held = true
  return {
    async replace(path) {
      await rename(place.lock, path)
      held = false
      await syncDirectory(dirname(path))
      await unlink(owner)
    },
    async release() {
      if (!held) return
      held = false
      await rm(place.lock, { force: true })
      await unlink(owner)
    },
  }
}

async function waitFor(place: LockPlace, owner: string, patienceMillis: number): Promise<void> {
  const giveUpAt = performance.now() + patienceMillis
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 200)) {
    await freeDeadLocks(place)
    if (await claim(owner, place.lock)) return
    if (performance.now() > giveUpAt) {
      throw new ScbError("busy", `${place.lock} is held by another process for ${patienceMillis / 1000} s`, {
        hint: `run it again later; if no scb and no git is at work here, remove ${place.lock}`,
      })
    }
    await delay(pause)
  }
}

/** False when someone else holds the lock. File systems without hard links get a lock whose death nobody notices. */
async function claim(owner: string, lock: string): Promise<boolean> {
  try {
    await link(owner, lock).catch(cause => {
      if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(errno(cause) ?? "")) throw cause
      return copyFile(owner, lock, constants.COPYFILE_EXCL)
    })
    return true
  } catch (cause) {
    return ignoring("EEXIST", false)(cause)
  }
}

/**
 * A dead owner's link is first renamed to ours: of several that try, one succeeds, and from then on the lock is ours
 * to free. Removing the lock file first would race with a new holder.
 */
async function freeDeadLocks(place: LockPlace): Promise<void> {
  for (const token of await readdir(place.owners)) {
    if (!isGone(token)) continue
    const ours = join(place.owners, ownerToken())
    if (!(await rename(join(place.owners, token), ours).then(() => true, ignoring("ENOENT", false)))) continue
    if (await isSameFile(ours, place.lock)) await unlink(place.lock)
    await unlink(ours)
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map(path => stat(path).catch(ignoring("ENOENT", undefined))))
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev
}
