/**
 * Why `text` is not the SPIFFE ID of a workload, or undefined if it is (SPIFFE-ID §2: 2.1 trust domain, 2.2 path,
 * 2.3 size; X509-SVID §2 wants a path in a leaf certificate).
 */
export function spiffeProblem(text: string): string | undefined {
  const match = /^spiffe:\/\/([^/]*)(\/.*)?$/s.exec(text)
  if (match === null) return "it does not begin with spiffe:// in lower case"
  const [, domain = "", path = ""] = match
  if (text.length > 2048) return "it is longer than 2048 bytes"
  if (!/^[a-z0-9._-]{1,255}$/.test(domain)) {
    return "its trust domain may hold lower-case letters, digits, dots, hyphens and underscores, at most 255"
  }
  if (path === "") return "it has no path, so it names a whole trust domain"
  if (path.endsWith("/")) return "it ends in a slash"
  const segments = path.slice(1).split("/")
  if (segments.some(segment => segment === "" || segment === "." || segment === "..")) {
    return "its path has an empty, `.` or `..` segment"
  }
  if (!segments.every(segment => /^[A-Za-z0-9._-]+$/.test(segment))) {
    return "its path may hold letters, digits, dots, hyphens and underscores only"
  }
  return undefined
}
