import { failureText } from "../artifact/checks/live/failures.ts"
import { readHttpResponse } from "../artifact/http-response.ts"
import { printable } from "../artifact/printable.ts"
import type { Step } from "../domain/live/diagnosis.ts"
import type { PlaceSeen } from "../domain/live/live-facts.ts"
import type { CqlAnswer, CqlOutcome, HttpAnswer, NameAnswer } from "../domain/live/probes.ts"

/** One line for each look: what came of it, not what it means. */

export function skippedStep(title: string, detail: string): Step {
  return { title, outcome: "skipped", detail }
}

export function nameStep(host: string, { system, ipv4, millis }: NameAnswer): Step {
  const found = system.kind === "found" ? system : ipv4
  const detail =
    found.kind === "failed"
      ? `no address (${found.reason})`
      : `${found.addresses.map(each => printable(each, 60)).join(", ")}${ipv4.kind === "failed" ? `; no A record in DNS (${ipv4.reason})` : ""}`
  const passed = found.kind === "found" && ipv4.kind === "found"
  return { title: `name ${printable(host, 100)}`, outcome: passed ? "passed" : "failed", detail, millis }
}

export function reachStep(what: string, { place, answer }: PlaceSeen): Step {
  const title = `${what} at ${place.address.includes(":") ? `[${place.address}]` : place.address}:${place.port}`
  const { millis } = answer
  return answer.kind === "open"
    ? { title, outcome: "passed", detail: "listens", millis }
    : { title, outcome: "failed", detail: failureText(answer), millis }
}

export function httpStep(title: string, answer: HttpAnswer): Step {
  const { millis } = answer
  if (answer.kind === "failed") return { title, outcome: "failed", detail: failureText(answer), millis }
  const reading = readHttpResponse(Buffer.concat(answer.pieces), answer.ended !== "complete")
  if (reading.kind !== "response") return { title, outcome: "failed", detail: "no answer in HTTP", millis }
  const { status, body } = reading.response
  const detail = `${answer.tls.version}, HTTP ${status}, ${body.length} bytes`
  return { title, outcome: status === 200 ? "passed" : "failed", detail, millis }
}

export function cqlStep(title: string, answer: CqlAnswer): Step {
  const named = printable(title, 120)
  const { millis } = answer
  if (answer.kind === "failed") return { title: named, outcome: "failed", detail: failureText(answer), millis }
  const { outcome, tls } = answer
  const passed = outcome.kind === "in" || outcome.kind === "login-wanted"
  return {
    title: named,
    outcome: passed ? "passed" : "failed",
    detail: `${tls.version}, ${outcomeText(outcome)}`,
    millis,
  }
}

function outcomeText(outcome: CqlOutcome): string {
  switch (outcome.kind) {
    case "in":
      return `Cassandra ${outcome.node.release} in ${outcome.node.datacenter}, host id ${outcome.node.hostId}`
    case "login-wanted":
      return "asks for a login"
    case "refused":
      return outcome.message
    case "silent":
      return failureText({ ...outcome, stage: "answer" })
    case "malformed":
      return outcome.problem
  }
}

/** For looks that ought to fail. */
export function refusalStep(title: string, answer: HttpAnswer | CqlAnswer): Step {
  const { millis } = answer
  if (answer.kind === "failed") return { title, outcome: "passed", detail: failureText(answer), millis }
  const look = "outcome" in answer ? cqlStep(title, answer) : httpStep(title, answer)
  const letIn = "outcome" in answer ? answer.outcome.kind !== "silent" : look.outcome === "passed"
  return letIn ? { ...look, outcome: "failed", detail: `lets in: ${look.detail}` } : { ...look, outcome: "passed" }
}
