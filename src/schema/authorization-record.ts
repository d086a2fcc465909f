/** How a commit of `main` was judged, as a file of the ledger. */
import type { Static } from "typebox"
import type { AuthorizationDecision, NotCounted } from "../domain/authorization/decision.ts"
import type { ChangeEvidence } from "../domain/authorization/evidence.ts"
import { ScbError } from "../domain/errors.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { AuthorizationRecordForm } from "./forms/authorization.ts"
import { ImpossibleInstant, instantFromWire } from "./instants.ts"
import { readRecord } from "./record-text.ts"
import { validateAuthorizationRecord } from "./validators.generated.ts"
import { yamlText } from "./yaml-text.ts"

type WrittenRecord = Static<typeof AuthorizationRecordForm>
type WrittenEvidence = NonNullable<WrittenRecord["evidence"]>

export const AUTHORIZATION_FOLDER = "approvals/"

export function authorizationFile(commit: string): string {
  return `${AUTHORIZATION_FOLDER}${commit}.yaml`
}

/** Of a commit that is not refused. */
export function formatAuthorization(decision: AuthorizationDecision): string {
  const { verdict, refusals: _none, emergency, evidence, ...rest } = decision
  if (verdict === "refused") throw new Error(`commit ${decision.commit} is refused and not to be recorded`)
  const written: WrittenRecord = {
    apiVersion: "scb/v1",
    kind: "AuthorizationRecord",
    verdict,
    ...rest,
    ...(emergency === undefined
      ? {}
      : { emergency: { name: emergency.name, reviewBy: formatInstant(emergency.reviewBy) } }),
    ...(evidence === undefined ? {} : { evidence: evidenceToWire(evidence) }),
  }
  return yamlText(written as unknown as { readonly [key: string]: Json })
}

/** The inverse of {@link formatAuthorization}. Throws `evidence-malformed` naming file, line and column. */
export function parseAuthorization(commit: string, text: string): AuthorizationDecision {
  const file = authorizationFile(commit)
  const written = readRecord<WrittenRecord>(file, text, validateAuthorizationRecord, malformed)
  const { apiVersion: _version, kind: _kind, emergency, evidence, notCounted, ...rest } = written
  if (written.commit !== commit) throw malformed(file, `it speaks of ${written.commit}`)
  try {
    return {
      ...rest,
      notCounted: notCounted as readonly NotCounted[],
      refusals: [],
      ...(emergency === undefined
        ? {}
        : { emergency: { name: emergency.name, reviewBy: instantFromWire(emergency.reviewBy) } }),
      ...(evidence === undefined ? {} : { evidence: evidenceFromWire(evidence) }),
    }
  } catch (error) {
    throw error instanceof ImpossibleInstant ? malformed(file, error.message) : error
  }
}

function evidenceToWire({ at, verdicts, guard, ...rest }: ChangeEvidence): WrittenEvidence {
  return {
    ...rest,
    at: formatInstant(at),
    verdicts: verdicts.map(verdict => ({ ...verdict, at: formatInstant(verdict.at) })),
    ...(guard === undefined ? {} : { guard: { ...guard, readAt: formatInstant(guard.readAt) } }),
  }
}

function evidenceFromWire({ at, verdicts, guard, ...rest }: WrittenEvidence): ChangeEvidence {
  return {
    ...rest,
    at: instantFromWire(at),
    verdicts: verdicts.map(verdict => ({ ...verdict, at: instantFromWire(verdict.at) })),
    ...(guard === undefined ? {} : { guard: { ...guard, readAt: instantFromWire(guard.readAt) } }),
  }
}

function malformed(file: string, why: string, at?: { readonly line: number; readonly column: number }): ScbError {
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`
  return new ScbError("evidence-malformed", `the ledger's ${place} cannot be read: ${why}`, {
    hint: "only scb writes the ledger; go back to its last signed commit",
  })
}
