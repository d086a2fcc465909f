import { formatInstant, type Instant } from "../instant.ts"
import { canonicalJson, type Json } from "../json.ts"
import type { GuardRule } from "./evidence.ts"
import type { ForgeRule, Found, FoundSettings, WantedSettings } from "./settings.ts"

/**
 * Each thing that has to hold: it does, it does not, or nobody can tell. `lastReadAt` is when evidence last saw these
 * rules: an edit since then means that they may have been off in between.
 */
export function compareSettings(
  wanted: WantedSettings,
  found: FoundSettings,
  lastReadAt?: Instant,
): readonly GuardRule[] {
  return [
    ...wanted.branchRules.map(rule => compareRule(`${wanted.branch}: ${rule.type}`, rule, found.branchRules)),
    ...wanted.tagRules.map(rule => compareRule(`tags: ${rule.type}`, rule, found.tagRules)),
    judge("nobody passes by the rules", found.bypass, actors =>
      actors.length === 0 ? undefined : `these do: ${actors.join(", ")}`,
    ),
    judge("the rules held all the time", found.updatedAt, at =>
      lastReadAt === undefined || at <= lastReadAt
        ? undefined
        : `they were edited at ${formatInstant(at)}, after they were last seen at ${formatInstant(lastReadAt)}`,
    ),
    judge("releases are immutable", found.immutableReleases, on => (on ? undefined : "immutable releases are off")),
    judge("workflows approve nothing", found.actionsMayApprove, may =>
      may ? "Actions may create and approve pull requests" : undefined,
    ),
    judge("workflows read unless they say otherwise", found.tokenMayWrite, may =>
      may ? "the default permissions of GITHUB_TOKEN are read and write" : undefined,
    ),
    judge("CODEOWNERS is sound", found.codeownersErrors, errors =>
      errors.length === 0 ? undefined : errors.join("; "),
    ),
    judge(`only ${wanted.branch} gets the signing keys`, found.signing, ({ branches }) => {
      if (branches === null) return "every branch may deploy to the environment"
      const others = branches.filter(branch => branch !== wanted.branch && branch !== PROTECTED)
      return others.length === 0 ? undefined : `so may ${others.join(", ")}`
    }),
    judge("administrators do not pass by the environment", found.signing, ({ administratorsMayBypass: may }) =>
      may ? "administrators may bypass its protection rules" : undefined,
    ),
  ]
}

/** What an environment says that is open to protected branches alone. */
const PROTECTED = "protected branches"

function judge<T>(name: string, found: Found<T>, wrong: (value: T) => string | undefined): GuardRule {
  if (!found.known) return { name, state: "unknown", detail: found.why }
  const detail = wrong(found.value)
  return detail === undefined ? { name, state: "holds", detail: "" } : { name, state: "broken", detail }
}

/** Of several rules of one kind the strictest holds, parameter by parameter. */
function compareRule(
  name: string,
  { type, parameters = {} }: ForgeRule,
  found: Found<readonly ForgeRule[]>,
): GuardRule {
  return judge(name, found, rules => {
    const same = rules.filter(rule => rule.type === type)
    if (same.length === 0) return "there is no such rule"
    const weak = Object.entries(parameters).filter(
      ([parameter, value]) => !same.some(rule => isAsStrict(value ?? null, rule.parameters?.[parameter])),
    )
    if (weak.length === 0) return undefined
    return weak
      .map(
        ([parameter, value]) =>
          `${parameter}: expected ${shown(value)}, got ${shown(same[0]?.parameters?.[parameter])}`,
      )
      .join("; ")
  })
}

/** A number is a minimum, `true` is needed where it is wanted. Of methods there may be fewer, of checks more. */
function isAsStrict(wanted: Json, got: Json | undefined): boolean {
  if (typeof wanted === "number") return typeof got === "number" && got >= wanted
  if (typeof wanted === "boolean") return !wanted || got === true
  if (!isList(wanted) || got === undefined || !isList(got)) return false
  const [needed, there] = [wanted.map(canonicalJson), got.map(canonicalJson)]
  return wanted.every(each => typeof each === "string")
    ? there.length > 0 && there.every(each => needed.includes(each))
    : needed.every(each => there.includes(each))
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function shown(value: Json | undefined): string {
  return value === undefined ? "nothing" : canonicalJson(value)
}
