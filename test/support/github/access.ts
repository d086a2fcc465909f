/** Who may do what (docs.github.com, "Use GITHUB_TOKEN for authentication in workflows", "Repository roles"). */
import { type Call, notFound, Refusal } from "./call.ts"
import type { Access, Model, Permission, Repository, Token } from "./model.ts"

/** Without a token undefined; throws 401 for one that is not known or no longer good. */
export function tokenOf({ tokens }: Model, authorization: string | undefined, now: number): Token | undefined {
  if (authorization === undefined) return undefined
  const [, scheme = "", value = ""] = /^(\S+)\s+(.+)$/.exec(authorization) ?? []
  const token = tokens.get(scheme.toLowerCase() === "basic" ? passwordOf(value) : value)
  if (token === undefined || (token.expiresAt !== undefined && token.expiresAt <= now))
    throw new Refusal(401, "Bad credentials")
  return token
}

const passwordOf = (basic: string): string =>
  Buffer.from(basic, "base64")
    .toString()
    .replace(/^[^:]*:/, "")

const READ_BY_ALL = new Set<Permission>([
  "actions",
  "attestations",
  "checks",
  "contents",
  "deployments",
  "issues",
  "metadata",
  "pull-requests",
])
const WRITTEN_BY_ALL = new Set<Permission>(["issues", "pull-requests"])

/** Rights of a token are those of its user, of GITHUB_TOKEN those of its job. */
export function mayOf(
  repository: Repository,
  token: Token | undefined,
  permission: Permission,
  access: Access,
): boolean {
  const isOpen = !repository.private && access === "read" && READ_BY_ALL.has(permission)
  if (token === undefined) return isOpen
  if (token.permissions !== undefined) {
    const given = token.permissions[permission]
    return isOpen || permission === "metadata" || given === "write" || given === access
  }
  const role = repository.roles.get(token.user.login.toLowerCase())
  if (role === "admin") return true
  if (role === "write") return permission !== "administration" || access === "read"
  const isMember = role === "read" || !repository.private
  return isOpen || (isMember && (access === "read" ? READ_BY_ALL : WRITTEN_BY_ALL).has(permission))
}

export function refuseWithout(call: Call, permission: Permission, access: Access): void {
  if (call.can(permission, access)) return
  if (call.token === undefined) throw access === "read" ? notFound() : new Refusal(401, "Requires authentication")
  if (call.token.permissions !== undefined) throw new Refusal(403, "Resource not accessible by integration")
  // Who cannot write is not told that there is something to write to.
  throw access === "write" ? notFound() : new Refusal(403, "Must have admin rights to Repository.")
}
