import { Refusal } from "./proposal.ts"
import type { BundleRequest } from "./request.ts"

/** The questions of the issue form, by the member that each answers. The form is templates/github/ISSUE_TEMPLATE/bundle.yml. */
export const ISSUE_LABELS = {
  cluster: "Cluster",
  name: "Name of the bundle",
  application: "Application",
  owner: "Owner",
  identity: "SPIFFE ID",
  role: "Cassandra role",
  keyspace: "Keyspace",
  drivers: "Drivers",
  recipients: "Recipients",
  lifetime: "Lifetime",
  certificateRequest: "Certificate request",
  reason: "What it is for",
} as const satisfies Record<keyof BundleRequest, string>

const REQUIRED = ["cluster", "name", "owner", "role", "drivers"] as const
const LISTS: ReadonlySet<string> = new Set(["drivers", "recipients"])

/** What GitHub writes where a question was left out. */
const NO_ANSWER = "_No response_"

/**
 * The answers of an issue that was opened with the form: `### <label>`, an empty line, the answer. Anybody may have
 * written them; what they may be is the front door's to say. Throws {@link Refusal} where one that is needed is missing.
 */
export function parseIssueRequest(body: string): BundleRequest {
  const answers = new Map(
    body
      .replaceAll("\r\n", "\n")
      .split(/^### /m)
      .slice(1)
      .map(part => {
        const end = part.indexOf("\n")
        return [part.slice(0, end).trim(), part.slice(end).trim()] as const
      }),
  )
  const request = Object.fromEntries(
    Object.entries(ISSUE_LABELS).flatMap(([member, label]) => {
      const answer = answers.get(label)
      if (answer === undefined || answer === "" || answer === NO_ANSWER) return []
      return [[member, LISTS.has(member) ? words(answer) : member === "certificateRequest" ? pem(answer) : answer]]
    }),
  )
  const missing = REQUIRED.filter(member => request[member] === undefined)
  if (missing.length > 0) {
    throw new Refusal(`the issue does not answer: ${missing.map(member => ISSUE_LABELS[member]).join(", ")}`)
  }
  return request as unknown as BundleRequest
}

function words(answer: string): readonly string[] {
  return answer.split(/[\s,]+/).filter(word => word !== "")
}

/** The form shows it as code. */
function pem(answer: string): string {
  return `${answer.replaceAll(/^```.*$/gm, "").trim()}\n`
}
