import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { LiveMutation, Part } from "../../support/live/mutation.ts"

/** What real drivers did with the corpus: kept, so that whoever has no drivers can read it and every change is seen. */
export interface CorpusRecord {
  /** Day, UTC. */
  readonly measuredAt: string
  /** `name version`, in the order of the client programs. */
  readonly programs: readonly string[]
  readonly cases: readonly RecordedCase[]
}

export interface RecordedCase {
  readonly id: string
  readonly part: Part
  readonly title: string
  /** Programs without a session; the others connect. */
  readonly fails: readonly string[]
  /** Programs whose session reaches fewer nodes than they reach when nothing is wrong. */
  readonly degraded: readonly string[]
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

export function recordCase({ id, part, title }: LiveMutation, measurements: Measurements): RecordedCase {
  const results = [...measurements].flatMap(([program, byId]) => {
    const measured = byId.get(id)
    return measured === undefined ? [] : [{ program, ...measured }]
  })
  const inState = (state: State) => results.filter(each => each.state === state).map(({ program }) => program)
  const errors = new Map<string, string[]>()
  for (const { program, state, error = "" } of results) {
    if (state !== "fails") continue
    const said = errors.get(scrub(error)) ?? []
    errors.set(scrub(error), said)
    said.push(program)
  }
  return {
    id,
    part,
    title,
    fails: inState("fails"),
    degraded: inState("degraded"),
    said: [...errors].map(([error, by]) => ({ error, by })),
  }
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
