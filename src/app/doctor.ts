import { readTarget } from "../artifact/bundle-target.ts"
import { checkBundle } from "../artifact/checks/check-bundle.ts"
import { SERVER_DECIDES } from "../artifact/checks/client-certificate.ts"
import { checkLive, documentOf } from "../artifact/checks/live/check-live.ts"
import { redirectPath } from "../artifact/checks/live/metadata-response.ts"
import { toldHostIds } from "../artifact/checks/live/nodes.ts"
import { oldFashioned } from "../artifact/old-fashioned.ts"
import type { Client } from "../domain/clients.ts"
import type { Finding } from "../domain/findings.ts"
import type { Instant } from "../domain/instant.ts"
import { CLIENT_HABITS } from "../domain/live/client-habits.ts"
import { type Diagnosis, type Driver, likelyCause, type Step, verdictOf } from "../domain/live/diagnosis.ts"
import type {
  BundleTarget,
  LiveFacts,
  MetadataProbes,
  NodeProbes,
  PlaceSeen,
  ProxyAddress,
} from "../domain/live/live-facts.ts"
import type { CqlProbe, NameAnswer, Place } from "../domain/live/probes.ts"
import type { Network } from "../ports.ts"
import { cqlStep, httpStep, nameStep, reachStep, refusalStep, skippedStep } from "./doctor-steps.ts"

export interface DoctorOptions {
  readonly now: Instant
  /** Whose verdicts are wanted; a platform has those of its client. */
  readonly drivers: readonly Driver[]
  readonly login?: { readonly username: string; readonly password: string }
}

/** Addresses of a name, and nodes, that are looked at: more of them tell nothing new. */
const ADDRESSES_MAXIMUM = 4
const NODES_MAXIMUM = 16
/** A host id that no node has. */
const STRANGER = "ffffffff-ffff-4fff-bfff-ffffffffffff"

/**
 * Everything that is wrong between a bundle and its cluster: the file, and, where there is a network, every step that a
 * driver takes. Nothing stops it early: what cannot be known from the step before is guessed from config.json.
 */
export async function diagnose(
  bundle: Uint8Array,
  network: Network | undefined,
  options: DoctorOptions,
): Promise<Diagnosis> {
  const { now, drivers } = options
  const clients = drivers.map(({ client }) => client)
  const target = readTarget(bundle)
  const seen = network === undefined ? undefined : await look(target, network, options.login)
  const offline = checkBundle(bundle, now, { clients }).map(each => (isTaken(seen?.facts) ? taken(each) : each))
  const live = seen === undefined ? [] : concerning(checkLive(target, seen.facts, now), clients)
  const findings = [...offline, ...live]
  const cause = likelyCause(findings, drivers)
  return {
    at: now,
    steps: [fileStep(offline), ...(seen?.steps ?? [skippedStep("live cluster", "not looked at: --offline")])],
    findings,
    verdicts: drivers.map(each => verdictOf(each, findings, seen !== undefined && isSeen(each.client, seen.facts))),
    ...(cause === undefined ? {} : { likelyCause: cause }),
    oldFashioned: oldFashioned(bundle),
  }
}

/** Whether the bundle's certificate got through to the metadata and to a node. */
function isTaken(facts: LiveFacts | undefined): boolean {
  if (facts?.metadata.usual?.kind !== "answered") return false
  return facts.nodes.contactPoints.some(({ answer }) => answer.kind === "answered" && answer.outcome.kind !== "silent")
}

/** A fault that this server does not mind; but .NET does not even send what is not for clients. */
function taken(found: Finding): Finding {
  if (found.cause !== SERVER_DECIDES) return found
  if (found.code === "K5") return { ...found, breaks: found.breaks?.filter(client => client === "csharp") ?? [] }
  return { ...found, severity: "warning", breaks: [] }
}

function concerning(findings: readonly Finding[], clients: readonly Client[]): readonly Finding[] {
  return findings.flatMap(each => {
    const { breaks = [] } = each
    if (breaks.length === 0) return [each]
    return breaks.some(client => clients.includes(client)) ? [each] : []
  })
}

/** Whether the last thing that this client does was seen to work or not. */
function isSeen(client: Client, { metadata, nodes }: LiveFacts): boolean {
  const { serverName, highest } = CLIENT_HABITS[client].cql
  if (!serverName) return nodes.unnamed !== undefined
  if (highest === "TLSv1.2") return nodes.tls12 !== undefined && metadata.usual !== undefined
  return nodes.contactPoints.length > 0 && metadata.usual !== undefined
}

