import type { Static } from "typebox"
import { ScbError } from "../domain/errors.ts"
import type { HealthPolicy } from "../domain/policies.ts"
import type { HealthFact } from "../domain/rollout/health.ts"
import { decodeUtf8 } from "../domain/utf8.ts"
import { durationFrom } from "./durations.ts"
import type { HealthFactsForm, HealthForm } from "./forms/health.ts"
import { ImpossibleInstant, instantFromWire } from "./instants.ts"
import { findProblems } from "./problems.ts"
import { validateHealthFacts } from "./validators.generated.ts"
import type { Written } from "./written.ts"

export type WrittenHealth = Static<typeof HealthForm>
type WrittenFacts = Static<typeof HealthFactsForm>

export function healthFrom({ document, value }: Written<WrittenHealth>): HealthPolicy {
  const { apiVersion: _version, kind: _kind, staleAfter, ...rest } = value
  return { ...rest, file: document.file, staleAfter: durationFrom(staleAfter) }
}

/** More facts than a plan of ten thousand bundles can look at. */
const MAXIMUM_FACTS_BYTES = 1 << 24

/** JSON of whoever watches versions in use. Throws `facts-malformed` for anything but the form, and for figures that cannot be. */
export function parseHealthFacts(bytes: Uint8Array): readonly HealthFact[] {
  if (bytes.length > MAXIMUM_FACTS_BYTES) {
    throw malformed(`expected at most ${MAXIMUM_FACTS_BYTES} bytes, got ${bytes.length}`)
  }
  const value = parseJson(decodeUtf8(bytes))
  const [problem] = findProblems(validateHealthFacts, value)
  if (problem !== undefined) throw malformed(`${["", ...problem.path].join("/")}: ${problem.message}`)
  return (value as WrittenFacts).facts.map(factFrom)
}

function factFrom({ at, ...fact }: WrittenFacts["facts"][number], index: number): HealthFact {
  if (fact.kind === "traffic" && fact.failures > fact.samples) {
    throw malformed(`/facts/${index}: expected at most ${fact.samples} failures, got ${fact.failures}`)
  }
  try {
    return { ...fact, at: instantFromWire(at) }
  } catch (error) {
    throw error instanceof ImpossibleInstant ? malformed(`/facts/${index}/at: ${error.message}`) : error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed("it is not JSON")
  }
}

function malformed(why: string): ScbError {
  return new ScbError("facts-malformed", `the health facts are malformed: ${why}`, {
    hint: "docs/rollout.md has an example of the form",
  })
}
