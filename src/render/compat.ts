import { formatInstant } from "../domain/instant.ts"
import type { ClientAnswer, CompatibilityRow } from "../domain/versions/compatibility.ts"
import { resultJson } from "./result.ts"
import { paint, type Style, table } from "./style.ts"

/** A line a version and driver. */
export function renderMatrixText(rows: readonly CompatibilityRow[], style: Style): string {
  const head = ["BUNDLE", "VERSION", "DRIVER", "VERSIONS", "EXAMPLE FROM", "MEASURED"]
  const lines = rows.map(({ bundle, version, platform, range, exampleFrom, measured }) => [
    bundle,
    version,
    platform,
    range,
    exampleFrom ?? "-",
    measured.join(", ") || "-",
  ])
  const [title = "", ...rest] = table([head, ...lines]).split("\n")
  return `${paint("bold", title, style)}\n${rest.join("\n")}`
}

export function renderMatrixJson(rows: readonly CompatibilityRow[]): string {
  return resultJson("Compatibility", {
    rows: rows.map(row => ({ ...row, expiresAt: formatInstant(row.expiresAt) })),
  })
}

export function renderAnswersText(answers: readonly ClientAnswer[], style: Style): string {
  return answers
    .map(({ bundle, version, client, compatible, reasons }) => {
      const verdict = compatible ? paint("green", "compatible", style) : paint("red", "not compatible", style)
      const lines = reasons.map(reason => `  ${reason}\n`).join("")
      return `${bundle} ${version} and ${client.platform} ${client.version}: ${verdict}\n${lines}`
    })
    .join("")
}

export function renderAnswersJson(answers: readonly ClientAnswer[]): string {
  return resultJson("Compatibility", { answers: answers.map(answer => ({ ...answer, client: { ...answer.client } })) })
}
