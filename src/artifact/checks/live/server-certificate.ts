import { CLIENTS, type Client } from "../../../domain/clients.ts"
import { type Finding, finding } from "../../../domain/findings.ts"
import type { Instant } from "../../../domain/instant.ts"
import { CLIENT_HABITS } from "../../../domain/live/client-habits.ts"
import type { TlsFacts } from "../../../domain/live/probes.ts"
import { EXTENDED_KEY_USAGE } from "../../x509.ts"
import { buildChain, type ChainProblem, verifyChain } from "../../x509-chain.ts"
import { type Certificate, readCertificate, verifyIssued } from "../../x509-read.ts"
import { attempt } from "../attempt.ts"
import { CERTIFICATES_MAXIMUM } from "../certificate-file.ts"
import { except, GO, JAVA, PYTHON, union } from "../readers.ts"
import { namesText, provesName } from "./names.ts"

/** What a server's certificate is measured by. */
export interface ServerExpectations {
  readonly now: Instant
  /** Of ca.crt, in their order. */
  readonly anchors: readonly Certificate[]
  /** The row, and what the certificate belongs to, e.g. "metadata" or a host id. */
  readonly row: "L2" | "L6"
  readonly subject: string
  /** How a sentence names the server, e.g. "the metadata service". */
  readonly server: string
}

/** Those who hand trust on only up to a certificate that signed itself: OpenSSL by default, and C# by its own rule. */
const SELF_SIGNED_ANCHORS: readonly Client[] = union(PYTHON, ["nodejs", "cpp", "csharp"])
/** OpenSSL 3 at its default level, and Go; C++ comes with older ones, and Java forbids SHA-1 only below CAs of its own. */
const REFUSE_SHA1: readonly Client[] = union(PYTHON, ["nodejs"], GO)
/** OpenSSL wants serverAuth by name; Java and Go take anyExtendedKeyUsage for it. */
const WANT_SERVER_AUTH: readonly Client[] = union(PYTHON, ["nodejs", "cpp"])
const ANY_USAGE = "2.5.29.37.0"

function readChain({ chain }: TlsFacts): readonly Certificate[] {
  const read = attempt(() => chain.slice(0, CERTIFICATES_MAXIMUM).map(readCertificate))
  return read.ok ? read.value : []
}

/** The chain, as `clients` would verify it up to ca.crt. */
export function checkServerChain(
  tls: TlsFacts,
  expected: ServerExpectations,
  clients: readonly Client[],
): readonly Finding[] {
  const { anchors, now, server } = expected
  const [leaf, ...others] = readChain(tls)
  /** What concerns none of those who met this chain is not said here; what breaks nobody is a warning. */
  const say: Say = (cause, message, breaks) => {
    const concerned = only(breaks, clients)
    if (concerned.length === 0 && breaks.length > 0) return []
    const severity = breaks.length === 0 ? "warning" : "error"
    return [finding(expected.row, expected.subject, message, { breaks: concerned, cause, severity })]
  }
  if (leaf === undefined) return say("chain-untrusted", `${server} shows no certificate that can be read`, clients)
  if (anchors.length === 0) return [] // ca.crt has a finding of its own
  const fitness = checkFitness(leaf, server, say)
  // Java asks no anchor for its age.
  const concerned = ({ kind, subject }: ChainProblem): readonly Client[] =>
    /expired|not-yet-valid/.test(kind) && anchors.some(({ facts }) => facts.subject === subject)
      ? except(clients, ...JAVA)
      : clients
  const problems = verifyChain(leaf, others, anchors, now, EXTENDED_KEY_USAGE.serverAuth)
  const found: Finding[] = [...fitness, ...problems.flatMap(problem => judge(problem, server, say, concerned(problem)))]
  const end = buildChain(leaf, others, anchors).at(-1)
  // An intermediate certificate in ca.crt ends a chain, unless its root is there too.
  const last = anchors.find(anchor => end !== undefined && end !== anchor && verifyIssued(end, anchor)) ?? end
  if (last === undefined || problems.some(({ kind }) => kind === "unknown-issuer" || kind === "bad-signature")) {
    return found
  }
  if (!last.facts.selfSigned) {
    const message = `the chain of ${server} ends in ca.crt at ${last.facts.subject}, which is no root`
    found.push(...say("chain-untrusted", message, SELF_SIGNED_ANCHORS))
  } else if (anchors[0]?.facts.sha256 !== last.facts.sha256) {
    const message = `the chain of ${server} ends at ${last.facts.subject}, which is not the first certificate of ca.crt`
    found.push(...say("chain-not-first", message, ["csharp"]))
  }
  return found
}

type Say = (cause: string, message: string, breaks: readonly Client[]) => readonly Finding[]

