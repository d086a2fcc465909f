import type { GithubHome } from "./init.ts"

/** The release of this program that a repository's workflows run: `owner/name`, pinned to a commit. */
export interface PinnedProgram {
  readonly repository: string
  /** 40 hexadecimal digits: a tag can be moved. */
  readonly commit: string
  /** For people and Dependabot, e.g. `v0.1.0`. */
  readonly version: string
}

/** What stands in the templates where the program is named. */
const PROGRAM = /scb-owner\/scb\/(\S+)@0{40} # v0\.0\.0/g

/** Files below `.github/` of a bundle repository, from the templates, by path in the repository. */
export function githubFiles(
  templates: ReadonlyMap<string, string>,
  program: PinnedProgram,
): ReadonlyMap<string, string> {
  const pin = (_: string, path: string) => `${program.repository}/${path}@${program.commit} # ${program.version}`
  return new Map([...templates].map(([path, text]) => [`.github/${path}`, text.replaceAll(PROGRAM, pin)]))
}

/** What only an owner can do on GitHub, in the order in which it is done; docs/setup-github.md tells it at length. */
export function githubChecklist({ repository, approvers }: GithubHome, signer: string): readonly string[] {
  const few =
    approvers.length < 3
      ? [`name more approvers in policies/people.yaml: two are needed for policies and production, besides the author`]
      : []
  return [
    ...few,
    "scb settings codeowners > .github/CODEOWNERS, then commit and push",
    `settings, Environments: make \`signing\`, deployment branch main only, required reviewers, no bypass; its secrets: SCB_SIGNING_KEY (${signer}) and SCB_CA_KEY, each with its _PASSPHRASE`,
    `scb settings ruleset | gh api --method POST repos/${repository}/rulesets --input -, and so with ruleset tags and ruleset records`,
    "settings, General: enable immutable releases; settings, Actions: read-only token, and Actions may not approve pull requests",
    "settings, Pages: deploy from the branch catalog (optional: clients read the branch as well)",
    "scb settings check says what is still missing",
  ]
}
