import type { Diagnosis, Verdict } from "../domain/live/diagnosis.ts"
import { FINDING_RULES, type FindingCode, type FindingRule } from "../domain/rules/finding-rules.ts"

/** Families of rules that a diagnosis looks at. */
const LOOKED_AT = /^[ZCKJPL]\d$/

interface TestCase {
  readonly name: string
  readonly failures: readonly string[]
  readonly skipped?: string
}

/** JUnit's XML as CI servers read it: a test case for each driver, and one for each rule. */
export function renderJunit(diagnosis: Diagnosis): string {
  const { steps, findings, verdicts } = diagnosis
  const isLive = steps.some(step => step.millis !== undefined)
  const rules: readonly (readonly [string, FindingRule])[] = Object.entries(FINDING_RULES)
  const ruleCases = rules
    .filter(([code]) => LOOKED_AT.test(code))
    .map(([code, { title }]): TestCase => {
      const failures = findings.filter(each => each.severity === "error" && each.code === (code as FindingCode))
      const unseen = code.startsWith("L") && !isLive ? { skipped: "the live cluster was not looked at" } : {}
      return {
        name: `${code}: ${title}`,
        failures: failures.map(each => `${each.subject}: ${each.message}`),
        ...unseen,
      }
    })
  const seconds = steps.reduce((sum, { millis = 0 }) => sum + millis, 0) / 1000
  const suites = [suite("drivers", verdicts.map(driverCase), 0), suite("rules", ruleCases, seconds)]
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="scb doctor">\n${suites.join("")}</testsuites>\n`
}

function driverCase({ name, verdict, because, says, versions }: Verdict): TestCase {
  if (verdict === "unknown") return { name, failures: [], skipped: "not every step could be looked at" }
  const range = versions === undefined ? "" : ` (versions ${versions})`
  const failures = because.map(each => `${each.code} ${each.subject}: ${each.message}${range}`)
  return { name, failures: failures.length === 0 ? [] : [...failures, ...says.map(words => `it would say: ${words}`)] }
}

function suite(name: string, cases: readonly TestCase[], seconds: number): string {
  const failures = cases.filter(each => each.failures.length > 0).length
  const skipped = cases.filter(each => each.failures.length === 0 && each.skipped !== undefined).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`
  const body = cases.map(each => testCase(name, each)).join("")
  return `  <testsuite name="${name}" ${counts} time="${seconds.toFixed(3)}">\n${body}  </testsuite>\n`
}

function testCase(suiteName: string, { name, failures, skipped }: TestCase): string {
  const open = `    <testcase classname="scb.doctor.${suiteName}" name="${escaped(name)}"`
  const [first] = failures
  if (first !== undefined) {
    const text = escaped(failures.join("\n"))
    return `${open}>\n      <failure message="${escaped(first)}">${text}</failure>\n    </testcase>\n`
  }
  return skipped === undefined
    ? `${open}/>\n`
    : `${open}>\n      <skipped message="${escaped(skipped)}"/>\n    </testcase>\n`
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

/** XML 1.0 §2.2 knows no control characters but these three. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g, "?")
    .replace(/[&<>"]/g, character => ENTITIES[character] ?? "")
}
