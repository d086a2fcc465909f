import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** Settings of the person who runs the tests must not decide them. */
const ENVIRONMENT = {
  PATH: process.env["PATH"],
  HOME: tmpdir(),
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
}

/** Runs native git and gives its output without the last newline. Throws when it fails. */
export function git(directory: string, ...args: string[]): string {
  return gitWith({}, directory, ...args)
}

/** With more in the environment. */
export function gitWith(
  more: Readonly<Record<string, string | undefined>>,
  directory: string,
  ...args: string[]
): string {
  const env = { ...ENVIRONMENT, ...more }
  return execFileSync("git", args, { cwd: directory, env, encoding: "utf8", stdio: "pipe" }).trimEnd()
}

export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "scb-test-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A repository with one commit of these files on `main`. */
export function newRepository(
  directory: string,
  files: Readonly<Record<string, string>> = { "README.md": "x\n" },
): void {
  mkdirSync(directory, { recursive: true })
  git(directory, "init", "--quiet", "--initial-branch=main")
  writeFiles(directory, files)
  git(directory, "add", "--all")
  git(directory, "commit", "--quiet", "--message=first")
}

export function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
}
