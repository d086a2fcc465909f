import { ScbError } from "../domain/errors.ts"
import type { Forum } from "../ports.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

/** Of GITHUB_REPOSITORY on GITHUB_SERVER_URL, as a workflow has them. Throws `token-missing`, and a usage error. */
export async function openForum({ env }: Io): Promise<Forum> {
  const { GITHUB_REPOSITORY: repository = "", GITHUB_SERVER_URL: server = "https://github.com" } = env
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new UsageError(`GITHUB_REPOSITORY: expected owner/name, got ${JSON.stringify(repository)}`, {
      hint: "workflows have it; elsewhere set it to the repository that is written to",
    })
  }
  const [{ githubAccess }, { githubForum }] = await Promise.all([
    import("../adapters/github/access.ts"),
    import("../adapters/github/forum.ts"),
  ])
  const github = await githubAccess(env)
  if (github.token(server) === undefined) {
    throw new ScbError("token-missing", `nothing can be written to ${repository}: there is no token for ${server}`, {
      hint: "give one by SCB_GITHUB_TOKEN or GITHUB_TOKEN",
    })
  }
  return githubForum({ client: await github.client(server), repository })
}
