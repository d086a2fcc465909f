import { CLIENTS, type Client } from "../../../domain/clients.ts"
import { type Finding, finding } from "../../../domain/findings.ts"
import type { Instant } from "../../../domain/instant.ts"
import { CLIENT_HABITS } from "../../../domain/live/client-habits.ts"
import type { BundleTarget, LiveFacts, PlaceSeen } from "../../../domain/live/live-facts.ts"
import type { HttpAnswer, NameAnswer } from "../../../domain/live/probes.ts"
import { type Certificate, readCertificate } from "../../x509-read.ts"
import { attempt } from "../attempt.ts"
import { except, union } from "../readers.ts"
import { failureCause, failureText, UNANSWERED } from "./failures.ts"
import { checkMetadataDocument, METADATA_READERS } from "./metadata-document.ts"
import { type CheckedResponse, checkMetadataResponse } from "./metadata-response.ts"
import { checkNodes, NAMING, sharesProxy } from "./nodes.ts"
import { checkServerChain, checkServiceName, type ServerExpectations } from "./server-certificate.ts"

/** Who asks for the metadata in which way. */
const ASKING = {
  usual: METADATA_READERS.filter(client => CLIENT_HABITS[client].metadata?.highest === "TLSv1.3"),
  tls12: ["csharp"],
  plain: ["cpp"],
} as const satisfies Record<string, readonly Client[]>

/** L1 to L8: what was seen of a live cluster, and whom it breaks. In the order in which a driver meets it. Never throws. */
export function checkLive(target: BundleTarget, facts: LiveFacts, now: Instant): readonly Finding[] {
  const anchors = attempt(() => target.anchors.map(readCertificate))
  const trusted = anchors.ok ? anchors.value : []
  return merged([
    ...checkServiceNames(target, facts),
    ...checkReach(facts.serviceAddresses, "the metadata service", "L1", METADATA_READERS),
    ...checkMetadata(target, facts, trusted, now),
    ...checkProxyNames(target, facts),
    ...checkReach(facts.proxyAddresses, "the proxy", "L6", sharesProxy(target, facts) ? CLIENTS : NAMING),
    ...checkNodes(target, facts, trusted, now),
  ]).map(each => refusedAlone(each, target.presenters))
}

/** Whoever presents another certificate may be let in. */
function refusedAlone(found: Finding, presenters: readonly Client[]): Finding {
  const isRefusal = found.cause === "client-certificate-refused" || found.message.endsWith(UNANSWERED)
  if (!isRefusal || found.breaks === undefined) return found
  return { ...found, breaks: found.breaks.filter(client => presenters.includes(client)) }
}

/** The document of the first answer that has one, that of C++ last. `cqlPort` is what config.json says. */
export function documentOf(
  { metadata }: Pick<LiveFacts, "metadata">,
  cqlPort: number | undefined,
): ReturnType<typeof checkMetadataDocument> | undefined {
  const { usual, followed, tls12, plain, anonymous } = metadata
  const asked = [
    [usual, ASKING.usual],
    [followed, ASKING.usual],
    [tls12, ASKING.tls12],
    [plain, ASKING.plain],
    [anonymous, []],
  ] as const
  for (const [answer, clients] of asked) {
    const body = answer?.kind === "answered" ? checkMetadataResponse(answer, clients).body : undefined
    if (body !== undefined) return checkMetadataDocument(body, cqlPort)
  }
  return undefined
}

/** L5 for the host of config.json, which everybody resolves by the system. */
function checkServiceNames({ host }: BundleTarget, { names }: LiveFacts): readonly Finding[] {
  const answer = host === undefined ? undefined : names.get(host)
  if (host === undefined || answer === undefined) return []
  if (answer.system.kind === "failed") return [unknownName(host, answer, CLIENTS)]
  return hasIpv4(answer)
    ? []
    : [l5("name-without-ipv4", `${host} has IPv6 addresses alone: expected an A record`, ["csharp", "cpp"])]
}

/** L5 for the proxy, which Node.js looks up by itself. */
function checkProxyNames({ host }: BundleTarget, { names, proxy }: LiveFacts): readonly Finding[] {
  const answer = proxy === undefined ? undefined : names.get(proxy.host)
  if (proxy === undefined || answer === undefined) return []
  if (answer.system.kind === "failed" && answer.ipv4.kind === "failed") {
    return proxy.host === host ? [] : [unknownName(proxy.host, answer, NAMING)]
  }
  const findings: Finding[] = []
  if (answer.ipv4.kind === "failed") {
    const why = hasIpv4(answer) ? "stands in the hosts file alone" : "has IPv6 addresses alone"
    const cause = hasIpv4(answer) ? "name-not-in-dns" : "name-without-ipv4"
    const message = `${proxy.host} ${why} (${answer.ipv4.reason}): expected an A record`
    findings.push(l5(cause, message, hasIpv4(answer) ? ["nodejs"] : ["nodejs", "csharp", "cpp"]))
  }
  if (answer.system.kind === "failed") findings.push(unknownName(proxy.host, answer, except(NAMING, "nodejs")))
  return findings
}

