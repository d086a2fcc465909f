import { ScbError } from "../domain/errors.ts"
import type { Finding } from "../domain/findings.ts"

/** In a file of its own, because the gate that reports it should not have to load what reads repositories. */
export class InvalidRepository extends ScbError {
  readonly findings: readonly Finding[]
  constructor(findings: readonly Finding[]) {
    const errors = findings.filter(finding => finding.severity === "error").length
    super("invalid-repository", `the repository has ${errors} finding${errors === 1 ? "" : "s"} of severity error`, {
      hint: "mend them until `scb validate` is content, and commit: plans are made from HEAD",
    })
    this.findings = findings
  }
}
