import { type Finding, finding } from "../findings.ts"
import { formatInstant } from "../instant.ts"
import { type Principal, resolvePrincipals } from "../policies.ts"
import type { Repository } from "../repository.ts"
import { isRange, matchesGlob } from "../revocation/selector.ts"
import type { ApprovalRule, ApprovalsPolicy, Quorum, Role } from "./approvals-policy.ts"
import type { ChangeItem } from "./decision.ts"
import { isBounded } from "./emergency.ts"
import { asked, assign } from "./quorums.ts"
import { matchesPath, requirementsOf } from "./requirements.ts"
import { mayDo, type Place } from "./roles.ts"

type Findings = Generator<Finding, void>
type Path = readonly (string | number)[]

/** What cannot be meant about approvals, roles and emergencies. `files`: every path of the tree. */
export function* checkApprovals(repository: Repository, files: Iterable<string>): Findings {
  yield* checkAccounts(repository)
  const { approvals } = repository.policies
  if (approvals === undefined) return
  const scene: Scene = { repository, policy: approvals, files: [...files] }
  for (const { name, require, path, places } of quorumsOf(scene)) {
    yield* checkNames(
      name,
      require.map(({ from }) => from),
      from => [...path, from],
      scene,
    )
    yield* checkQuorums(name, require, path, places, scene)
  }
  for (const role of approvals.roles.values()) yield* checkRole(role, scene)
  yield* checkRules(scene)
  yield* checkGuard(scene)
  yield* checkReaders(scene)
  yield* checkEmergencies(scene)
}

interface Scene {
  readonly repository: Repository
  readonly policy: ApprovalsPolicy
  readonly files: readonly string[]
}

function* checkAccounts({ policies: { people }, locate }: Repository): Findings {
  const owners = new Map<number, string>()
  for (const [index, { name, github }] of [...people.principals.values()].entries()) {
    if (github === undefined) continue
    const other = owners.get(github)
    owners.set(github, name)
    if (other === undefined) continue
    yield finding("R88", name, `${name} has the same GitHub account as ${other}, ${github}`, {
      at: locate(people.file, ["principals", index, "github"]),
    })
  }
}

interface Asking {
  /** As refusals name it. */
  readonly name: string
  readonly require: readonly Quorum[]
  readonly path: Path
  /** Where it can apply. */
  readonly places: readonly Place[]
}

function quorumsOf({ policy, repository }: Scene): readonly Asking[] {
  const { rules, otherwise, reductions, emergency } = policy
  const clusters = [...repository.clusters.values()].map(({ name, environment }) => ({ cluster: name, environment }))
  const places = [...clusters, {}]
  return [
    ...rules.map(({ name, require, ...limits }, index) => ({
      name,
      require,
      path: ["rules", index, "require"],
      places: [
        ...clusters.filter(place => isWithin(limits, place)),
        ...((limits.environments ?? limits.clusters) === undefined ? [{}] : []),
      ],
    })),
    { name: "otherwise", require: otherwise, path: ["otherwise"], places },
    { name: "reductions", require: reductions.require, path: ["reductions", "require"], places },
    ...(emergency === undefined
      ? []
      : [{ name: "emergency", require: emergency.require, path: ["emergency", "require"], places: clusters }]),
  ]
}

function isWithin(
  { environments, clusters }: Pick<ApprovalRule, "environments" | "clusters">,
  place: Required<Omit<Place, "version">>,
) {
  return (
    (environments?.includes(place.environment) ?? true) &&
    (clusters?.some(glob => matchesGlob(glob, place.cluster)) ?? true)
  )
}

function* checkNames(
  subject: string,
  names: readonly string[],
  pathOf: (name: string, index: number) => Path,
  scene: Scene,
): Findings {
  const { people } = scene.repository.policies
  for (const [index, name] of names.entries()) {
    if (people.groups.has(name) || people.principals.has(name)) continue
    yield finding("R79", subject, `${subject}: ${name} is neither a group nor a principal`, {
      at: scene.repository.locate(scene.policy.file, pathOf(name, index)),
      hint: `there are: ${[...people.groups.keys(), ...people.principals.keys()].join(", ")}`,
    })
  }
}

/** Where it can apply, and roles may leave too few to ask: the first such place is enough. */
function* checkQuorums(
  subject: string,
  require: readonly Quorum[],
  path: Path,
  places: readonly Place[],
  scene: Scene,
): Findings {
  const { policy, repository } = scene
  const { people } = repository.policies
  const limited = [...policy.roles.values()].some(({ may }) => may.includes("approve"))
  const counts = require.map(({ count }) => count)
  const needed = counts.reduce((sum, count) => sum + count, 0)
  for (const place of limited ? places : [{}]) {
    const may = (person: Principal) => !limited || mayDo("approve", person, place, { policy, people })
    const willing = require.map(quorum =>
      asked(quorum, people)
        .filter(may)
        .map(({ name }) => name),
    )
    const seated = assign(counts, willing).flat().length
    const everybody = new Set(willing.flat()).size
    const where = limited ? ` ${place.cluster === undefined ? "outside of clusters" : `in ${place.cluster}`}` : ""
    const at = repository.locate(policy.file, path)
    if (seated < needed) {
      const who = needed === 1 ? "1 person has" : `${needed} people have`
      const message = `${subject}: ${who} to approve, and at most ${seated} ever can${where}`
      yield finding("R80", subject, message, { at, hint: "name a larger group, or ask for fewer" })
      return
    }
    if (everybody === needed && needed > 0 && people.principals.size > 1) {
      const message = `${subject}: all of ${[...new Set(willing.flat())].sort().join(", ")} have to approve${where}: whatever one of them makes is never approved`
      yield finding("R80", subject, message, { at, severity: "warning", hint: "name a larger group, or ask for fewer" })
      return
    }
  }
}

