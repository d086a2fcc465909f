/** Which permission of a token a request needs (docs.github.com/rest/authentication/permissions-required-for-github-apps). */
const PERMISSIONS: readonly (readonly [path: RegExp, permission: string])[] = [
  [/\/(?:rulesets|rules)\b|\/branches\/[^/]+\/protection|\/immutable-releases/, "administration"],
  [/\/check-(?:runs|suites)\b/, "checks"],
  [/\/(?:issues|labels)\b/, "issues"],
  [/\/pulls\b/, "pull-requests"],
  [/\/pages\b/, "pages"],
  [/\/actions\b|\/environments\b/, "actions"],
]

/** `contents: write` and the like. */
export function permissionFor(method: string, path: string): string {
  const [, permission = "contents"] = PERMISSIONS.find(([pattern]) => pattern.test(path)) ?? []
  return `${permission}: ${["GET", "HEAD"].includes(method) ? "read" : "write"}`
}
