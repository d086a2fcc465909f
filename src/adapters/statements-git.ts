import { resolve } from "node:path"
import { ScbError } from "../domain/errors.ts"
import type { Statement, Statements } from "../ports.ts"
import { gitAuthor } from "./git-author.ts"
import { moveBranch } from "./git-branch.ts"
import { commitPayload, listTrees, parseSourceCommit, parseTree, textObject } from "./git-objects.ts"
import { type ObjectReader, objectReader, openRepository, readBranch, writeObjects } from "./git-repository.ts"
import { growTree } from "./git-trees.ts"
import { gitHistory } from "./history-git.ts"
import { requireCommit } from "./history-rules.ts"
import { lazily } from "./lazily.ts"
import { SIGNATURE_SUFFIX, statementsOf } from "./statement-rules.ts"

export interface GitStatementsOptions {
  /** The top of a repository, with or without a working tree, which is never touched. */
  readonly directory: string
  /** Where git looks for the author. */
  readonly env: Readonly<Record<string, string | undefined>>
}

const BRANCH = "refs/heads/approvals"
/** As `git fetch` leaves it: who has only fetched sees what others said, too. */
const FETCHED = "refs/remotes/origin/approvals"

/** Files of the orphan branch `approvals`: a JSON text and, beside it, its detached signature, as `gpg --verify` takes them. */
export function gitStatements({ directory, env }: GitStatementsOptions): Statements {
  const opened = lazily(async () => {
    const repository = await openRepository(resolve(directory))
    return { repository, objects: objectReader(repository, "io") }
  })

  async function treeOf(commit: string | null): Promise<string | undefined> {
    if (commit === null) return undefined
    const object = requireCommit(await (await opened()).objects.find(commit), commit)
    return parseSourceCommit(commit, object.content).tree
  }

  /** The newer of what is here and what was fetched; what is here where they have parted. */
  async function tip(): Promise<{ readonly here: string | null; readonly newest: string | null }> {
    const { repository } = await opened()
    const [here, fetched] = [await readBranch(repository, BRANCH), await readBranch(repository, FETCHED)]
    if (here === null || fetched === null || here === fetched) return { here, newest: here ?? fetched }
    const isBehind = (await gitHistory(directory).broughtIn(fetched, here)).length === 0
    return { here, newest: isBehind ? fetched : here }
  }

  return {
    async about(tree) {
      const { repository, objects } = await opened()
      const found: Statement[] = []
      for (const ref of [BRANCH, FETCHED]) {
        const top = await treeOf(await readBranch(repository, ref))
        if (top !== undefined) found.push(...statementsOf(await filesBelow(objects, top, `approvals/${tree}`)))
      }
      return distinct(found)
    },

    async add({ path, text, signature }, message, at) {
      const { repository, objects } = await opened()
      const { here, newest } = await tip()
      const readTree = async (id: string): Promise<Uint8Array> => requireCommit(await objects.find(id), id).content
      const before = await treeOf(newest)
      const files = new Map([
        [path, text],
        [`${path}${SIGNATURE_SUFFIX}`, signature],
      ])
      const folder = path.slice(0, path.lastIndexOf("/"))
      const there = before === undefined ? new Map<string, string>() : await filesBelow(objects, before, folder)
      if (there.get(path) === text && here === newest) return "already"
      const grown = await growTree({ readTree, blobOf: made => textObject("blob", made) }, before, files)
      const payload = commitPayload(grown.tree.id, newest, await gitAuthor(repository, env), message, at)
      const commit = textObject("commit", payload)
      await writeObjects(repository, [...grown.objects, commit])
      if (await moveBranch(repository, BRANCH, { from: here, to: commit.id, payload })) return "added"
      throw branchMoved()
    },
  }
}

function branchMoved(): ScbError {
  return new ScbError("busy", "somebody else has just written to the branch approvals", { hint: "run it again" })
}

/** Texts by path of all files below a folder. */
async function filesBelow(objects: ObjectReader, tree: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => {
    const contents = new Map<string, Uint8Array>()
    await objects.findMany(ids, ({ id, content }) => void contents.set(id, content.slice()))
    return contents
  }
  let id: string | undefined = tree
  for (const name of folder.split("/")) {
    const content: Uint8Array = (id && (await read([id])).get(id)) || new Uint8Array()
    id = parseTree(content).find(entry => entry.name === name && entry.mode === "40000")?.id
  }
  if (id === undefined) return new Map()
  const entries = await listTrees(read, [{ id, folder: `${folder}/` }])
  const texts = await read(entries.map(entry => entry.id))
  return new Map(entries.map(entry => [entry.path, Buffer.from(texts.get(entry.id) ?? []).toString("utf8")]))
}

function distinct(statements: readonly Statement[]): readonly Statement[] {
  return [...new Map(statements.map(each => [`${each.path}\0${each.text}`, each])).values()]
}
