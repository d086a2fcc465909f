/** As octokit's parameters have it. */
export type RepositoryName = { readonly owner: string; readonly repo: string }

/** Reads `owner/name`, whose form the policy has checked. */
export function repositoryName(text: string): RepositoryName {
  const [owner, repo] = text.split("/")
  if (owner === undefined || repo === undefined) throw new Error(`expected owner/name, got ${text}`)
  return { owner, repo }
}
