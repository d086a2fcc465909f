import { resolve } from "node:path"
import { signedApprovals } from "../adapters/approvals-signed.ts"
import { gitLedger } from "../adapters/git-ledger.ts"
import { gitRemoteCatalog } from "../adapters/git-remote-catalog.ts"
import { gitRemoteLedger } from "../adapters/git-remote-ledger.ts"
import type { GithubAccess } from "../adapters/github/access.ts"
import { branchOfCatalog } from "../adapters/github/catalog-branch.ts"
import { githubReleases } from "../adapters/github/releases.ts"
import { githubReviews } from "../adapters/github/reviews.ts"
import { gitHistory } from "../adapters/history-git.ts"
import { lazily } from "../adapters/lazily.ts"
import { directoryReleases } from "../adapters/releases-directory.ts"
import { gitStatements } from "../adapters/statements-git.ts"
import type { TrustedKey } from "../artifact/openpgp.ts"
import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import { compareSettings } from "../domain/authorization/settings-compare.ts"
import { wantedSettings } from "../domain/authorization/settings-wanted.ts"
import type { Instant } from "../domain/instant.ts"
import type { ReleaseTarget } from "../domain/policies.ts"
import type { Approvals, Forge, Ledger, Releases, Reporter, Workspace } from "../ports.ts"
import { parseReleaseTarget } from "../schema/repository.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

/** Who the ledger says wrote it; its signature says who vouches for it. */
const LEDGER_AUTHOR = { name: "scb", email: "scb@localhost" }

/**
 * On the branch `ledger` of where HEAD says that releases go: of this repository, or of GitHub's. Without a token it is
 * what this clone has of it.
 */
export function openLedger(workspace: Workspace, directory: string, github: GithubAccess, reporter: Reporter): Ledger {
  return lazyLedger(async () => {
    const here = { directory, author: LEDGER_AUTHOR }
    const { tree } = await workspace.readCommit("HEAD", () => true)
    const target = parseReleaseTarget(tree)
    if (target === undefined || target.kind === "directory") return gitLedger(here)
    const { repository, server } = target
    if (github.token(server) !== undefined) {
      return gitRemoteLedger({ ...here, remote: github.remote(repository, directory, server) })
    }
    reporter.step(`no GITHUB_TOKEN or SCB_GITHUB_TOKEN: the ledger of ${repository} is read as this clone has it`)
    return gitLedger(here)
  })
}

function lazyLedger(open: () => Promise<Ledger>): Ledger {
  const ledger = lazily(open)
  return {
    read: async options => (await ledger()).read(options),
    prepare: async (...transaction) => (await ledger()).prepare(...transaction),
    commit: async (prepared, signature) => (await ledger()).commit(prepared, signature),
    history: async (limit, since) => (await ledger()).history(limit, since),
  }
}

/** Joins what policies say of the outside to the adapter for it. */
export function openReleases(target: ReleaseTarget, directory: string, github: GithubAccess, now: Instant): Releases {
  switch (target.kind) {
    case "directory":
      return directoryReleases(resolve(directory, target.path))
    case "github": {
      const { repository, server, catalogBranch } = target
      const remote = github.remoteOptions(repository, directory, server)
      return githubReleases({
        client: () => github.client(server),
        hasToken: github.token(server) !== undefined,
        target,
        branch: branchOfCatalog(
          gitRemoteCatalog({ ...remote, branch: catalogBranch, author: LEDGER_AUTHOR, now: () => now }),
        ),
      })
    }
  }
}

/** `keys`: of the principals. Throws `token-missing`. */
export function openApprovals(
  policy: ApprovalsPolicy,
  target: ReleaseTarget,
  keys: readonly TrustedKey[],
  directory: string,
  github: GithubAccess,
  io: Io,
): Approvals {
  switch (policy.evidence) {
    case "signed-approvals":
      return signedApprovals({
        policy,
        keys,
        history: gitHistory(directory),
        statements: gitStatements({ directory, env: io.env }),
        now: io.now(),
      })
    case "github-reviews":
      return openReviews(policy, target, github, io.now())
  }
}

function openReviews(policy: ApprovalsPolicy, target: ReleaseTarget, github: GithubAccess, now: Instant): Approvals {
  const reviews = lazily(async () => {
    const forge = await openForge(target, github, now)
    const { repository, repositoryId, server } = githubOf(target)
    const client = await github.client(server)
    const guard = async () => ({
      readAt: now,
      rules: compareSettings(wantedSettings(policy), await forge.settings(policy.branch)),
    })
    return githubReviews({ client, repository, repositoryId, branch: policy.branch, guard: lazily(guard) })
  })
  return { evidenceFor: async (commit, pullRequest) => (await reviews()).evidenceFor(commit, pullRequest) }
}

/** Asks how the place is set up where people approve. Throws a usage error where that is no forge. */
export async function openForge(target: ReleaseTarget, github: GithubAccess, now: Instant): Promise<Forge> {
  const { githubSettings } = await import("../adapters/github/settings.ts")
  const { repository, server } = githubOf(target)
  return githubSettings({ client: await github.client(server), repository, now })
}

/** Throws a usage error where releases go elsewhere. */
function githubOf(target: ReleaseTarget): ReleaseTarget & { readonly kind: "github" } {
  if (target.kind === "github") return target
  throw new UsageError("policies/distribution.yaml names no GitHub repository, so there is nothing to ask", {
    hint: "releases: { kind: github, repository: owner/name, … }",
  })
}
