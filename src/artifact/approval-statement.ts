import { formatInstant, type Instant, parseInstant } from "../domain/instant.ts"
import { prettyJson } from "../domain/json.ts"

/** What a person says of a change, bound to all that it is about: signed elsewhere or of something else, it says nothing here. */
export interface ApprovalStatement {
  /** What policies/approvals.yaml calls the repository. */
  readonly repository: string
  readonly branch: string
  /** Commit that the change is merged into. */
  readonly base: string
  /** Of the whole repository, once it is merged. */
  readonly tree: string
  readonly verdict: "approved" | "rejected"
  readonly at: Instant
}

/** One place a person, a tree and a base: who changes their mind replaces what they said. */
export function statementPath({ tree, base }: ApprovalStatement, fingerprint: string): string {
  return `approvals/${tree}/${base}/${fingerprint}.json`
}

/** The bytes that are signed. */
export function formatStatement({ at, ...rest }: ApprovalStatement): string {
  return prettyJson({ apiVersion: "scb/v1", kind: "Approval", at: formatInstant(at), ...rest })
}

const COMMIT = /^[0-9a-f]{40}$/
const MAXIMUM_LENGTH = 4096

/** The inverse of {@link formatStatement}. Undefined for any other text, one with more in it or written otherwise too. */
export function parseStatement(text: string): ApprovalStatement | undefined {
  const { repository, branch, base, tree, verdict, at } = members(text)
  const instant = parseInstant(String(at))
  if (typeof repository !== "string" || typeof branch !== "string") return undefined
  if (typeof base !== "string" || !COMMIT.test(base) || typeof tree !== "string" || !COMMIT.test(tree)) return undefined
  if ((verdict !== "approved" && verdict !== "rejected") || instant === undefined) return undefined
  const statement: ApprovalStatement = { repository, branch, base, tree, verdict, at: instant }
  return formatStatement(statement) === text ? statement : undefined
}

function members(text: string): Partial<Record<keyof ApprovalStatement, unknown>> {
  if (text.length > MAXIMUM_LENGTH) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : {}
  } catch {
    return {}
  }
}