function fileStep(findings: readonly Finding[]): Step {
  const errors = findings.filter(each => each.severity === "error").length
  if (errors === 0) return { title: "bundle", outcome: "passed", detail: "every file that drivers read is sound" }
  return { title: "bundle", outcome: "failed", detail: `${errors} ${errors === 1 ? "error" : "errors"} in the file` }
}

interface Seen {
  readonly facts: LiveFacts
  readonly steps: readonly Step[]
}

type Login = DoctorOptions["login"]

async function look(target: BundleTarget, network: Network, login: Login): Promise<Seen> {
  const steps: Step[] = []
  const names = new Map<string, NameAnswer>()
  /** Looks a name up once, and knocks at each of its addresses. */
  const reach = async (what: string, { host, port }: ProxyAddress): Promise<readonly PlaceSeen[]> => {
    if (!isAddress(host) && !names.has(host)) {
      const answer = await network.resolve(host)
      names.set(host, answer)
      steps.push(nameStep(host, answer))
    }
    const places = addressesOf(host, names.get(host)).map(address => ({ address, port }))
    const seen = await Promise.all(places.map(async place => ({ place, answer: await network.connect(place) })))
    steps.push(...seen.map(each => reachStep(what, each)))
    return seen
  }

  const service =
    target.host === undefined || target.port === undefined ? undefined : { host: target.host, port: target.port }
  const serviceAddresses = service === undefined ? [] : await reach("metadata service", service)
  const servicePlace = firstOpen(serviceAddresses)
  const metadata =
    servicePlace === undefined || service === undefined
      ? NOTHING_ASKED
      : await askService(servicePlace, service.host, target, network)
  steps.push(...metadataSteps(metadata, service))
  const document = documentOf({ metadata }, target.cqlPort)?.document

  const proxy = proxyOf(target, document?.proxy)
  const shares = proxy !== undefined && service?.host === proxy.host && service.port === proxy.port
  const proxyAddresses = proxy === undefined ? [] : shares ? serviceAddresses : await reach("proxy", proxy)
  const { shell = proxy } = target
  const shellAddresses =
    shell === undefined || (shell.host === proxy?.host && shell.port === proxy.port)
      ? proxyAddresses
      : await reach("proxy of cqlshrc", shell)
  const nodes = await askNodes(
    { proxy: firstOpen(proxyAddresses), shell: firstOpen(shellAddresses) },
    document?.contactPoints ?? [],
    { target, network, login: login ?? target.login },
  )
  const proxyName = proxy !== undefined && isAddress(proxy.host) ? await network.nameOf(proxy.host) : undefined
  steps.push(...nodeSteps(nodes))
  const hasLogin = login !== undefined
  return {
    facts: { names, serviceAddresses, metadata, document, proxy, proxyAddresses, proxyName, hasLogin, nodes },
    steps,
  }
}

const NOTHING_ASKED: MetadataProbes = {
  usual: undefined,
  tls12: undefined,
  plain: undefined,
  anonymous: undefined,
  followed: undefined,
}

async function askService(
  place: Place,
  host: string,
  { identity }: BundleTarget,
  network: Network,
): Promise<MetadataProbes> {
  const common = { ...place, host, path: "/metadata", httpVersion: "1.1" } as const
  const named = isAddress(host) ? common : { ...common, serverName: host }
  const anonymous = network.request({ ...named, highest: "TLSv1.3" })
  if (identity === undefined) return { ...NOTHING_ASKED, anonymous: await anonymous }
  const asUsual = { ...named, highest: "TLSv1.3", identity } as const
  const [usual, tls12, plain] = await Promise.all([
    network.request(asUsual),
    network.request({ ...named, highest: "TLSv1.2", identity }),
    network.request({ ...common, highest: "TLSv1.2", identity, path: "/metadata?version=1", httpVersion: "1.0" }),
  ])
  const path = redirectPath(usual, host, place.port)
  const followed = path === undefined ? undefined : await network.request({ ...asUsual, path })
  return { usual, tls12, plain, followed, anonymous: await anonymous }
}

interface NodeAsking {
  readonly target: BundleTarget
  readonly network: Network
  readonly login: Login
}

const NO_NODES: NodeProbes = {
  contactPoints: [],
  peers: [],
  tls12: undefined,
  unnamed: undefined,
  anonymous: undefined,
  stranger: undefined,
}

