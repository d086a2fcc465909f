import fs from "node:fs"
import { mkdir, readdir, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import git from "isomorphic-git"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import { ignoring, writeFileAtomically } from "./atomic-files.ts"

/** Makes a git repository with these files as its first commit on `main`. Throws `already-exists` rather than touch what is there. */
export async function createRepository(
  directory: string,
  files: ReadonlyMap<string, string>,
  message: string,
  at: Instant,
): Promise<void> {
  await requireEmpty(directory)
  await writeFiles(directory, files, 0o644)
  await git.init({ fs, dir: directory, defaultBranch: "main" })
  const cache = {}
  await git.add({ fs, dir: directory, filepath: [...files.keys()], cache, parallel: false })
  const author = { name: "scb", email: "scb@localhost", timestamp: at / 1000, timezoneOffset: 0 }
  await git.commit({ fs, dir: directory, message, author, cache })
}

/** What of a set of files is there already, by what is in them. */
export interface Present {
  readonly missing: ReadonlyMap<string, string>
  /** There, with other content: somebody's own, and left alone. */
  readonly others: readonly string[]
}

export async function comparePresent(directory: string, files: ReadonlyMap<string, string>): Promise<Present> {
  const missing = new Map<string, string>()
  const others: string[] = []
  for (const [path, text] of files) {
    const present = await readFile(join(directory, path), "utf8").catch(ignoring("ENOENT", undefined))
    if (present === undefined) missing.set(path, text)
    else if (present !== text) others.push(path)
  }
  return { missing, others }
}

/** Adds files to a folder, each whole or not at all. */
export async function addFiles(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  await writeFiles(directory, files, 0o644)
}

/** A folder that only its owner can enter. */
export async function createKeysFolder(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  await requireEmpty(directory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFiles(directory, files, 0o600)
}

/** Throws `already-exists`. */
export async function requireEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw new ScbError("io", `${directory} cannot be used: ${error.code}`, { cause: error })
  })
  if (entries.length === 0) return
  throw new ScbError("already-exists", `${directory} is not empty`, {
    hint: "choose another folder, or remove this one",
  })
}

async function writeFiles(directory: string, files: ReadonlyMap<string, string>, mode: number): Promise<void> {
  for (const [path, text] of files) {
    const target = join(directory, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFileAtomically(target, new TextEncoder().encode(text), mode)
  }
}
