import { CLIENTS, type Client } from "../../../domain/clients.ts"
import { type Finding, finding } from "../../../domain/findings.ts"
import type { Instant } from "../../../domain/instant.ts"
import { CLIENT_HABITS } from "../../../domain/live/client-habits.ts"
import type { BundleTarget, LiveFacts, NodeProbes } from "../../../domain/live/live-facts.ts"
import { type CqlAnswer, type CqlOutcome, isByCertificate } from "../../../domain/live/probes.ts"
import { printable } from "../../printable.ts"
import type { Certificate } from "../../x509-read.ts"
import { except, union } from "../readers.ts"
import { failureCause, failureText } from "./failures.ts"
import { checkNodeNames, checkServerChain, type ServerExpectations } from "./server-certificate.ts"

/** Those who go to the host ids of the metadata; some with TLS 1.2 at most. */
export const NAMING: readonly Client[] = CLIENTS.filter(client => CLIENT_HABITS[client].cql.serverName)
const OLD: readonly Client[] = NAMING.filter(client => CLIENT_HABITS[client].cql.highest === "TLSv1.2")
/** Those who log in with `username` and `password` of config.json (row C6). */
const CONFIG_LOGIN: readonly Client[] = ["java3", "python", "nodejs", "cpp"]
const SHELL: readonly Client[] = ["cqlsh"]
const LOCAL: readonly Client[] = CLIENTS.filter(client => CLIENT_HABITS[client].keepsToLocalDatacenter)

/** L6 to L8: everything behind the proxy. */
export function checkNodes(
  target: BundleTarget,
  facts: LiveFacts,
  anchors: readonly Certificate[],
  now: Instant,
): readonly Finding[] {
  const { nodes } = facts
  const { contactPoints } = nodes
  const look = (subject: string, server: string, hostId: string, answer: CqlAnswer, clients: readonly Client[]) =>
    checkNode({ target, facts, hostId, expected: { now, anchors, row: "L6", subject, server } }, answer, clients)
  const each = contactPoints.map(({ hostId, answer }) => {
    const shown = printable(hostId, 60)
    return look(shown, `node ${shown}`, hostId, answer, NAMING)
  })
  const [first] = contactPoints
  const old =
    nodes.tls12 === undefined || first === undefined
      ? []
      : look(
          printable(first.hostId, 60),
          `node ${printable(first.hostId, 60)} over TLS 1.2`,
          first.hostId,
          nodes.tls12,
          OLD,
        )
  const unnamed =
    nodes.unnamed === undefined ? [] : look("proxy", "the proxy, without a server name,", "", nodes.unnamed, SHELL)
  return [
    ...together(bearable(each), contactPoints.length),
    ...news(old, each.flat()),
    ...unnamed.filter(({ breaks }) => breaks?.length !== 0), // the rest has been said of the nodes
    ...checkPeers(nodes),
    ...checkAgreement(facts),
    ...checkStranger(nodes.stranger),
    ...checkAnonymous(nodes.anonymous),
  ]
}

/** What breaks a client at every node is an error; while one node is left to it, it connects, and the rest is a warning. */
function bearable(nodes: readonly (readonly Finding[])[]): readonly Finding[] {
  const broken = (client: Client, findings: readonly Finding[]): boolean =>
    findings.some(each => each.severity === "error" && each.breaks?.includes(client))
  const lost = CLIENTS.filter(client => nodes.length > 0 && nodes.every(findings => broken(client, findings)))
  return nodes.flat().map(each => {
    if (each.severity !== "error" || each.breaks?.length === 0) return each
    const breaks = each.breaks?.filter(client => lost.includes(client)) ?? []
    return { ...each, breaks, ...(breaks.length === 0 ? { severity: "warning" as const } : {}) }
  })
}

/** What is the same of all nodes, but for their names, is said once. */
function together(findings: readonly Finding[], nodes: number): readonly Finding[] {
  const groups = new Map<string, { readonly shared: Finding; readonly own: Finding[] }>()
  for (const each of findings) {
    const shared = { ...each, subject: "nodes", message: each.message.replace(`node ${each.subject}`, "each node") }
    const group = groups.get(JSON.stringify(shared)) ?? { shared, own: [] }
    groups.set(JSON.stringify(shared), group)
    group.own.push(each)
  }
  return [...groups.values()].flatMap(({ shared, own }) => (nodes > 1 && own.length === nodes ? [shared] : own))
}

/** Only what TLS 1.2 changes: the rest has been said of the node already. */
function news(findings: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  return findings.filter(each => !before.some(other => other.code === each.code && other.cause === each.cause))
}

interface Look {
  readonly target: BundleTarget
  readonly facts: LiveFacts
  readonly hostId: string
  readonly expected: ServerExpectations
}

