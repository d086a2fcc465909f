import type { Finding } from "../domain/findings.ts"
import { formatInstant, type Instant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import {
  type BundleImpact,
  type DueAction,
  type Impact,
  type Leaving,
  mustAct,
  type SupportedVersion,
} from "../domain/lifecycle/impact.ts"
import { scheduleToWire } from "../domain/plan/wire.ts"
import { findingJson } from "./findings-json.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

/** A block a bundle: what is released, whom that breaks, who has to do what until when, what ends; then who must act at all. */
export function renderImpactText(impact: Impact, style: Style): string {
  if (impact.bundles.length === 0) return `${paint("green", "nothing", style)}: no bundle is affected\n`
  const blocks = impact.bundles.map(each => `${paint("bold", headOf(each), style)}\n${table(rowsOf(each))}`)
  return `${blocks.join("\n")}\n${summary(impact, style)}`
}

export function renderImpactJson(impact: Impact, findings: readonly Finding[]): string {
  return resultJson("Impact", { ...impactJson(impact), findings: findings.map(findingJson) })
}

/** The wire form: instants as text. */
export function impactJson({ bundles, ...who }: Impact): { readonly [key: string]: Json } {
  const each = bundles.map(({ leaving, actions, breaks, support, ends, ...bundle }) => ({
    ...bundle,
    leaving: leaving.map(leavingWire),
    actions: actions.map(untilWire),
    breaks: breaks.map(({ at, ...rest }) => ({ ...rest, ...(at === undefined ? {} : { at: formatInstant(at) }) })),
    support: support.map(({ version, from, fullUntil, securityUntil, usableUntil }) => ({
      version,
      from: formatInstant(from),
      fullUntil: formatInstant(fullUntil),
      securityUntil: formatInstant(securityUntil),
      usableUntil: formatInstant(usableUntil),
    })),
    ends: ends.map(({ at, ...rest }) => ({ ...rest, at: formatInstant(at) })),
  }))
  return { ...who, bundles: each as unknown as Json }
}

function leavingWire({ schedule, expiresAt, ...leaving }: Leaving) {
  const wire = { ...untilWire(leaving), expiresAt: formatInstant(expiresAt) }
  return { ...wire, ...(schedule === undefined ? {} : { schedule: scheduleToWire(schedule) }) }
}

function untilWire<T extends { readonly until?: Instant }>({ until, ...rest }: T) {
  return { ...rest, ...(until === undefined ? {} : { until: formatInstant(until) }) }
}

/** More bundles than this are counted in the short form. */
const SHOWN = 20

/** For the end of a plan: a line for each bundle about which somebody has something to do. Empty when nobody has. */
export function renderImpactSummary(impact: Impact, style: Style): string {
  const acting = impact.bundles.filter(mustAct)
  if (acting.length === 0) return ""
  const rows = acting.slice(0, SHOWN).map(each => [`  ${each.bundle}`, each.owner, firstAction(each)])
  const more = acting.length - SHOWN
  const rest = more > 0 ? `  and ${counted(more, "bundle")} more: scb impact\n` : ""
  return `${paint("bold", "impact", style)}\n${table(rows)}${rest}`
}

function firstAction({ actions: [first, ...others] }: BundleImpact): string {
  if (first === undefined) return ""
  return `${actionText(first)}${others.length === 0 ? "" : ` (and ${others.length} more)`}`
}

function headOf({ bundle, environment, owner, recipients }: BundleImpact): string {
  return `${bundle} (${environment}): ${[...new Set([owner, ...recipients])].join(", ")}`
}

function rowsOf({ release, leaving, breaks, actions, support, ends }: BundleImpact): readonly (readonly string[])[] {
  return [
    ...(release === undefined ? [] : [["  release", `${release.version}, ${release.change}: ${release.cause}`]]),
    ...leaving.map(each => ["  leave", leavingText(each)]),
    ...breaks.map(({ drivers, at, why }) => ["  breaks", `${drivers.join(", ")}${on(at)}: ${why}`]),
    ...actions.map(action => ["  act", actionText(action)]),
    ...support.map(each => ["  support", supportText(each)]),
    ...ends.map(({ version, at, what }) => [
      "  ends",
      `${formatInstant(at)}  ${version} ${what === "certificate" ? "expires" : `becomes ${what}`}`,
    ]),
  ]
}

function leavingText({ version, standing, why, replacement, until, channels }: Leaving): string {
  const where = replacement === undefined ? "" : `, go to ${replacement}`
  const lead = channels.length === 0 ? "" : `; ${channels.join(", ")} still leads there`
  return `${version} (${standing}: ${why})${where}${by(until)}${lead}`
}

function supportText({ version, fullUntil, securityUntil }: SupportedVersion): string {
  if (fullUntil === securityUntil) return `${version} until ${formatInstant(fullUntil)}`
  return `${version} in full until ${formatInstant(fullUntil)}, for security until ${formatInstant(securityUntil)}`
}

function actionText({ who, what, until, because }: DueAction): string {
  return `${who}: ${what}${by(until)} (${because})`
}

function by(until: Instant | undefined): string {
  return until === undefined ? "" : ` before ${formatInstant(until)}`
}

function on(at: Instant | undefined): string {
  return at === undefined ? "" : ` at ${formatInstant(at)}`
}

function summary({ bundles, owners, environments, recipients }: Impact, style: Style): string {
  const acting = bundles.filter(mustAct).length
  if (acting === 0)
    return `${paint("green", "nobody has to do anything", style)} about ${counted(bundles.length, "bundle")}\n`
  const names = [...new Set([...owners, ...recipients])].join(", ")
  return `${counted(acting, "bundle")} of ${bundles.length} in ${environments.join(", ")}: ${names} must act\n`
}
