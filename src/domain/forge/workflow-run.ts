import type { ReleaseTarget } from "../policies.ts"

/** What GitHub says of the run that this program is a step of: its default environment variables. */
export interface WorkflowRun {
  /** As GITHUB_SERVER_URL. */
  readonly server: string
  /** `owner/name`. */
  readonly repository: string
  readonly repositoryId: number
  /** E.g. `refs/heads/main`, `refs/pull/12/merge`. */
  readonly ref: string
}

/** Undefined outside of GitHub Actions. */
export function readWorkflowRun(env: Readonly<Record<string, string | undefined>>): WorkflowRun | undefined {
  if (env["GITHUB_ACTIONS"] !== "true") return undefined
  return {
    server: env["GITHUB_SERVER_URL"] ?? "",
    repository: env["GITHUB_REPOSITORY"] ?? "",
    repositoryId: Number(env["GITHUB_REPOSITORY_ID"]),
    ref: env["GITHUB_REF"] ?? "",
  }
}

/**
 * Why a run may not build or publish for this place, as a whole sentence: it is of a fork, of another branch or tag, or of
 * whoever has taken over the name. Places that are no repository on GitHub are published to from anywhere.
 */
export function foreignRun(run: WorkflowRun | undefined, target: ReleaseTarget, branch: string): string | undefined {
  if (run === undefined || target.kind !== "github") return undefined
  const server = target.server ?? "https://github.com"
  if (run.server !== server || run.repositoryId !== target.repositoryId) {
    const [got, expected] = [
      [run.server, run.repository, run.repositoryId],
      [server, target.repository, target.repositoryId],
    ].map(([where, name, id]) => `${where}/${name} (id ${id})`)
    return `this is a run of ${got}, expected ${expected}`
  }
  if (run.ref !== `refs/heads/${branch}`) return `this is a run of ${run.ref}, expected refs/heads/${branch}`
  return undefined
}