function checkNode(
  { target, facts, hostId, expected }: Look,
  answer: CqlAnswer,
  clients: readonly Client[],
): readonly Finding[] {
  const { subject, server } = expected
  if (answer.kind === "failed") {
    if (answer.stage === "tcp" && (hostId !== "" || sharesProxy(target, facts))) return [] // said of its address
    return [finding("L6", subject, `${server} ${failureText(answer)}`, { breaks: clients, cause: nodeCause(answer) })]
  }
  const { proxy, proxyName } = facts
  const names = { proxy: proxy?.host ?? "", proxyName, config: target.host, hostId }
  return [
    ...checkServerChain(answer.tls, expected, clients),
    ...(facts.proxy === undefined ? [] : checkNodeNames(answer.tls, names, expected, clients)),
    ...checkOutcome(
      answer.outcome,
      { subject, server, hasLogin: facts.hasLogin, byConfig: !facts.hasLogin && target.login !== undefined },
      clients,
    ),
    ...(answer.outcome.kind === "in" && hostId !== "" ? checkIdentity(hostId, answer.outcome.node.hostId) : []),
  ]
}

function nodeCause(trouble: Parameters<typeof failureCause>[0]): string {
  const cause = failureCause(trouble)
  return cause === "tls" || cause === "name-refused" ? "node-unrouted" : cause
}

/** Whether cqlsh goes where drivers go. */
export function sharesProxy({ shell }: BundleTarget, { proxy }: LiveFacts): boolean {
  return shell === undefined || (shell.host === proxy?.host && shell.port === proxy.port)
}

interface OutcomeContext {
  readonly subject: string
  readonly server: string
  /** Whether a login was given to the doctor. */
  readonly hasLogin: boolean
  /** Whether the login that was used is that of config.json. */
  readonly byConfig: boolean
}

/** L7: what the node says to the bundle. */
function checkOutcome(
  outcome: CqlOutcome,
  { subject, server, hasLogin, byConfig }: OutcomeContext,
  clients: readonly Client[],
): readonly Finding[] {
  const say = (cause: string, message: string, more: Partial<Finding> = {}): readonly Finding[] => [
    finding("L7", subject, `${server} ${message}`, { breaks: clients, cause, ...more }),
  ]
  const wantsLogin = (authenticator: string, breaks: readonly Client[]): readonly Finding[] =>
    say("login-wanted", `asks for a login (${authenticator}), which was not given`, {
      severity: "note",
      breaks,
      hint: "give one with --username and SCB_CQL_PASSWORD to see whether it is right",
    })
  switch (outcome.kind) {
    case "in":
      if (outcome.authenticator === undefined) return []
      if (isByCertificate(outcome.authenticator)) return hasLogin ? [] : [formalLogin(clients)]
      // the login may be that of config.json, which only these use
      return byConfig
        ? wantsLogin(outcome.authenticator, except(clients, ...CONFIG_LOGIN)).filter(each => each.breaks?.length !== 0)
        : []
    case "silent": {
      const trouble = { ...outcome, stage: "answer" } as const
      return [
        finding("L6", subject, `${server} ${failureText(trouble)}`, { breaks: clients, cause: nodeCause(trouble) }),
      ]
    }
    case "malformed":
      return say("no-cql", `does not answer in CQL: ${outcome.problem}`)
    case "login-wanted":
      return wantsLogin(outcome.authenticator, clients)
    case "refused": {
      if (outcome.loggedIn) return say("query-refused", `lets the bundle in, and then answers: ${outcome.message}`)
      const identity = /identity '|certificate/i.test(outcome.message)
      const hint = identity
        ? "ADD IDENTITY '…' TO ROLE '…', or check the SPIFFE ID of the certificate"
        : "check the login"
      return say(identity ? "identity-refused" : "login-refused", `answers: ${outcome.message}`, { hint })
    }
  }
}

/** A driver without a login gives up at a question whose answer nobody reads. */
function formalLogin(breaks: readonly Client[]): Finding {
  return finding("L7", "nodes", "nodes ask for a login and do not look at it: the certificate decides", {
    severity: "note",
    breaks,
    cause: "login-formal",
    hint: "give the driver any user name and password, and the doctor any --username",
  })
}

/** Drivers believe the node, and route by what it says. */
function checkIdentity(wanted: string, got: string): readonly Finding[] {
  if (wanted.toLowerCase() === got) return []
  const shown = printable(wanted, 60)
  const message = `host id ${shown} leads to node ${got}: drivers will see nodes that come and go`
  return [finding("L7", shown, message, { breaks: [], cause: "misrouted" })]
}