function* checkRole(role: Role, scene: Scene): Findings {
  const { name, members, versions, clusters, environments } = role
  const { repository, policy } = scene
  const at = (...path: Path) => repository.locate(policy.file, ["roles", name, ...path])
  yield* checkNames(`role ${name}`, members, (_, index) => ["roles", name, "members", index], scene)
  if (versions !== undefined && !isRange(versions)) {
    yield finding("R50", name, `role ${name}: ${JSON.stringify(versions)} is no version range`, { at: at("versions") })
  }
  yield* checkLimits(`role ${name}`, { clusters, environments }, ["roles", name], scene)
}

const TAKEN = ["otherwise", "reductions", "emergency"]

function* checkRules(scene: Scene): Findings {
  const { policy, repository, files } = scene
  for (const [index, { name, paths = [], clusters, environments }] of policy.rules.entries()) {
    const at = (...path: Path) => repository.locate(policy.file, ["rules", index, ...path])
    const isRepeated = policy.rules.slice(0, index).some(other => other.name === name)
    if (isRepeated || TAKEN.includes(name)) {
      const why = isRepeated ? "another rule is called so" : "the policy itself speaks of one"
      yield finding("R84", name, `rule ${name}: ${why}`, { at: at("name") })
    }
    for (const [place, glob] of paths.entries()) {
      if (!/^(?:policies|bundles)\//.test(glob) || files.some(file => matchesPath(glob, file))) continue
      yield finding("R87", name, `rule ${name}: no file matches ${glob}`, { at: at("paths", place) })
    }
    yield* checkLimits(`rule ${name}`, { clusters, environments }, ["rules", index], scene)
  }
}

function* checkLimits(
  subject: string,
  limits: { readonly clusters: readonly string[] | undefined; readonly environments: readonly string[] | undefined },
  path: Path,
  { repository, policy }: Scene,
): Findings {
  const clusters = [...repository.clusters.values()]
  const meets = {
    clusters: (glob: string) => clusters.some(({ name }) => matchesGlob(glob, name)),
    environments: (name: string) => clusters.some(({ environment }) => environment === name),
  }
  for (const kind of ["clusters", "environments"] as const) {
    for (const [index, each] of (limits[kind] ?? []).entries()) {
      if (meets[kind](each)) continue
      yield finding("R87", subject, `${subject}: no cluster is ${kind === "clusters" ? "called" : "in"} ${each}`, {
        at: repository.locate(policy.file, [...path, kind, index]),
      })
    }
  }
}

/** Whoever may change the policy alone may change everything. */
function* checkGuard({ policy, repository }: Scene): Findings {
  for (const path of [policy.file, repository.policies.people.file, ".github/workflows/publish.yml"]) {
    const item: ChangeItem = { path, class: "policy", effect: "grant", what: "" }
    if (requirementsOf(policy, [item], 0).some(({ require }) => require.length > 0)) continue
    yield finding("R80", policy.file, `nobody has to approve a change of ${path}`, {
      at: repository.locate(policy.file, ["otherwise"]),
      hint: "add somebody to otherwise, or a rule with classes: [policy]",
    })
    return
  }
}

/** A right to read that some have, and a recipient who does not. */
function* checkReaders({ policy, repository }: Scene): Findings {
  const { policies, clusters, bundles, locate } = repository
  const { people } = policies
  if (![...policy.roles.values()].some(({ may }) => may.includes("read"))) return
  for (const { file, fullName, cluster, recipients } of bundles.values()) {
    const environment = clusters.get(cluster)?.environment
    const place = { cluster, ...(environment === undefined ? {} : { environment }) }
    for (const [index, name] of recipients.entries()) {
      const strangers = resolvePrincipals(people, [name]).filter(
        each => !mayDo("read", each, place, { policy, people }),
      )
      for (const each of strangers) {
        yield finding("R79", fullName, `${fullName}: no role lets ${each.name} read in ${environment} (${cluster})`, {
          at: locate(file, ["recipients", index]),
          hint: "a role of policies/approvals.yaml with may: [read]",
        })
      }
    }
  }
}

function* checkEmergencies({ policy, repository }: Scene): Findings {
  for (const emergency of repository.policies.emergencies.values()) {
    const { name, file, from, until } = emergency
    const at = repository.locate(file, ["until"])
    if (policy.emergency === undefined) {
      yield finding("R87", name, `emergency ${name}: policies/approvals.yaml knows no emergencies`, { at })
    } else if (!isBounded(emergency, policy.emergency)) {
      const message = `emergency ${name}: from ${formatInstant(from)} to ${formatInstant(until)} is not within what policies/approvals.yaml allows: it lets nobody do anything`
      yield finding("R87", name, message, { at })
    }
  }
}
