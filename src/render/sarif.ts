import { type Finding, sortFindings } from "../domain/findings.ts"
import { type Json, prettyJson } from "../domain/json.ts"
import { FINDING_RULES, type FindingRule } from "../domain/rules/finding-rules.ts"

/** SARIF 2.1.0 (OASIS standard of 27 March 2020), one run, with every rule that there is. */
export function renderSarif(findings: readonly Finding[], toolVersion: string): string {
  const codes = Object.keys(FINDING_RULES)
  return prettyJson({
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "scb",
            semanticVersion: toolVersion,
            rules: Object.entries(FINDING_RULES).map(reportingDescriptor),
          },
        },
        columnKind: "utf16CodeUnits",
        results: sortFindings(findings).map(finding => result(finding, codes.indexOf(finding.code))),
      },
    ],
  })
}

function reportingDescriptor([code, rule]: readonly [string, FindingRule]): Json {
  return {
    id: code,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.why },
    help: { text: rule.mend },
    defaultConfiguration: { level: rule.severity },
  }
}

/** Our severities are SARIF's levels (§3.27.10). */
function result({ code, severity, subject, message, at, hint, breaks }: Finding, ruleIndex: number): Json {
  const broken = breaks === undefined || breaks.length === 0 ? "" : ` (breaks ${breaks.join(", ")})`
  const advice = hint === undefined ? "" : `\nhint: ${hint}`
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: `${message}${broken}${advice}` },
    locations: [
      {
        logicalLocations: [{ fullyQualifiedName: subject }],
        physicalLocation:
          at === undefined
            ? undefined
            : {
                artifactLocation: { uri: encodePath(at.file), uriBaseId: "%SRCROOT%" },
                region: { startLine: at.line, startColumn: at.column },
              },
      },
    ],
  }
}

/** A relative reference of RFC 3986 (SARIF §3.4.3). */
function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/")
}
