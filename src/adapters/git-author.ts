import fs from "node:fs"
import { join } from "node:path"
import git from "isomorphic-git"
import { ScbError } from "../domain/errors.ts"
import { type Author, checkAuthor } from "./git-objects.ts"
import type { GitRepository } from "./git-repository.ts"

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Who commits, as git finds it (git-commit(1), git-config(1)): the environment, the repository, the user. What other
 * files the settings include is not read. Throws `not-found` when nobody is named.
 */
export async function gitAuthor(repository: GitRepository, env: Environment): Promise<Author> {
  const files = settingsFiles(repository, env)
  const name = env["GIT_AUTHOR_NAME"] ?? (await setting(files, "user.name"))
  const email = env["GIT_AUTHOR_EMAIL"] ?? (await setting(files, "user.email"))
  if (name !== undefined && email !== undefined) return checkAuthor({ name: plain(name), email: plain(email) })
  throw new ScbError("not-found", `git does not know the ${name === undefined ? "name" : "address"} of the author`, {
    hint: "git config --global user.name 'Ada Lovelace'; git config --global user.email ada@example.com",
  })
}

/** As git does it: what would end the line or the address early is left out. */
function plain(text: string): string {
  return text.replaceAll(/[<>\n]/g, "").trim()
}

/** The one that counts most first. */
function settingsFiles({ commonDirectory }: GitRepository, env: Environment): readonly string[] {
  const home = env["HOME"] ?? env["USERPROFILE"]
  const own = env["XDG_CONFIG_HOME"] ?? (home === undefined ? undefined : join(home, ".config"))
  return [
    join(commonDirectory, "config"),
    ...(home === undefined ? [] : [join(home, ".gitconfig")]),
    ...(own === undefined ? [] : [join(own, "git", "config")]),
  ]
}

async function setting(files: readonly string[], path: string): Promise<string | undefined> {
  for (const file of files) {
    const value: unknown = await git.getConfig({ fs: readingOnly(file), gitdir: "/", path })
    if (typeof value === "string" && value !== "") return value
  }
  return undefined
}

/** isomorphic-git reads the settings of a repository alone: whatever it asks for, it gets this file. */
function readingOnly(file: string): { readonly promises: typeof fs.promises } {
  const readFile = ((_path: string, options: "utf8") =>
    fs.promises.readFile(file, options)) as typeof fs.promises.readFile
  return { promises: { ...fs.promises, readFile } }
}
