import { describe, expect, it } from "vitest"
import { finding } from "../../../src/domain/findings.ts"
import { FINDING_RULES } from "../../../src/domain/rules/finding-rules.ts"
import { renderAnnotations } from "../../../src/render/annotations.ts"
import { renderFindingsJson } from "../../../src/render/findings-json.ts"
import { renderFindingsText } from "../../../src/render/findings-text.ts"
import { renderSarif } from "../../../src/render/sarif.ts"

const FINDINGS = [
  finding("Z1", "bundle.zip", "the file is no ZIP", { breaks: ["java", "nodejs"] }),
  finding("R04", "bundles/a b/x.yml", "nothing reads it", { at: { file: "bundles/a b/x.yml", line: 1, column: 1 } }),
  finding("T06", "bundles/a/cluster.yaml", "cqlPort: expected 1 to 65535, got 0", {
    at: { file: "bundles/a/cluster.yaml", line: 6, column: 67 },
    hint: "another, e.g. 29042",
  }),
]

describe("findings as text", () => {
  it("shows place, severity, code and message, hints and broken clients below, and a count at the end", () => {
    expect(renderFindingsText(FINDINGS, { color: false })).toBe(
      [
        "bundle.zip: error Z1: the file is no ZIP",
        "    breaks: java, nodejs",
        "bundles/a b/x.yml:1:1: warning R04: nothing reads it",
        "bundles/a/cluster.yaml:6:67: error T06: cqlPort: expected 1 to 65535, got 0",
        "    hint: another, e.g. 29042",
        "2 errors, 1 warning",
        "",
      ].join("\n"),
    )
  })

  it("says so when there are none", () => {
    expect(renderFindingsText([], { color: false })).toBe("no findings\n")
  })

  it("lets no name steer the terminal", () => {
    const hostile = finding("R04", "x", "\u001B[2Jfine\u202E\nno findings", {
      at: { file: "bundles/\u001B]0;x\u0007", line: 1, column: 1 },
    })
    expect(renderFindingsText([hostile], { color: false })).toBe(
      "bundles/\\u{1b}]0;x\\u{7}:1:1: warning R04: \\u{1b}[2Jfine\\u{202e}\\u{a}no findings\n1 warning\n",
    )
  })
})

describe("findings as JSON", () => {
  it("holds every part of every finding, and counts", () => {
    expect(JSON.parse(renderFindingsJson(FINDINGS))).toEqual({
      apiVersion: "scb/v1",
      kind: "Findings",
      counts: { error: 2, warning: 1, note: 0 },
      findings: [
        {
          code: "Z1",
          severity: "error",
          subject: "bundle.zip",
          message: "the file is no ZIP",
          breaks: ["java", "nodejs"],
        },
        {
          code: "R04",
          severity: "warning",
          subject: "bundles/a b/x.yml",
          message: "nothing reads it",
          at: { file: "bundles/a b/x.yml", line: 1, column: 1 },
        },
        {
          code: "T06",
          severity: "error",
          subject: "bundles/a/cluster.yaml",
          message: "cqlPort: expected 1 to 65535, got 0",
          at: { file: "bundles/a/cluster.yaml", line: 6, column: 67 },
          hint: "another, e.g. 29042",
        },
      ],
    })
  })
})

describe("findings as SARIF", () => {
  const log = JSON.parse(renderSarif(FINDINGS, "1.2.3"))
  const [run] = log.runs

  it("is one run of version 2.1.0 with every rule", () => {
    expect(log.version).toBe("2.1.0")
    expect(log.$schema).toMatch(/sarif-schema-2\.1\.0\.json$/)
    expect(log.runs).toHaveLength(1)
    expect(run.tool.driver).toMatchObject({ name: "scb", semanticVersion: "1.2.3" })
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(Object.keys(FINDING_RULES))
    for (const rule of run.tool.driver.rules) {
      expect(rule).toEqual({
        id: expect.any(String),
        shortDescription: { text: expect.any(String) },
        fullDescription: { text: expect.any(String) },
        help: { text: expect.any(String) },
        defaultConfiguration: { level: expect.stringMatching(/^(?:error|warning|note)$/) },
      })
    }
  })

  it("names rule, level, message and place of each finding", () => {
    expect(run.results).toHaveLength(3)
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
    expect(run.results[1]).toMatchObject({
      ruleId: "R04",
      level: "warning",
      message: { text: "nothing reads it" },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "bundles/a%20b/x.yml", uriBaseId: "%SRCROOT%" },
            region: { startLine: 1, startColumn: 1 },
          },
        },
      ],
    })
    expect(run.results[0].locations[0]).toEqual({ logicalLocations: [{ fullyQualifiedName: "bundle.zip" }] })
    expect(run.results[0].message.text).toBe("the file is no ZIP (breaks java, nodejs)")
  })
})

describe("findings as annotations", () => {
  it("is one workflow command a finding", () => {
    expect(renderAnnotations(FINDINGS)).toBe(
      [
        "::error title=Z1 bundle.zip::the file is no ZIP%0Abreaks: java, nodejs",
        "::warning file=bundles/a b/x.yml,line=1,col=1,title=R04 bundles/a b/x.yml::nothing reads it",
        "::error file=bundles/a/cluster.yaml,line=6,col=67,title=T06 bundles/a/cluster.yaml::cqlPort: expected 1 to 65535, got 0%0Ahint: another, e.g. 29042",
        "",
      ].join("\n"),
    )
  })

  it("lets nothing out of its command", () => {
    const hostile = finding("R04", "a:b,c%", "x\r\n::set-output name=y::%", {
      at: { file: "a,line=9:\n", line: 1, column: 2 },
    })
    expect(renderAnnotations([hostile])).toBe(
      "::warning file=a%2Cline=9%3A%0A,line=1,col=2,title=R04 a%3Ab%2Cc%25::x%0D%0A::set-output name=y::%25\n",
    )
  })
})
