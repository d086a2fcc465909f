import { chmod, mkdir, open, readdir, rename, rm } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { ScbError } from "../domain/errors.ts"
import { isGone, ownerToken } from "./owner.ts"

/**
 * Puts `bytes` at `path` so that a reader, a crash or a full disk sees the old file or the new one, whole. Follows no
 * symbolic link at `path`: it is replaced. Leftovers of killed writers of the same path are removed.
 *
 * Throws `disk-full` or `io`; the directory must exist.
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array, mode = 0o644): Promise<void> {
  const directory = dirname(path)
  const prefix = `.${basename(path).slice(0, 100)}.writing.`
  const temporary = join(directory, `${prefix}${ownerToken()}`)
  try {
    await sweep(directory, prefix)
    await writeNewFile(temporary, bytes, mode)
    await rename(temporary, path)
    await syncDirectory(directory)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw worldError(cause, `cannot write ${path}`)
  }
}

/** A file that must not exist yet, on disk when this returns. Mode is exact, whatever the umask, and never wider on the way. */
export async function writeNewFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "wx", mode & 0o700)
  try {
    await file.writeFile(bytes)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the names in a directory durable. Systems that cannot sync a directory (Windows) do it on their own. */
export async function syncDirectory(directory: string): Promise<void> {
  let handle: Awaited<ReturnType<typeof open>> | undefined
  try {
    handle = await open(directory, "r")
    await handle.sync()
  } catch (cause) {
    if (!["EISDIR", "EINVAL", "ENOTSUP"].includes(errno(cause) ?? "") && process.platform !== "win32") throw cause
  } finally {
    await handle?.close()
  }
}

/** Creates what is missing of `directory`, each new name durable. A mode given is exact, whatever the umask. */
export async function makeDirectory(directory: string, mode?: number): Promise<void> {
  const path = resolve(directory)
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let each = path; each.length >= first.length; each = dirname(each)) {
    if (mode !== undefined) await chmod(each, mode)
    await syncDirectory(dirname(each))
  }
}

/** Removes what processes that no longer run left in `directory` under `prefix` and their owner token. */
export async function sweep(directory: string, prefix: string): Promise<void> {
  const names = await readdir(directory).catch(ignoring("ENOENT", []))
  const leftovers = names.filter(name => name.startsWith(prefix) && isGone(name.slice(prefix.length)))
  for (const name of leftovers) await rm(join(directory, name), { recursive: true, force: true })
}

/** For `.catch`: gives `instead` for one errno and throws anything else on. */
export function ignoring<T>(code: string, instead: T): (cause: unknown) => T {
  return cause => {
    if (errno(cause) === code) return instead
    throw cause
  }
}

/** `ENOENT` and its kin, or undefined for errors that did not come from the operating system. */
export function errno(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && /^E[A-Z0-9]+$/.test(cause.code)
    ? cause.code
    : undefined
}

/** An operating system's error as ours, `<doing>: <reason>`; anything else unchanged. */
export function worldError(cause: unknown, doing: string): unknown {
  const code = errno(cause)
  if (code === undefined) return cause
  const failure = FAILURES[code]
  const message = `${doing}: ${failure?.reason ?? code}`
  return new ScbError(failure?.code ?? "io", message, { ...(failure && { hint: failure.hint }), cause })
}

const FULL = { code: "disk-full", reason: "no space left", hint: "free some space and run it again" } as const
const DENIED = {
  code: "io",
  reason: "permission denied",
  hint: "let the user that runs scb read and write there",
} as const
const FAILURES: Readonly<Record<string, { readonly code: "disk-full" | "io"; reason: string; hint: string }>> = {
  ENOSPC: FULL,
  EDQUOT: { ...FULL, reason: "quota exceeded" },
  EFBIG: { ...FULL, reason: "larger than this process may write" },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { code: "io", reason: "read-only file system", hint: "choose a place that can be written" },
  ENOENT: { code: "io", reason: "no such directory", hint: "create the directory first" },
  ENOTDIR: { code: "io", reason: "part of the path is not a directory", hint: "choose another path" },
  EISDIR: { code: "io", reason: "it is a directory", hint: "choose another path" },
}
