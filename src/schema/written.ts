import { type Finding, finding } from "../domain/findings.ts"
import { type Instant, parseInstant } from "../domain/instant.ts"
import type { FindingCode } from "../domain/rules/finding-rules.ts"
import { findProblems, type Path, type Problem, type Validator } from "./problems.ts"
import type { YamlDocument } from "./yaml.ts"

/** A file whose form is right; what it means may still be impossible, which goes to `findings`. */
export interface Written<W> {
  readonly document: YamlDocument
  readonly value: W
  readonly findings: Finding[]
}

const CODES: Readonly<Record<Problem["rule"], FindingCode>> = {
  type: "T01",
  "unknown-key": "T02",
  "missing-key": "T03",
  text: "T04",
  choice: "T05",
  range: "T06",
  repeated: "T07",
}

/** All that is wrong with the form of a document. */
export function formFindings(document: YamlDocument, validator: Validator): readonly Finding[] {
  return findProblems(validator, document.value).map(problem => {
    const { rule, path, message, hint } = problem
    const around = rule === "unknown-key" ? path.slice(0, -1) : path
    return finding(CODES[rule], document.file, named(around, message), {
      at: document.place(problem),
      ...(hint === undefined ? {} : { hint }),
    })
  })
}

/** Undefined and a finding for 30 February and its like. */
export function instantAt(written: Written<unknown>, path: Path, text: string): Instant | undefined {
  const instant = parseInstant(text)
  if (instant === undefined) report(written, "T08", path, `there is no ${text}`)
  return instant
}

export function report(written: Written<unknown>, code: FindingCode, path: Path, message: string): void {
  const { document, findings } = written
  findings.push(finding(code, document.file, named(path, message), { at: document.locate(path) }))
}

/** `besides("policies/people.yaml", "keys/a.asc")` is `policies/keys/a.asc`. */
export function beside(file: string, path: string): string {
  return `${file.slice(0, file.lastIndexOf("/") + 1)}${path}`
}

/** `nodes[0].address: message`; the message alone at the root. */
function named(path: Path, message: string): string {
  const name = path.map(part => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("")
  return name === "" ? message : `${name.replace(/^\./, "")}: ${message}`
}
