/** What the fake begins with, as JSON for a process of its own. */
import { createHash } from "node:crypto"
import { instant } from "./call.ts"
import type { Release, Token } from "./model.ts"
import type { FakeGithub, NewRepository, NewUser } from "./server.ts"

export interface Seed {
  readonly users?: readonly NewUser[]
  readonly tokens?: readonly {
    readonly token: string
    readonly login: string
    readonly permissions?: Token["permissions"]
  }[]
  readonly repositories?: readonly (NewRepository & { readonly name: `${string}/${string}` })[]
  /** Published, at the head of the default branch; contents of assets in base64. */
  readonly releases?: readonly {
    readonly repository: string
    readonly tag: string
    readonly assets: Readonly<Record<string, string>>
  }[]
}

export async function plant(github: FakeGithub, seed: Seed): Promise<void> {
  for (const user of seed.users ?? []) github.addUser(user)
  for (const { token, ...options } of seed.tokens ?? []) github.addToken(token, options)
  for (const { name, ...options } of seed.repositories ?? []) await github.addRepository(name, options)
  for (const { assets, repository: name, tag } of seed.releases ?? []) {
    const repository = github.model.repositories.get(name.toLowerCase())
    const head = repository?.git.ref(`refs/heads/${repository.defaultBranch}`)
    if (repository === undefined || head === undefined) throw new Error(`${name} has no commit to release`)
    const at = instant(github.now())
    const release: Release = {
      id: github.model.nextId(),
      tag,
      target: repository.defaultBranch,
      name: tag,
      body: null,
      draft: false,
      prerelease: false,
      immutable: repository.immutableReleases,
      author: repository.owner,
      createdAt: at,
      publishedAt: at,
      assets: Object.entries(assets).map(([name, base64]) => assetOf(github, repository.owner, name, base64)),
    }
    repository.git.createRef(`refs/tags/${tag}`, head)
    repository.releases.push(release)
  }
}

function assetOf(github: FakeGithub, uploader: Release["author"], name: string, base64: string) {
  const bytes = Buffer.from(base64, "base64")
  const at = instant(github.now())
  return {
    id: github.model.nextId(),
    name,
    label: null,
    contentType: "application/octet-stream",
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    state: "uploaded" as const,
    uploader,
    createdAt: at,
    updatedAt: at,
    downloads: 0,
  }
}
