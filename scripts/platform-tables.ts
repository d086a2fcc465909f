import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { loadMeasurements, loadPlatforms } from "../src/adapters/platform-catalogue.ts"
import type { Platform } from "../src/artifact/platforms.ts"
import type { MeasuredProgram, Measurements } from "../src/domain/measurements.ts"

const DOCUMENT = "docs/platforms.md"
const BEGIN = "<!-- measured: `npm run generate` writes what follows -->\n"
const END = "<!-- end of measured -->\n"

/** docs/platforms.md, with its table made from what is on record. */
export function platformsDoc(): readonly [path: string, text: string] {
  const text = readFileSync(fileURLToPath(new URL(`../${DOCUMENT}`, import.meta.url)), "utf8")
  const [before, rest] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (before < 0 || rest < before) throw new Error(`${DOCUMENT} has lost the marks of its table`)
  const table = measuredMarkdown(loadMeasurements(), [...loadPlatforms().values()])
  return [DOCUMENT, `${text.slice(0, before)}${BEGIN}${table}${text.slice(rest)}`]
}

function measuredMarkdown(measured: Measurements, platforms: readonly Platform[]): string {
  const { cassandra, gateways } = measured
  const heads = headsOf(measured)
  const ways = Object.entries(gateways).map(([name, version]) => `- ${name}: ${version}`)
  const names = [...new Set(measured.programs.map(({ name }) => name))]
  const rows = names.map(name => {
    const programs = measured.programs.filter(program => program.name === name)
    const versions = programs.map(({ version }) => version).join(", ")
    const on = [...new Set(programs.map(({ measuredOn }) => measuredOn))].join(", ")
    return [`\`${name}\``, versions, on, ...heads.map(head => cellOf(programs, head))]
  })
  const others = platforms.filter(({ name }) => !names.includes(name))
  const unmeasured = others.map(({ name, client, evidence }) => [
    `\`${name}\``,
    evidence === "client-measured" ? `not run itself: \`${client}\` reads its bundles` : "checked by rule, not run",
    "",
    ...heads.map(() => ""),
  ])
  const titles = [
    "what",
    "versions run",
    "on",
    ...heads.map(([authentication, gateway]) => `${authentication}: ${gateway}`),
  ]
  return `
With Apache Cassandra ${cassandra}, through the gateways

${ways.join("\n")}

A number counts the kinds of keys (P-256 and RSA-2048, made for the bundle or kept by their owner) of the bundles that
each version used.

${markdownTable([titles, titles.map(() => "---"), ...rows, ...unmeasured])}
`
}

/** For terminals. */
export function matrixText(measured: Measurements): string {
  const heads = headsOf(measured)
  const rows = measured.programs.map(program => [
    `${program.name} ${program.version}`,
    ...heads.map(head => cellOf([program], head)),
  ])
  const table = [["", ...heads.map(head => head.join(": "))], ...rows]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0)))
  const lines = table.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  )
  const connected = measured.programs.filter(({ passed }) => Object.keys(passed).length > 0)
  const kinds = new Set(connected.map(({ name }) => name)).size
  return `Apache Cassandra ${measured.cassandra}: ${kinds} kinds of clients, ${connected.length} versions; numbers count keys\n\n${lines.join("\n")}\n`
}

type Head = readonly [authentication: string, gateway: string]

/** Authenticators and gateways that at least one program came through. */
function headsOf({ programs }: Measurements): readonly Head[] {
  const heads = programs.flatMap(({ passed }) =>
    Object.entries(passed).flatMap(([authentication, ways]) =>
      Object.keys(ways).map((gateway): Head => [authentication, gateway]),
    ),
  )
  return [...new Map(heads.map(head => [head.join(": "), head])).values()]
}

/** How many kinds of keys all of these versions have come with. */
function cellOf(programs: readonly MeasuredProgram[], [authentication, gateway]: Head): string {
  const counts = programs.map(({ passed }) => passed[authentication]?.[gateway]?.length ?? 0)
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  if (most === 0) return "no"
  return fewest === most ? String(most) : `${fewest} to ${most}`
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  return rows.map(row => `| ${row.join(" | ")} |`).join("\n")
}
