/** Why drivers could not use `host` as the name of the endpoint, or undefined if they can (RFC 1123 §2.1 as certificates spell names). */
export function hostProblem(host: string): string | undefined {
  if (host.includes(":") || /(?:^|\.)(?:\d+|0[xX][\da-fA-F]*)\.?$/.test(host)) {
    return "it is an IP address, and drivers check certificates against a name"
  }
  if (/(?:^|\.)localhost\.?$/i.test(host)) return "it means another machine to everybody who reads it"
  if (host !== host.toLowerCase()) return "it has upper-case letters, and some drivers compare names letter by letter"
  const labels = host.split(".")
  if (host.length > 253 || !labels.every(label => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) {
    return "it is not a DNS name"
  }
  return undefined
}
