import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Client } from "../../../src/domain/clients.ts"
import type { Diagnosis, Verdict } from "../../../src/domain/live/diagnosis.ts"
import type { LiveMutation, Part } from "../../support/live/mutation.ts"

/** What real drivers did with the corpus: kept, so that whoever has no drivers can read it and every change is seen. */
export interface CorpusRecord {
  /** `name version`, in the order of the client programs, with the day (UTC) on which it was measured. */
  readonly programs: Readonly<Record<string, string>>
  /** By the same names: cases in which the doctor was right, did not know, differs for a known reason, or differs. */
  readonly agreements: Readonly<Record<string, Agreements>>
  readonly cases: readonly RecordedCase[]
}

export interface Agreements {
  readonly agree: number
  readonly unknown: number
  readonly excepted: number
  readonly differ: number
}

export interface RecordedCase {
  readonly id: string
  readonly part: Part
  readonly title: string
  /** Programs without a session; the others connect. */
  readonly fails: readonly string[]
  /** Programs whose session reaches fewer nodes than they reach when nothing is wrong. */
  readonly degraded: readonly string[]
  /** What `scb doctor` finds, codes of errors and warnings. */
  readonly findings: readonly string[]
  /** Clients that cannot be run here and whom the doctor expects to fail. */
  readonly ruled: readonly Client[]
  /** What those who failed said. */
  readonly said: readonly { readonly error: string; readonly by: readonly string[] }[]
}

/** `degraded`: a session, but with fewer nodes than are there. */
export type State = "connects" | "degraded" | "fails"

export interface Measured {
  readonly state: State
  /** Of a session that failed, as its program said it. */
  readonly error?: string
}

const FILE = fileURLToPath(new URL("corpus.json", import.meta.url))

export function readCorpusRecord(): CorpusRecord {
  if (!existsSync(FILE)) return { programs: {}, agreements: {}, cases: [] }
  return JSON.parse(readFileSync(FILE, "utf8"))
}

/** One line for each case, so that a difference shows as one. */
export function writeCorpusRecord({ cases, ...head }: CorpusRecord): void {
  const lines = cases.map(each => `    ${JSON.stringify(each)}`).join(",\n")
  const opening = JSON.stringify(head, null, 2).slice(0, -2)
  writeFileSync(FILE, `${opening},\n  "cases": [\n${lines}\n  ]\n}\n`)
}

/** By program, then by the id of the case. */
export type Measurements = ReadonlyMap<string, ReadonlyMap<string, Measured>>

/** Known by their source alone. */
export const NOT_RUN: readonly Client[] = ["csharp", "zdm-proxy"]

/** `before`: what is kept of programs that were not measured. */
export function recordCase(
  { id, part, title }: LiveMutation,
  measurements: Measurements,
  diagnosis: Diagnosis | undefined,
  before: RecordedCase | undefined,
): RecordedCase {
  const isKept = (program: string): boolean => measurements.get(program)?.has(id) !== true
  const results = [...measurements].flatMap(([program, byId]) => {
    const measured = byId.get(id)
    return measured === undefined ? [] : [{ program, ...measured }]
  })
  const those = (state: "fails" | "degraded"): readonly string[] => {
    const now = results.filter(each => each.state === state).map(({ program }) => program)
    return [...(before?.[state] ?? []).filter(isKept), ...now].sort()
  }
  const errors = new Map((before?.said ?? []).map(({ error, by }) => [error, by.filter(isKept)]))
  for (const { program, state, error = "" } of results) {
    if (state === "fails") errors.set(scrub(error), [...(errors.get(scrub(error)) ?? []), program].sort())
  }
  return {
    id,
    part,
    title,
    fails: those("fails"),
    degraded: those("degraded"),
    findings: codesOf(diagnosis),
    ruled: NOT_RUN.filter(client => verdictOn(diagnosis, client)?.verdict === "fails"),
    said: [...errors].map(([error, by]) => ({ error, by })).filter(({ by }) => by.length > 0),
  }
}

export function verdictOn(diagnosis: Diagnosis | undefined, client: string): Verdict | undefined {
  return diagnosis?.verdicts.find(verdict => verdict.client === client)
}

function codesOf(diagnosis: Diagnosis | undefined): readonly string[] {
  const told = diagnosis?.findings.filter(({ severity }) => severity !== "note") ?? []
  return [...new Set(told.map(({ code }) => code))].sort()
}

export function recordedState({ fails, degraded }: RecordedCase, program: string): State {
  if (fails.includes(program)) return "fails"
  return degraded.includes(program) ? "degraded" : "connects"
}

const LONGEST_ERROR = 400

/** Without what differs from run to run: ports, folders, host ids that were tried first, addresses in memory. */
function scrub(error: string): string {
  const same = error
    .replaceAll(/\n\s+at .*/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/(?:file:)?\/tmp\/\S*?\.zip/g, "bundle.zip")
    .replaceAll(/\/tmp\/[\w./-]+/g, "/tmp/…")
    .replaceAll(/\/(?:root|home|work|usr)\/[\w./+-]+/g, "…")
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi, "HOST-ID")
    .replaceAll(/\b[\dA-F]{12}:error:/g, "error:")
    .replaceAll(/:\d{4,5}\b/g, ":PORT")
    .replaceAll(/\b(?:port|Port)(=|: ?| )\d{4,5}\b/g, "port$1PORT")
    .replaceAll(/0x[\da-f]{6,}|@[\da-f]{5,8}\b|hashCode=[\da-f]+/g, "…")
    .replaceAll(/\b(s|cluster)\d+\b/g, "$1N")
    .replaceAll(/\b\d+(?:\.\d+)? ?(ms|milliseconds|seconds|s)\b/g, "N $1")
    .trim()
  return same.length > LONGEST_ERROR ? `${same.slice(0, LONGEST_ERROR)}…` : same
}
