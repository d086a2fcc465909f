import { encodeUtf8 } from "../domain/utf8.ts"
import { findProblems, type Validator } from "./problems.ts"
import { readYaml, type YamlLimits } from "./yaml.ts"
import { parseYamlText } from "./yaml-text.ts"

/** Machines write these files, and a bundle's history only grows. */
const LIMITS: YamlLimits = { maximumBytes: 1 << 25, maximumTokens: 1 << 23, maximumDepth: 12 }

/** Makes the error for a file that is not as it was written. */
export type Refuse = (file: string, why: string, at?: { readonly line: number; readonly column: number }) => Error

/** A file of the ledger. The slow reader is for texts that we did not write: it knows why and where they are wrong. */
export function readRecord<W>(file: string, text: string, validator: Validator, refuse: Refuse): W {
  const quick = parseYamlText(text)
  if (quick !== undefined && findProblems(validator, quick).length === 0) return quick as W
  const { document, findings } = readYaml(file, encodeUtf8(text), LIMITS)
  const [finding] = findings
  if (finding !== undefined) throw refuse(file, finding.message, finding.at)
  if (document === undefined) throw new Error(`${file} has neither a document nor a finding`)
  const [problem] = findProblems(validator, document.value)
  if (problem !== undefined) throw refuse(file, problem.message, document.place(problem))
  return document.value as W
}
