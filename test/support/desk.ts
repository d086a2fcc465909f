import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Instant } from "../../src/domain/instant.ts"
import { parseInstant } from "../../src/domain/instant.ts"
import { type CliResult, demoEnvironment, type Environment, openShell, type Shell } from "./cli.ts"
import { git, gitWith } from "./git.ts"

/** The demonstration's repository on disk, and a person who edits it with `scb`. */
export interface Desk {
  readonly folder: string
  at(now: Instant): Desk
  scb(...args: readonly string[]): Promise<CliResult>
  /** With more in the environment, or less. */
  scbWith(env: Environment, ...args: readonly string[]): Promise<CliResult>
  /** Throws unless it ends with 0. */
  apply(...args: readonly string[]): Promise<void>
  read(path: string): string
  exists(path: string): boolean
  write(path: string, text: string): void
  git(...args: string[]): string
  gitWith(env: Environment, ...args: string[]): string
  commit(): void
}

export interface DeskMaker {
  /** A desk of its own, as it was when it was prepared. */
  fresh(): Desk
  remove(): void
}

export const day = (text: string): Instant => parseInstant(text) as Instant
export const CHECKOUT = "bundles/shop-dev/checkout.yaml"

/** Makes the demonstration once; `prepare` takes it to where the tests of a file begin. */
export async function prepareDesk(prepare: (desk: Desk) => Promise<void>): Promise<DeskMaker> {
  const first = openShell()
  const shells: Shell[] = [first]
  await first.scb(["init", "demo", "--demo"])
  const env = demoEnvironment(join(first.folder, "demo-keys"))
  const own = deskIn(first, env)
  await prepare(own)
  return {
    fresh() {
      const shell = openShell()
      shells.push(shell)
      cpSync(first.folder, shell.folder, { recursive: true })
      return deskIn(shell, env)
    },
    remove: () => {
      for (const shell of shells) shell.remove()
    },
  }
}

function deskIn(shell: Shell, env: Environment, now?: Instant): Desk {
  const folder = join(shell.folder, "demo")
  const author = { GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.com" }
  const scbWith = (more: Environment, ...args: readonly string[]) =>
    shell.scb(args, { in: "demo", env: { ...env, ...author, ...more }, ...(now === undefined ? {} : { now }) })
  const scb = (...args: readonly string[]) => scbWith({}, ...args)
  return {
    folder,
    at: later => deskIn(shell, env, later),
    scb,
    scbWith,
    async apply(...args) {
      const { code, stderr } = await scb("apply", ...args)
      if (code !== 0) throw new Error(`scb apply ended with ${code}: ${stderr}`)
    },
    read: path => readFileSync(join(folder, path), "utf8"),
    exists: path => existsSync(join(folder, path)),
    write: (path, text) => writeFileSync(join(folder, path), text),
    git: (...args) => git(folder, ...args),
    gitWith: (more, ...args) => gitWith(more, folder, ...args),
    commit() {
      git(folder, "add", "--all")
      git(folder, "commit", "--quiet", "--message=edit")
    },
  }
}

/** Runs an edit twice: the second finds that it is already so, and changes nothing. */
export async function editTwice(desk: Desk, path: string, ...args: readonly string[]): Promise<string> {
  const first = await desk.scb(...args)
  if (first.code !== 0) throw new Error(`scb ${args.join(" ")} ended with ${first.code}: ${first.stderr}`)
  const text = desk.read(path)
  const second = await desk.scb(...args)
  if (second.code !== 0 || !second.stdout.startsWith("already so: ") || desk.read(path) !== text) {
    throw new Error(`scb ${args.join(" ")} a second time: ${second.code} ${second.stdout}${second.stderr}`)
  }
  return text
}
