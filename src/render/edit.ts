import type { Requirement } from "../domain/authorization/requirements.ts"
import type { Finding } from "../domain/findings.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { Plan } from "../domain/plan/plan.ts"
import { changesToWire } from "../domain/plan/wire.ts"
import type { BlastRadius, BundleBlast } from "../domain/revocation/blast-radius.ts"
import { findingJson } from "./findings-json.ts"
import { planRows } from "./plan.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"
import { paintDiff, unifiedDiff } from "./unified-diff.ts"

type PlanPart = Pick<Plan, "invalidations" | "steps">

/** What an edit of the YAML did, or would do. */
export interface EditReport {
  readonly title: string
  readonly reason?: string
  readonly outcome: "already" | "refused" | "shown" | "written" | "committed"
  readonly changes: readonly { readonly path: string; readonly before: string; readonly after: string }[]
  readonly adds: PlanPart
  readonly drops: PlanPart
  readonly findings: readonly Finding[]
  readonly radius?: BlastRadius
  readonly approvals?: readonly Requirement[]
  readonly commit?: { readonly id: string; readonly branch: string }
}

/** The diff, what the plan has more and less then, whom a revocation meets, and what was done. */
export function renderEditText(report: EditReport, style: Style): string {
  if (report.outcome === "already") return `${ending(report, style)}\n`
  const diffs = report.changes.map(({ path, before, after }) => paintDiff(unifiedDiff(path, before, after), style))
  const plan = table([...signed("+", report.adds), ...signed("-", report.drops)])
  const parts = [
    diffs.join(""),
    plan === "" ? "" : `${paint("bold", "the plan then", style)}\n${plan}`,
    report.radius === undefined ? "" : radiusText(report.radius, style),
    approvalsText(report.approvals ?? [], style),
    `${ending(report, style)}\n`,
  ]
  return parts.filter(part => part !== "").join("\n")
}

function signed(sign: "+" | "-", part: PlanPart): readonly (readonly string[])[] {
  return planRows(part).map(([kind = "", ...rest]) => [`${sign} ${kind}`, ...rest])
}

function ending({ outcome, title, changes, commit }: EditReport, style: Style): string {
  const files = changes.map(({ path }) => path).join(", ")
  switch (outcome) {
    case "already":
      return commit === undefined
        ? `${paint("green", "already so", style)}: ${title}`
        : `${paint("green", "already so", style)}: ${commit.id.slice(0, 12)} on the branch ${commit.branch}`
    case "refused":
      return `${paint("red", "refused", style)}: ${title}; nothing was written`
    case "shown":
      return `nothing was written to ${files}`
    case "written":
      return `written to ${files}: commit it, and have it merged`
    case "committed":
      return `committed as ${commit?.id.slice(0, 12)} on the branch ${commit?.branch}: push it, and have it merged`
  }
}

function approvalsText(approvals: readonly Requirement[], style: Style): string {
  const rows = approvals.flatMap(({ rule, require }) =>
    require.map(({ from, count }) => [`${count} of ${from}`, `rule ${rule}`]),
  )
  return rows.length === 0 ? "" : `${paint("bold", "who has to approve", style)}\n${table(rows)}`
}

function radiusText({ bundles, ending, inUse, owners, environments, recipients }: BlastRadius, style: Style): string {
  const heading = `${counted(bundles.length, "bundle")}, ${ending} of ${counted(inUse, "version")} in use`
  const facts = [
    ["owners", owners.join(", ") || "none"],
    ["environments", environments.join(", ") || "none"],
    ["recipients", recipients.join(", ") || "none"],
  ]
  const rows = bundles.map(each => [each.bundle, each.versions.map(versionText).join(", "), readiness(each)])
  return `${paint("bold", `it meets ${heading}`, style)}\n${table(facts)}${table(rows)}`
}

function versionText({ version, channels }: BundleBlast["versions"][number]): string {
  return channels.length === 0 ? version : `${version} (${channels.join(", ")})`
}

function readiness({ ready, replacement, declared }: BundleBlast): string {
  if (ready !== undefined) return `${ready} is ready`
  if (!declared) return "not declared any more: nothing replaces it"
  return replacement === undefined
    ? "nothing replaces it"
    : `replaced in wave ${replacement.wave + 1}, ${formatInstant(replacement.at)}`
}

export function renderEditJson({ title, reason, outcome, changes, adds, drops, ...report }: EditReport): string {
  const { findings, radius, approvals, commit } = report
  return resultJson("Edit", {
    title,
    reason,
    outcome,
    changes: changes.map(({ path, before, after }) => ({ path, diff: unifiedDiff(path, before, after), text: after })),
    plan: { adds: changesToWire(adds), drops: changesToWire(drops) },
    radius: radius === undefined ? undefined : radiusJson(radius),
    approvals: approvals?.flatMap(({ rule, require }) => require.map(quorum => ({ rule, ...quorum }))),
    commit: commit === undefined ? undefined : { ...commit },
    findings: findings.map(findingJson),
  })
}

function radiusJson({ bundles, ...totals }: BlastRadius): Json {
  return {
    ...totals,
    bundles: bundles.map(({ versions, replacement, ready, ...bundle }) => ({
      ...bundle,
      ...(ready === undefined ? {} : { ready }),
      ...(replacement === undefined
        ? {}
        : { replacement: { wave: replacement.wave + 1, at: formatInstant(replacement.at) } }),
      versions: versions.map(({ publishedAt, notAfter, ...version }) => ({
        ...version,
        publishedAt: formatInstant(publishedAt),
        notAfter: formatInstant(notAfter),
      })),
    })),
  }
}
