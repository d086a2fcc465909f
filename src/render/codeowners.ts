import type { ApprovalsPolicy, Quorum } from "../domain/authorization/approvals-policy.ts"
import type { ChangeItem } from "../domain/authorization/decision.ts"
import { requirementsOf } from "../domain/authorization/requirements.ts"
import { type PeoplePolicy, resolvePrincipals } from "../domain/policies.ts"
import type { Repository } from "../domain/repository.ts"

/** Where GitHub looks first. */
export const CODEOWNERS_FILE = ".github/CODEOWNERS"

export interface Codeowners {
  readonly text: string
  /** Groups and people who have neither a team nor a login in policies/people.yaml: nobody is asked for them. */
  readonly unnamed: readonly string[]
}

/**
 * Whom GitHub asks for a review, from policies/approvals.yaml. Of several lines GitHub takes the last that matches, and
 * any one owner will do: so each line names all who could be asked there, and our own count is what decides.
 */
export function renderCodeowners(
  policy: ApprovalsPolicy,
  { policies: { people }, clusters }: Pick<Repository, "policies" | "clusters">,
): Codeowners {
  const globs = [...new Set(policy.rules.flatMap(({ paths = [] }) => paths))].filter(glob => glob !== "**")
  const lines = [
    line("*", policy.otherwise, people),
    ...globs.map(glob => line(`/${glob}`, askedFor(policy, { ...OTHER, path: sample(glob) }), people)),
    ...[...clusters.values()].map(({ name, environment }) => {
      const place = { cluster: name, environment, path: `bundles/${name}/cluster.yaml` }
      return line(
        `/bundles/${name}/`,
        CLASSES.flatMap(kind => askedFor(policy, { ...OTHER, ...place, class: kind })),
        people,
      )
    }),
    ...["policies/", ".github/"].map(folder =>
      line(`/${folder}`, askedFor(policy, { ...OTHER, class: "policy", path: `${folder}x.yaml` }), people),
    ),
  ]
  const shown = lines.filter(({ owners }) => owners.length > 0)
  const width = Math.max(0, ...shown.map(({ pattern }) => pattern.length))
  return {
    text: `${HEADER}${shown.map(({ pattern, owners }) => `${pattern.padEnd(width)} ${owners.join(" ")}\n`).join("")}`,
    unnamed: [...new Set(lines.flatMap(({ unnamed }) => unnamed))].sort(),
  }
}

const HEADER = "# Made by: scb settings codeowners. What counts is policies/approvals.yaml; this is whom GitHub asks.\n"
const CLASSES = ["major", "minor", "patch", "promotion", "mark"] as const
const OTHER: ChangeItem = { path: "", class: "other", effect: "grant", what: "" }

function askedFor(policy: ApprovalsPolicy, item: ChangeItem): readonly Quorum[] {
  return requirementsOf(policy, [item], 0).flatMap(({ require }) => require)
}

/** Some path that a glob matches. */
function sample(glob: string): string {
  return glob.replaceAll("**", "x").replaceAll("*", "x")
}

function line(pattern: string, quorums: readonly Quorum[], people: PeoplePolicy) {
  const names = [...new Set(quorums.map(({ from }) => from))]
  const found = names.map(name => ({ name, owners: ownersOf(name, people) }))
  return {
    pattern,
    owners: [...new Set(found.flatMap(({ owners }) => owners))].sort(),
    unnamed: found.filter(({ owners }) => owners.length === 0).map(({ name }) => name),
  }
}

function ownersOf(name: string, people: PeoplePolicy): readonly string[] {
  const team = people.teams?.get(name)
  if (team !== undefined) return [`@${team}`]
  return resolvePrincipals(people, [name])
    .filter(({ kind }) => kind === "person")
    .flatMap(({ login }) => (login === undefined ? [] : [`@${login}`]))
}