async function askNodes(
  { proxy, shell }: { readonly proxy: Place | undefined; readonly shell: Place | undefined },
  hostIds: readonly string[],
  { target: { identity }, network, login }: NodeAsking,
): Promise<NodeProbes> {
  if (identity === undefined) return NO_NODES
  const known = login === undefined ? { identity } : { identity, login }
  const ask = (place: Place | undefined, probe: Omit<CqlProbe, keyof Place>) =>
    place === undefined ? undefined : network.converse({ ...place, ...probe })
  const visit = async (all: readonly string[]): Promise<NodeProbes["contactPoints"]> => {
    if (proxy === undefined) return []
    const probes = all.slice(0, NODES_MAXIMUM).map(async hostId => ({
      hostId,
      answer: await network.converse({ ...proxy, serverName: hostId, highest: "TLSv1.3", ...known }),
    }))
    return Promise.all(probes)
  }
  const [first] = hostIds
  const [contactPoints, tls12, unnamed, anonymous, stranger] = await Promise.all([
    visit(hostIds),
    first === undefined ? undefined : ask(proxy, { serverName: first, highest: "TLSv1.2", ...known }),
    ask(shell, { highest: "TLSv1.3", ...known }),
    first === undefined ? undefined : ask(proxy, { serverName: first, highest: "TLSv1.3" }),
    first === undefined ? undefined : ask(proxy, { serverName: STRANGER, highest: "TLSv1.3", identity }),
  ])
  const listed = new Set(hostIds.map(hostId => hostId.toLowerCase()))
  const peers = await visit(toldHostIds(contactPoints).filter(hostId => !listed.has(hostId)))
  return { contactPoints, peers, tls12, unnamed, anonymous, stranger }
}

/** Where the metadata sends drivers; without it, where config.json says that CQL is spoken. */
function proxyOf({ host, cqlPort, shell }: BundleTarget, said: ProxyAddress | undefined): LiveFacts["proxy"] {
  if (said !== undefined) return { ...said, guessed: false }
  const port = cqlPort ?? shell?.port
  return host === undefined || port === undefined ? undefined : { host, port, guessed: true }
}

function addressesOf(host: string, answer: NameAnswer | undefined): readonly string[] {
  if (isAddress(host)) return [host]
  const lookups = answer === undefined ? [] : [answer.system, answer.ipv4, answer.ipv6]
  const [found] = lookups.flatMap(each => (each.kind === "found" && each.addresses.length > 0 ? [each.addresses] : []))
  return [...new Set(found ?? [])].slice(0, ADDRESSES_MAXIMUM)
}

function isAddress(host: string): boolean {
  return /^(?:\d+(?:\.\d+){3}|[\da-fA-F]*:[\da-fA-F:.]*)$/.test(host)
}

function firstOpen(seen: readonly PlaceSeen[]): Place | undefined {
  return seen.find(({ answer }) => answer.kind === "open")?.place
}

function metadataSteps(metadata: MetadataProbes, service: ProxyAddress | undefined): readonly Step[] {
  if (service === undefined) return [skippedStep("metadata", "config.json does not say where it is")]
  const { usual, followed, tls12, plain, anonymous } = metadata
  if (anonymous === undefined) return [skippedStep("metadata", "there is no connection to ask it over")]
  return [
    ...(usual === undefined
      ? [skippedStep("metadata", "the bundle has no certificate to show")]
      : [httpStep("metadata", usual)]),
    ...(followed === undefined ? [] : [httpStep("metadata where it redirects to", followed)]),
    ...(tls12 === undefined ? [] : [httpStep("metadata over TLS 1.2, as C# asks", tls12)]),
    ...(plain === undefined
      ? []
      : [httpStep("metadata over TLS 1.2 without server name in HTTP/1.0, as C++ asks", plain)]),
    refusalStep("metadata without a certificate", anonymous),
  ]
}

function nodeSteps({ contactPoints, peers, tls12, unnamed, anonymous, stranger }: NodeProbes): readonly Step[] {
  const each = contactPoints.map(({ hostId, answer }) => cqlStep(`node ${hostId}`, answer))
  return [
    ...(each.length === 0 ? [skippedStep("nodes", "no host id is known, or no way to them")] : each),
    ...peers.map(({ hostId, answer }) => cqlStep(`node ${hostId} of system.peers`, answer)),
    ...(tls12 === undefined ? [] : [cqlStep("node over TLS 1.2, as C# and C++ connect", tls12)]),
    ...(unnamed === undefined ? [] : [cqlStep("node without server name, as cqlsh connects", unnamed)]),
    ...(stranger === undefined ? [] : [refusalStep("host id that nobody has", stranger)]),
    ...(anonymous === undefined ? [] : [refusalStep("node without a certificate", anonymous)]),
  ]
}