/** What RFC 5280 leaves open, and clients see differently. */
function checkFitness(
  { facts, keyUsage, extendedKeyUsage }: Certificate,
  server: string,
  say: Say,
): readonly Finding[] {
  const usages = extendedKeyUsage ?? []
  const anyUsage = usages.includes(ANY_USAGE) && !usages.includes(EXTENDED_KEY_USAGE.serverAuth)
  const noSignature = keyUsage !== undefined && !keyUsage.has("digitalSignature")
  return [
    ...(anyUsage
      ? say(
          "chain-purpose",
          `the certificate of ${server} is for any purpose, not for servers by name`,
          WANT_SERVER_AUTH,
        )
      : []),
    ...(noSignature
      ? say("chain-purpose", `the certificate of ${server} may not sign (key usage of ${facts.subject})`, JAVA)
      : []),
  ]
}

function judge(
  { kind, message }: ChainProblem,
  server: string,
  say: Say,
  clients: readonly Client[],
): readonly Finding[] {
  switch (kind) {
    case "expired":
    case "not-yet-valid":
      return say("chain-expired", `the certificate of ${server} is not valid now: ${message}`, clients)
    case "wrong-purpose":
      return say("chain-purpose", `the certificate of ${server} is not for servers: ${message}`, clients)
    case "unknown-issuer":
    case "bad-signature":
      return say("chain-untrusted", `the chain of ${server} does not lead to ca.crt: ${message}`, clients)
    case "weak-signature":
      return say("chain-weak", `the chain of ${server} is weak: ${message}`, REFUSE_SHA1)
    case "weak-key":
      return say("chain-weak", `the chain of ${server} is weak: ${message}`, PYTHON)
    case "leaf-is-ca":
      return say("chain-broken", `the certificate of ${server} is that of a CA: ${message}`, [])
    default:
      return say("chain-broken", `the chain of ${server} breaks a rule: ${message}`, clients)
  }
}

/** The names on the metadata port. */
export function checkServiceName(
  tls: TlsFacts,
  host: string,
  expected: ServerExpectations,
  clients: readonly Client[],
): readonly Finding[] {
  const [leaf] = readChain(tls)
  if (leaf === undefined) return []
  const breaks = clients.filter(client => {
    const rule = CLIENT_HABITS[client].metadata?.names
    return rule !== undefined && !provesName(leaf, host, rule)
  })
  if (breaks.length === 0) return []
  const message = `the certificate of ${expected.server} is for ${namesText(leaf)}: expected ${host}`
  return [finding(expected.row, expected.subject, message, { breaks, cause: "service-name" })]
}

export interface NodeNames {
  readonly proxy: string
  /** What the system calls the proxy, where it is an address. */
  readonly proxyName: string | undefined
  readonly config: string | undefined
  readonly hostId: string
}

/** The names in a node's certificate: everybody looks for another one. */
export function checkNodeNames(
  tls: TlsFacts,
  names: NodeNames,
  expected: ServerExpectations,
  clients: readonly Client[],
): readonly Finding[] {
  const [leaf] = readChain(tls)
  if (leaf === undefined) return []
  const lost = clients.filter(client => !provesNode(leaf, names, client))
  const ofConfig = lost.filter(client => CLIENT_HABITS[client].cql.names?.of === "config host")
  const ofProxy = lost.filter(client => !ofConfig.includes(client))
  const say = (cause: string, wanted: string, breaks: readonly Client[]): readonly Finding[] => {
    if (breaks.length === 0) return []
    const message = `the certificate of ${expected.server} is for ${namesText(leaf)}: expected ${wanted}`
    return [finding(expected.row, expected.subject, message, { breaks, cause, ...versionsOf(breaks) })]
  }
  return [
    ...say("node-name-proxy", `${names.proxy}, the proxy`, ofProxy),
    ...say("node-name-config", `${names.config}, the host of config.json`, ofConfig),
  ]
}

function provesNode(leaf: Certificate, names: NodeNames, client: Client): boolean {
  const { proxy, proxyName = proxy, config, hostId } = names
  const habit = CLIENT_HABITS[client].cql.names
  if (habit === undefined) return true
  const { rule, of } = habit
  if (of === "config host") return config === undefined || provesName(leaf, config, rule)
  // Java asks the system for the name of an address (InetSocketAddress.getHostName)
  if (of === "proxy or host id") return provesName(leaf, proxyName, rule) || provesName(leaf, hostId, rule)
  return provesName(leaf, proxy, rule)
}

function versionsOf(breaks: readonly Client[]): Pick<Finding, "versions"> {
  const ranges = breaks.flatMap(client => {
    const range = CLIENT_HABITS[client].cql.names?.versions
    return range === undefined ? [] : [[client, range] as const]
  })
  return ranges.length === 0 ? {} : { versions: Object.fromEntries(ranges) }
}

function only(breaks: readonly Client[], clients: readonly Client[]): readonly Client[] {
  return CLIENTS.filter(client => breaks.includes(client) && clients.includes(client))
}
