import type { Json } from "../domain/json.ts"
import type { ReleaseClass } from "../domain/versions/change.ts"
import type { Actor, Change } from "../domain/versions/changes.ts"
import type { Comparison, Differences } from "../domain/versions/comparison.ts"
import { migrationGuide } from "../domain/versions/migration.ts"
import type { UpgradePath } from "../domain/versions/upgrade-path.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style } from "./style.ts"

export const ACTOR_NAMES: Readonly<Record<Actor, string>> = {
  applications: "applications",
  "key-owner": "owner of the key",
  "cluster-operators": "operators of the cluster",
  readers: "whoever fetches it",
}

/** A paragraph a bundle: what is other, what it means, who must act. */
export function renderDiffText({ comparisons, added, gone }: Differences, style: Style): string {
  const lists = [...added.map(name => `${name}: new\n`), ...gone.map(name => `${name}: no longer declared\n`)]
  if (comparisons.length + lists.length === 0) return `${paint("green", "no bundle differs", style)}\n`
  return `${comparisons.map(each => comparisonText(each, style)).join("\n")}${lists.join("")}`
}

export function renderDiffJson({ comparisons, added, gone }: Differences): string {
  return resultJson("Diff", {
    comparisons: comparisons.map(
      each =>
        ({
          ...each,
          tasks: migrationGuide(each).tasks,
        }) as unknown as Json,
    ),
    added,
    gone,
  })
}

function comparisonText(comparison: Comparison, style: Style): string {
  const { subject, from, to, changes, entries = [] } = comparison
  const head = `${paint("bold", `${subject}: ${from} -> ${to}`, style)}  ${paintClass(comparison.class, style)}\n`
  const same = comparison.class === "renewal" ? "  nothing but key, validity, passwords and number is other\n" : ""
  const files = entries.length === 0 ? "" : `  entries that differ: ${entries.join(", ")}\n`
  return `${head}${changes.map(change => changeText(change, style)).join("")}${same}${files}${upgradeText(comparison.upgrade)}`
}

function changeText(change: Change, style: Style): string {
  const lines = [
    `  ${paintClass(change.class, style)}  ${change.member}: ${change.before ?? "none"} -> ${change.after ?? "none"}`,
    `         ${change.why}`,
    ...change.actions.map(({ who, what }) => `         ${ACTOR_NAMES[who]}: ${what}`),
  ]
  return `${lines.join("\n")}\n`
}

function upgradeText(path: UpgradePath | undefined): string {
  if (path === undefined) return ""
  return `  way: ${describeUpgrade(path)}\n`
}

/** e.g. `1.0.0 -> 1.1.0 -> 2.0.0`. */
function describeUpgrade({ from, through, to, obstacles }: UpgradePath): string {
  if (obstacles.length === 0) return [from, ...through, to].join(" -> ")
  return `no safe one: ${obstacles.map(({ why }) => why).join("; ")}`
}

function paintClass(change: ReleaseClass, style: Style): string {
  switch (change) {
    case "major":
      return paint("red", change, style)
    case "minor":
      return paint("yellow", change, style)
    case "patch":
    case "renewal":
      return paint("green", change, style)
  }
}

/** For people who use the bundle: what to do, in which order, and what their driver needs. */
export function renderGuide({ comparisons }: Differences): string {
  return comparisons.map(guideText).join("\n")
}

/** Markdown, with a heading of the first level. */
export function guideText(compared: Comparison): string {
  const { comparison, tasks, drivers } = migrationGuide(compared)
  const { subject, from, to, changes } = comparison
  const nothing = "Nobody has to do anything but fetch it before the old certificate ends."
  return [
    `# ${subject}: from ${from} to ${to}`,
    "",
    `A **${comparison.class}** change${changes.length === 0 ? "" : `: ${counted(changes.length, "difference")}`}. ${
      tasks.length === 0 ? nothing : "What to do, in this order:"
    }`,
    "",
    ...tasks.flatMap(({ who, todo }, index) => [
      `${index + 1}. **${capital(ACTOR_NAMES[who])}**`,
      ...todo.map(what => `   - ${capital(what)}.`),
    ]),
    ...(tasks.length === 0 ? [] : [""]),
    ...wayThere(comparison.upgrade),
    ...whatChanges(changes),
    ...(drivers.length === 0 ? [] : ["## Drivers", ""]),
    ...drivers.flatMap(({ driver, todo }) => [
      `### ${driver.title} (\`${driver.platform}\`)`,
      "",
      ...todo.map(what => `- ${what}`),
      "",
    ]),
  ].join("\n")
}

function wayThere(path: UpgradePath | undefined): readonly string[] {
  if (path === undefined || (path.through.length === 0 && path.obstacles.length === 0)) return []
  return ["## The way there", "", `${capital(describeUpgrade(path))}.`, ""]
}

function whatChanges(changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return []
  return [
    "## What is other",
    "",
    "| member | class | before | after | what it means |",
    "|---|---|---|---|---|",
    ...changes.map(({ member, class: own, before, after, why }) =>
      [`| \`${member}\``, own, cell(before), cell(after), `${why} |`].join(" | "),
    ),
    "",
  ]
}

function cell(text: string | undefined): string {
  return text === undefined ? "" : `\`${text.replaceAll("|", "\\|")}\``
}

export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
