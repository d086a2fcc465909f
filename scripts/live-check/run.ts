import type { Fetch } from "../../src/adapters/secure-fetch.ts"
import { type Difference, differences } from "./compare.ts"
import { type Answered, type Asked, QUESTIONS, Unanswered } from "./questions.ts"

/** One side that is asked. */
export interface Side {
  readonly fetch: Fetch
  /** e.g. `https://api.github.com`. */
  readonly api: string
  readonly repository: string
  readonly token: string
}

export interface Outcome {
  readonly name: string
  readonly rule: string
  readonly result: "same" | "drift" | "left out"
  readonly differences: readonly Difference[]
}

/** Asks both sides the same questions in the same order, and compares every answer. */
export async function compareSides(
  real: Side,
  imitation: Side,
  label: string,
  report: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const [theirs, ours] = [new Map<string, Answered>(), new Map<string, Answered>()]
  const outcomes: Outcome[] = []
  for (const question of QUESTIONS) {
    const places = [
      { repository: real.repository, label, answers: theirs },
      { repository: imitation.repository, label, answers: ours },
    ] as const
    const { name, rule, when = () => true } = question
    const outcome = (result: Outcome["result"], found: readonly Difference[]): void => {
      outcomes.push({ name, rule, result, differences: found })
      report({ name, rule, result, differences: found })
    }
    if (!when(places[0])) {
      outcome("left out", [])
      continue
    }
    try {
      const [one, other] = [await ask(real, question.ask(places[0])), await ask(imitation, question.ask(places[1]))]
      theirs.set(name, one)
      ours.set(name, other)
      const found = differences(one, other)
      outcome(found.some(({ kind }) => kind === "drift") ? "drift" : "same", found)
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      outcome("drift", [{ kind: "drift", what: error.message }])
    }
  }
  return outcomes
}

/** What is asked of whom, without asking; later questions need earlier answers, and are told by their rule alone. */
export function listQuestions(): readonly string[] {
  return QUESTIONS.map(({ name, rule }) => `${name}: ${rule}`)
}

async function ask({ fetch, api, token: own }: Side, asked: Asked): Promise<Answered> {
  const { method, path, body, bytes, headers = {}, token = own } = asked
  const response = await fetch(path.startsWith("/") ? `${api}${path}` : path, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      "user-agent": "scb-live-check",
      "x-github-api-version": "2022-11-28",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(bytes === undefined ? {} : { body: new Uint8Array(bytes) }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: parsed(text), headers: Object.fromEntries(response.headers) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
