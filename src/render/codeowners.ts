import { type ApprovalsPolicy, CHANGE_CLASSES, type Quorum } from "../domain/authorization/approvals-policy.ts"
import type { ChangeItem } from "../domain/authorization/decision.ts"
import { requirementsOf } from "../domain/authorization/requirements.ts"
import type { Cluster } from "../domain/cluster.ts"
import { type PeoplePolicy, resolvePrincipals } from "../domain/policies.ts"
import type { Repository } from "../domain/repository.ts"
import { matchesGlob } from "../domain/revocation/selector.ts"

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
  const inCluster = ({ name, environment }: Pick<Cluster, "name" | "environment">) =>
    askedFor(policy, { cluster: name, environment, path: `bundles/${name}/cluster.yaml` })
  const globs = [...new Set(policy.rules.flatMap(({ paths = [] }) => paths))].filter(glob => glob !== "**")
  const all = [...clusters.values()]
  const lines = [
    line("*", policy.otherwise, people),
    ...all.map(cluster => line(`/bundles/${cluster.name}/`, inCluster(cluster), people)),
    ...["policies/", ".github/"].map(folder => line(`/${folder}`, askedFor(policy, { path: `${folder}x` }), people)),
    ...globs.map(glob => {
      const within = all.filter(({ name }) => reaches(glob, name)).flatMap(inCluster)
      return line(`/${glob}`, [...askedFor(policy, { path: sample(glob) }), ...within], people)
    }),
  ]
  const shown = lines.filter(({ owners }) => owners.length > 0)
  const width = Math.max(0, ...shown.map(({ pattern }) => pattern.length))
  return {
    text: `${HEADER}${shown.map(({ pattern, owners }) => `${pattern.padEnd(width)} ${owners.join(" ")}\n`).join("")}`,
    unnamed: [...new Set(lines.flatMap(({ unnamed }) => unnamed))].sort(),
  }
}

const HEADER = "# Made by: scb settings codeowners. What counts is policies/approvals.yaml; this is whom GitHub asks.\n"

/** All who could have to approve something there. */
function askedFor(
  policy: ApprovalsPolicy,
  where: Pick<ChangeItem, "path" | "cluster" | "environment">,
): readonly Quorum[] {
  const isPolicy = /^(?:policies|\.github)\//.test(where.path)
  const classes = CHANGE_CLASSES.filter(kind => isPolicy === (kind === "policy"))
  return classes.flatMap(kind =>
    requirementsOf(policy, [{ ...where, class: kind, effect: "grant", what: "" }], 0).flatMap(({ require }) => require),
  )
}

/** Whether a glob may match something of a cluster. */
function reaches(glob: string, cluster: string): boolean {
  const [top = "", folder = "**"] = glob.split("/")
  return top === "**" || (top === "bundles" && (folder === "**" || matchesGlob(folder, cluster)))
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