/** L7 and L4: the data centre that the metadata names is one of the nodes'. */
function checkAgreement({ nodes, document }: LiveFacts): readonly Finding[] {
  const datacenters = new Set(
    nodes.contactPoints.flatMap(({ answer }) =>
      answer.kind === "answered" && answer.outcome.kind === "in" ? [answer.outcome.node.datacenter] : [],
    ),
  )
  if (document === undefined || datacenters.size === 0) return []
  const { localDatacenter, region } = document
  const found = [...datacenters].join(", ")
  const findings: Finding[] = []
  if (localDatacenter !== undefined && !datacenters.has(localDatacenter)) {
    const message = `local_dc is ${printable(localDatacenter, 60)}, and the nodes are in ${found}`
    findings.push(finding("L7", "metadata", message, { breaks: LOCAL, cause: "wrong-datacenter" }))
  } else if (datacenters.size > 1) {
    const message = `contact_points are in ${found}: drivers expect those of ${localDatacenter} alone`
    findings.push(finding("L7", "metadata", message, { breaks: [], severity: "warning", cause: "wrong-datacenter" }))
  }
  if (region !== undefined && !datacenters.has(region)) {
    const message = `region is ${printable(region, 60)}, and the nodes are in ${found}: cql-proxy ignores them all`
    findings.push(finding("L4", "metadata", message, { breaks: ["cql-proxy"], cause: "wrong-region" }))
  }
  return findings
}

/** Host ids as the nodes themselves tell them, each once. */
export function toldHostIds(contactPoints: NodeProbes["contactPoints"]): readonly string[] {
  const told = contactPoints.flatMap(({ answer }) =>
    answer.kind === "answered" && answer.outcome.kind === "in"
      ? [answer.outcome.node.hostId, ...answer.outcome.node.peers]
      : [],
  )
  return [...new Set(told)]
}

/**
 * L6: drivers send the host ids of system tables from their first connection on. Most of them can do without a node;
 * cql-proxy gives up at the first alert (proxycore/connpool.go), and gocql opens no connections by other ids.
 */
function checkPeers({ contactPoints, peers }: NodeProbes): readonly Finding[] {
  const told = toldHostIds(contactPoints)
  const isTold = ({ hostId }: NodeProbes["peers"][number]): boolean => told.includes(hostId)
  const lost = [...contactPoints.filter(isTold), ...peers].filter(({ answer }) => troubleOf(answer) !== undefined)
  const allLost = told.length > 0 && lost.length === new Set(told).size
  const findings = lost.flatMap(({ hostId, answer }) => {
    const trouble = troubleOf(answer)
    const isPeer = peers.some(each => each.hostId === hostId)
    const alert: readonly Client[] = trouble?.alert === undefined ? [] : ["cql-proxy"]
    // the Node.js driver tries it again and again, and never ends its connect()
    const hangs = answer.kind === "answered" && trouble?.alert === undefined && trouble?.reason === "ECONNRESET"
    const breaks = union(alert, allLost ? ["java", "gocql-astra"] : [], hangs ? ["nodejs"] : [])
    if (trouble === undefined || (!isPeer && breaks.length === 0)) return []
    const message = `node ${hostId} stands in system tables, and ${failureText(trouble)}`
    const severity = breaks.length === 0 ? "warning" : "error"
    return [finding("L6", hostId, message, { breaks, severity, cause: "node-unrouted" })]
  })
  const stray = contactPoints.filter(
    ({ hostId, answer }) => troubleOf(answer) === undefined && !told.includes(hostId.toLowerCase()),
  )
  const unknown = told.length > 0 && stray.length === contactPoints.length ? stray.slice(0, 1) : []
  return [
    ...findings,
    ...unknown.map(({ hostId }) => {
      const shown = printable(hostId, 60)
      const message = `host id ${shown} leads to a node, and stands in no system table`
      return finding("L7", shown, message, { breaks: ["cql-proxy"], cause: "misrouted" })
    }),
  ]
}

function troubleOf(answer: CqlAnswer): Parameters<typeof failureText>[0] | undefined {
  if (answer.kind === "failed") return answer
  return answer.outcome.kind === "silent" ? { ...answer.outcome, stage: "answer" } : undefined
}

function checkStranger(answer: CqlAnswer | undefined): readonly Finding[] {
  if (answer?.kind !== "answered" || answer.outcome.kind === "silent") return []
  const where = answer.outcome.kind === "in" ? `node ${answer.outcome.node.hostId}` : "some node"
  const message = `a host id that nobody has leads to ${where}: expected a refusal`
  return [finding("L6", "proxy", message, { breaks: [], severity: "warning", cause: "stranger-routed" })]
}

function checkAnonymous(answer: CqlAnswer | undefined): readonly Finding[] {
  if (answer?.kind !== "answered" || answer.outcome.kind === "silent") return []
  return [finding("L8", "node", "a node speaks CQL without a client certificate", { cause: "anonymous" })]
}
