import type { NameRule } from "../../../domain/live/client-habits.ts"
import { members, parseDer, readOid, readText, TAG } from "../../der.ts"
import type { Certificate } from "../../x509-read.ts"
import { attempt } from "../attempt.ts"

const COMMON_NAME = "2.5.4.3"

/** The names that a server's certificate proves. */
interface ServerNames {
  /** The last one, as OpenSSL and Java have it. */
  readonly common: string | undefined
  readonly dns: readonly string[]
  readonly uriHosts: readonly string[]
  /** Lower-case hex. */
  readonly addresses: readonly string[]
  readonly hasAlternatives: boolean
}

/** Those who drop the dot that may end a name in DNS, and never does in a certificate. */
const FORGIVES_DOT: ReadonlySet<NameRule> = new Set(["java", "nodejs", "go"])

/** Whether a client that compares by `rule` takes `certificate` for one of `name`, which may be an IP address. */
export function provesName(certificate: Certificate, name: string, rule: NameRule): boolean {
  const host = FORGIVES_DOT.has(rule) ? name.replace(/\.$/, "") : name
  const names = namesOf(certificate)
  const address = addressHex(host)
  const { common } = names
  const commonNames = common === undefined ? [] : [common]
  switch (rule) {
    case "java": // sun.security.util.HostnameChecker: alternative names, the common name where no DNS name is
      if (address !== undefined) return names.addresses.includes(address)
      return (names.dns.length > 0 ? names.dns : commonNames).some(each => matches(each, host, "any label"))
    case "nodejs": // tls.checkServerIdentity
      if (address !== undefined) return names.addresses.includes(address)
      return (names.dns.length > 0 ? names.dns : commonNames).some(each => matches(each, host, "part of a label"))
    case "nodejs-driver": {
      // lib/datastax/cloud/index.js checkServerIdentity: letter by letter, hosts of URIs are names, addresses are not
      if (common === host) return true
      const alternatives = [...names.dns, ...names.uriHosts]
      return (alternatives.length > 0 ? alternatives : commonNames).some(each => matchesExactly(each, host))
    }
    case "python": // ssl.match_hostname
      if (address !== undefined) return names.addresses.includes(address)
      return (names.dns.length > 0 ? names.dns : commonNames).some(each => matches(each, host, "whole label"))
    case "go": // crypto/x509 VerifyHostname
      if (address !== undefined) return names.addresses.includes(address)
      return names.dns.some(each => matches(each, host, "whole label"))
    case "cpp": // ssl_openssl_impl.cpp
      if (address !== undefined) return false
      return (names.hasAlternatives ? names.dns : commonNames).some(each => matches(each, host, "part of a label"))
    case "csharp": // CustomCACertificateValidator.cs: a wildcard stands for any depth
      return [...commonNames, ...names.dns].some(each => matches(each, host, "any depth"))
  }
}

/** For people: what the certificate proves. */
export function namesText(certificate: Certificate): string {
  const { common, dns } = namesOf(certificate)
  const alternatives = dns.length === 0 ? "no DNS alternative name" : dns.join(", ")
  return `${alternatives}${common === undefined ? "" : `; CN ${common}`}`
}

function namesOf(certificate: Certificate): ServerNames {
  const { alternativeNames } = certificate
  const values = (kind: "dns" | "uri" | "ip") =>
    alternativeNames.filter(name => name.kind === kind).map(name => name.value)
  return {
    common: commonNameOf(certificate),
    dns: values("dns"),
    uriHosts: values("uri").map(uri => (URL.canParse(uri) ? new URL(uri).hostname : "")),
    addresses: values("ip"),
    hasAlternatives: alternativeNames.length > 0,
  }
}

function commonNameOf({ subject }: Certificate): string | undefined {
  const found = attempt(() =>
    members(parseDer(subject))
      .flatMap(relative => members(relative, TAG.SET))
      .map(attribute => members(attribute))
      .filter(([type]) => readOid(type) === COMMON_NAME)
      .map(([, value]) => (value === undefined ? "" : readText(value))),
  )
  return found.ok ? found.value.at(-1) : undefined
}

type Wildcard = "whole label" | "part of a label" | "any label" | "any depth"

function matches(pattern: string, host: string, wildcard: Wildcard): boolean {
  const [lowPattern, lowHost] = [pattern.toLowerCase(), host.toLowerCase()]
  if (lowPattern === lowHost) return true
  if (!lowPattern.includes("*")) return false
  if (wildcard === "any depth") return lowPattern.startsWith("*.") && lowHost.endsWith(lowPattern.slice(1))
  const [patterns, labels] = [lowPattern.split("."), lowHost.split(".")]
  if (patterns.length !== labels.length || patterns.length < 3) return false
  return patterns.every((each, index) => {
    if (each === labels[index]) return true
    if (wildcard === "whole label") return index === 0 && each === "*"
    return (index === 0 || wildcard === "any label") && matchesLabel(each, labels[index] ?? "")
  })
}

/** The Node.js driver's own comparison: upper case differs, one wildcard in the first of at least three labels. */
function matchesExactly(pattern: string, host: string): boolean {
  const [first = "", ...rest] = pattern.split(".")
  const [label = "", ...hostRest] = host.split(".")
  if (rest.join(".") !== hostRest.join(".")) return false
  return first === label || (rest.length > 1 && !first.includes("xn--") && matchesLabel(first, label))
}

/** One `*` stands for any part of the label. */
function matchesLabel(pattern: string, label: string): boolean {
  const [start = "", end, ...more] = pattern.split("*")
  if (end === undefined || more.length > 0) return false
  return label.length >= start.length + end.length && label.startsWith(start) && label.endsWith(end)
}

/** Of an IPv4 or IPv6 address; undefined for a name. */
function addressHex(host: string): string | undefined {
  const bytes = /^\d+(?:\.\d+){3}$/.test(host) ? host.split(".").map(Number) : ipv6Bytes(host)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex")
}

function ipv6Bytes(host: string): readonly number[] | undefined {
  if (!host.includes(":")) return undefined
  const [before = "", after] = host.split("::")
  const groups = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"))
  const [left, right] = [groups(before), groups(after)]
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0")
  return [...left, ...zeros, ...right]
    .slice(0, 8)
    .map(group => Number.parseInt(group, 16))
    .flatMap(value => [value >> 8, value & 0xff])
}