function hasIpv4({ system }: NameAnswer): boolean {
  return system.kind === "found" && system.addresses.some(address => !address.includes(":"))
}

function unknownName(host: string, { system, ipv4 }: NameAnswer, breaks: readonly Client[]): Finding {
  const reason = system.kind === "failed" ? system.reason : ipv4.kind === "failed" ? ipv4.reason : ""
  return l5("name-unknown", `${host} has no address (${reason}): expected an A record`, breaks)
}

/** Drivers try one address after the other, or one by chance: a dead one slows them down. */
function checkReach(
  seen: readonly PlaceSeen[],
  server: string,
  row: "L1" | "L6",
  clients: readonly Client[],
): readonly Finding[] {
  const dead = seen.flatMap(({ place, answer }) => (answer.kind === "failed" ? [{ place, answer }] : []))
  const all = dead.length === seen.length
  return dead.map(({ place, answer }) => {
    const at = place.address.includes(":") ? `[${place.address}]:${place.port}` : `${place.address}:${place.port}`
    const message = `${server} at ${at} ${failureText(answer)}`
    return finding(row, row === "L1" ? "metadata" : "proxy", message, {
      breaks: all ? clients : [],
      severity: all ? "error" : "warning",
      cause: row === "L1" ? "service-unreachable" : "proxy-unreachable",
    })
  })
}

/** L1 to L4 and L8 of the metadata service. */
function checkMetadata(
  target: BundleTarget,
  { metadata }: LiveFacts,
  anchors: readonly Certificate[],
  now: Instant,
): readonly Finding[] {
  const server = "the metadata service"
  const expected: ServerExpectations = { now, anchors, row: "L2", subject: "metadata", server }
  const judged = (answer: HttpAnswer | undefined, clients: readonly Client[]): readonly Finding[] => {
    if (answer === undefined) return []
    if (answer.kind === "failed") {
      if (answer.stage === "tcp") return [] // said of its address
      return [
        finding("L1", "metadata", `${server} ${failureText(answer)}`, { breaks: clients, cause: serviceCause(answer) }),
      ]
    }
    return [
      ...checkServerChain(answer.tls, expected, clients),
      ...(target.host === undefined ? [] : checkServiceName(answer.tls, target.host, expected, clients)),
      ...checkMetadataResponse(answer, clients).findings,
    ]
  }
  return [
    ...judged(metadata.usual, ASKING.usual),
    ...judged(
      metadata.followed,
      ASKING.usual.filter(client => CLIENT_HABITS[client].metadata?.followsRedirects),
    ),
    ...judged(metadata.tls12, ASKING.tls12),
    ...judged(metadata.plain, ASKING.plain),
    ...checkVersions(metadata.usual),
    ...(documentOf({ metadata }, target.cqlPort)?.findings ?? []),
    ...checkAnonymous(metadata.anonymous),
  ]
}

function serviceCause(answer: Extract<HttpAnswer, { kind: "failed" }>): string {
  const cause = failureCause(answer)
  return cause === "tls" || cause === "name-refused" ? "service-tls" : cause
}

function checkVersions(usual: HttpAnswer | undefined): readonly Finding[] {
  if (usual?.kind !== "answered" || usual.tls.version !== "TLSv1.2") return []
  return [
    finding("L1", "metadata", "the metadata service does not offer TLS 1.3", {
      severity: "note",
      cause: "tls-version",
    }),
  ]
}

/** L8: a page of an error is a refusal too, as nginx gives it. */
function checkAnonymous(answer: HttpAnswer | undefined): readonly Finding[] {
  if (answer?.kind !== "answered") return []
  const { body }: CheckedResponse = checkMetadataResponse(answer, [])
  if (body === undefined) return []
  return [
    finding("L8", "metadata", "the metadata service answers without a client certificate", { cause: "anonymous" }),
  ]
}

/** What several ways of asking have in common is said once. */
function merged(findings: readonly Finding[]): readonly Finding[] {
  const byText = new Map<string, Finding>()
  for (const each of findings) {
    const key = `${each.code} ${each.severity} ${each.subject} ${each.message}`
    const before = byText.get(key)
    byText.set(key, before === undefined ? each : { ...before, breaks: union(before.breaks ?? [], each.breaks ?? []) })
  }
  return [...byText.values()]
}

function l5(cause: string, message: string, breaks: readonly Client[]): Finding {
  return finding("L5", "name", message, { breaks, cause })
}
