import { describe, expect, it } from "vitest"
import { type Finding, finding } from "../../../src/domain/findings.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type Diagnosis, likelyCause, verdictOf } from "../../../src/domain/live/diagnosis.ts"
import { renderDiagnosisText } from "../../../src/render/diagnosis.ts"
import { renderJunit } from "../../../src/render/junit.ts"

const DRIVERS = [
  { name: "spark", client: "java" },
  { name: "python", client: "python" },
  { name: "csharp", client: "csharp" },
] as const

const LOST = finding("L6", "nodes", "the certificate of each node is for x", {
  breaks: ["python"],
  versions: { python: "<3.29.0" },
  cause: "node-name-proxy",
})
const SILENT = finding("L1", "metadata", "the metadata service <at> 10.0.0.5 does not answer", {
  breaks: ["java", "python"],
  cause: "service-unreachable",
})
const OLD = finding("K7", "cert", "expires soon", { severity: "warning" })

function diagnosis(findings: readonly Finding[]): Diagnosis {
  const cause = likelyCause(findings, DRIVERS)
  return {
    at: instantFromMillis(Date.UTC(2026, 10, 22)),
    steps: [
      { title: "bundle", outcome: "passed", detail: "sound" },
      { title: "metadata service at 10.0.0.5:29080", outcome: "failed", detail: "does not answer", millis: 5001 },
      { title: "metadata", outcome: "skipped", detail: "there is no connection" },
    ],
    findings,
    verdicts: DRIVERS.map(each => verdictOf(each, findings, each.client !== "csharp")),
    ...(cause === undefined ? {} : { likelyCause: cause }),
    oldFashioned: [{ what: "ten years", why: "nobody looks" }],
  }
}

describe("a diagnosis as text", () => {
  it("has the likely cause first, and a mark for every step and driver", () => {
    expect(renderDiagnosisText(diagnosis([SILENT, OLD]), { color: false })).toBe(
      [
        "likely cause",
        "  the metadata service <at> 10.0.0.5 does not answer [L1]",
        "  Open the port to clients, offer TLS 1.2 beside 1.3, give one certificate to those without a server name, and trust the CA that issued the bundle's certificate.",
        "",
        "steps",
        "  ✓  bundle                                       sound",
        "  ✗  metadata service at 10.0.0.5:29080  5001 ms  does not answer",
        "  -  metadata                                     there is no connection",
        "",
        "findings",
        "cert: warning K7: expires soon",
        "metadata: error L1: the metadata service <at> 10.0.0.5 does not answer",
        "    breaks: java, python",
        "1 error, 1 warning",
        "",
        "drivers",
        "  ✗  spark (java)  fails    L1",
        "      says: Unable to connect to cloud metadata service. Please make sure your cluster is not parked or terminated",
        "  ✗  python        fails    L1",
        "      says: Unable to connect to the metadata service at …. Check the cluster status in the cloud console.",
        "  ?  csharp        unknown",
        "",
        "old-fashioned, and why it works",
        "  ten years:",
        "    nobody looks",
        "",
      ].join("\n"),
    )
  })

  it("says which versions fail, when others do not", () => {
    const text = renderDiagnosisText(diagnosis([LOST]), { color: false })
    expect(text).toContain("✓  spark (java)  connects\n")
    expect(text).toContain("✗  python        fails in versions <3.29.0  L6\n      says: hostname '…' doesn't match '…'")
  })

  it("colours the marks alone", () => {
    const text = renderDiagnosisText(diagnosis([]), { color: true })
    expect(text).toContain("\u001b[32m✓\u001b[39m  bundle")
    expect(text).toContain("\u001b[33m?\u001b[39m  csharp")
  })
})

describe("the likely cause", () => {
  it("is what breaks most of the drivers asked for, and never what only old versions meet", () => {
    const few = finding("L5", "name", "few", { breaks: ["csharp"] })
    expect(likelyCause([LOST, few, SILENT], DRIVERS)?.finding).toBe(SILENT)
    expect(likelyCause([LOST, few], DRIVERS)?.finding).toBe(few)
    expect(likelyCause([LOST], DRIVERS)?.finding).toBe(LOST)
    expect(likelyCause([OLD], DRIVERS)).toBeUndefined()
  })

  it("is mended by its own hint where it has one", () => {
    expect(likelyCause([{ ...SILENT, hint: "do this" }], DRIVERS)?.mend).toBe("do this")
  })
})

describe("a diagnosis as JUnit", () => {
  it("has a case for each driver and each rule, and escapes what others have said", () => {
    const hostile = { ...SILENT, message: 'a <b> & "c" \u0000\u001b[2J' }
    const xml = renderJunit(diagnosis([hostile]))
    expect(xml).toContain('<testsuite name="drivers" tests="3" failures="2" errors="0" skipped="1" time="0.000">')
    expect(xml).toContain('<failure message="L1 metadata: a &lt;b&gt; &amp; &quot;c&quot; ??[2J">')
    expect(xml).toContain('<testcase classname="scb.doctor.drivers" name="csharp">\n      <skipped')
    expect(xml).toMatch(/<testsuite name="rules" tests="\d+" failures="1" errors="0" skipped="0" time="5\.001">/)
  })
})
