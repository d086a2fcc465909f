import fs from "node:fs"
import { dirname, join, resolve } from "node:path"
import git from "isomorphic-git"
import { ScbError } from "../domain/errors.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Intent, IntentCommit } from "../ports.ts"
import { makeDirectory, writeFileAtomically } from "./atomic-files.ts"
import { gitAuthor } from "./git-author.ts"
import { moveBranch } from "./git-branch.ts"
import { commitPayload, textObject } from "./git-objects.ts"
import { type GitRepository, objectReader, openRepository, readBranch, writeObjects } from "./git-repository.ts"
import { growTree } from "./git-trees.ts"
import { branchExists } from "./intent-rules.ts"
import { lazily } from "./lazily.ts"

export interface GitIntentOptions {
  /** The top of a repository with a working tree. */
  readonly directory: string
  /** Where git looks for the author. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Intent in a git repository. Commits are not signed: who wants that amends them before the push. */
export function gitIntent({ directory, env }: GitIntentOptions): Intent {
  const top = resolve(directory)
  const opened = lazily(() => openRepository(top))
  return {
    async write(files) {
      for (const [path, text] of files) {
        await makeDirectory(dirname(join(top, path)))
        await writeFileAtomically(join(top, path), encodeUtf8(text))
      }
    },

    async commit(commit) {
      const repository = await opened()
      const author = await gitAuthor(repository, env)
      const { tree, objects } = await grownOn(repository, commit)
      const payload = commitPayload(tree.id, commit.parent, author, commit.message, commit.at)
      const made = textObject("commit", payload)
      const ref = `refs/heads/${commit.branch}`
      const there = await readBranch(repository, ref)
      if (there !== null) return already(repository, commit, there, tree.id)
      await writeObjects(repository, [...objects, made])
      if (await moveBranch(repository, ref, { from: null, to: made.id, payload })) {
        return { id: made.id, outcome: "committed" }
      }
      throw branchExists(commit.branch)
    },
  }
}

async function grownOn(repository: GitRepository, { parent, files }: IntentCommit): ReturnType<typeof growTree> {
  const objects = objectReader(repository, "io")
  const readTree = async (id: string): Promise<Uint8Array> => {
    const object = await objects.find(id)
    if (object !== undefined) return object.content
    throw new ScbError("io", `git object ${id} is missing`, { hint: "run `git fsck`" })
  }
  const { tree } = await commitAt(repository, parent)
  return growTree({ readTree, blobOf: text => textObject("blob", text) }, tree, files)
}

async function already(
  repository: GitRepository,
  { parent, branch }: IntentCommit,
  id: string,
  tree: string,
): ReturnType<Intent["commit"]> {
  const there = await commitAt(repository, id)
  if (there.tree === tree && there.parent[0] === parent) return { id, outcome: "already" }
  throw branchExists(branch)
}

async function commitAt({ commonDirectory }: GitRepository, oid: string) {
  return (await git.readCommit({ fs, gitdir: commonDirectory, oid, cache: {} })).commit
}
