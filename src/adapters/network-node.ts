import { lookup, lookupService, Resolver } from "node:dns/promises"
import { isIP } from "node:net"
import type { ConnectionOptions, DetailedPeerCertificate, TLSSocket } from "node:tls"
import type { CqlResponse } from "../artifact/cql-frames.ts"
import { readHttpResponse } from "../artifact/http-response.ts"
import { printable } from "../artifact/printable.ts"
import { ScbError } from "../domain/errors.ts"
import {
  type CqlOutcome,
  type CqlProbe,
  HTTP_ANSWER_MAXIMUM,
  type HttpAnswer,
  type HttpProbe,
  type NameAnswer,
  type NameLookup,
  type ProbeFailure,
  type TlsFacts,
  type TlsProbe,
} from "../domain/live/probes.ts"
import type { Network } from "../ports.ts"
import { type CqlConnection, cqlConnection, errorCode, loginFor, openTcp, openTls, STARTUP } from "./cql-connection.ts"

export interface NetworkOptions {
  /** For each look; a look at a server opens one connection and has it for each part of its conversation. */
  readonly timeoutMillis: number
  /** Addresses that are taken for those of a name instead of asking for them. */
  readonly addresses?: ReadonlyMap<string, readonly string[]>
}

/** Longest chain that is looked at. */
const CHAIN_MAXIMUM = 16

export function nodeNetwork({ timeoutMillis, addresses: given }: NetworkOptions): Network {
  return {
    async resolve(host) {
      const elapsed = stopwatch()
      const addresses = given?.get(host.toLowerCase())
      if (addresses !== undefined) return { ...sorted(addresses), millis: elapsed() }
      const resolver = new Resolver({ timeout: Math.ceil(timeoutMillis / 2), tries: 2 })
      const [ipv4, ipv6, system] = await Promise.all([
        lookedUp(resolver.resolve4(host), timeoutMillis),
        lookedUp(resolver.resolve6(host), timeoutMillis),
        lookedUp(
          lookup(host, { all: true, verbatim: true }).then(all => all.map(each => each.address)),
          timeoutMillis,
        ),
      ])
      resolver.cancel()
      return { ipv4, ipv6, system, millis: elapsed() }
    },
    async nameOf(address) {
      const found = await lookedUp(
        // it throws at once for what is no address
        Promise.resolve()
          .then(() => lookupService(address, 0))
          .then(({ hostname }) => [hostname]),
        timeoutMillis,
      )
      const [name] = found.kind === "found" ? found.addresses : []
      return name === address ? undefined : name
    },
    async connect({ address, port }) {
      const elapsed = stopwatch()
      try {
        const socket = await openTcp({ host: address, port }, timeoutMillis)
        socket.destroy()
        return { kind: "open", millis: elapsed() }
      } catch (error) {
        return failed("tcp", error, elapsed())
      }
    },
    async request(probe) {
      const elapsed = stopwatch()
      const opened = await openProbe(probe, timeoutMillis)
      if (opened.kind === "failed") return { ...opened, millis: elapsed() }
      const answer = await exchange(opened.socket, probe, timeoutMillis)
      return answer.kind === "failed"
        ? { ...answer, millis: elapsed() }
        : { ...answer, tls: opened.tls, millis: elapsed() }
    },
    async converse(probe) {
      const elapsed = stopwatch()
      const opened = await openProbe(probe, timeoutMillis)
      if (opened.kind === "failed") return { ...opened, millis: elapsed() }
      const connection = cqlConnection(opened.socket, timeoutMillis)
      const outcome = await conversation(connection, probe).catch(outcomeOf)
      connection.close()
      return { kind: "answered", tls: opened.tls, outcome, millis: elapsed() }
    },
  }
}

type Opened =
  | { readonly kind: "open"; readonly socket: TLSSocket; readonly tls: TlsFacts }
  | Omit<ProbeFailure, "millis">

/** TCP first, so that a failure of TLS is told apart from one before it. */
async function openProbe(probe: TlsProbe, timeoutMillis: number): Promise<Opened> {
  let stage: ProbeFailure["stage"] = "tcp"
  try {
    const underlying = await openTcp({ host: probe.address, port: probe.port }, timeoutMillis)
    stage = "tls"
    const socket = await openTls({ ...tlsOptions(probe), socket: underlying }, timeoutMillis)
    return { kind: "open", socket, tls: { version: socket.getProtocol() ?? "unknown", chain: chainOf(socket) } }
  } catch (error) {
    return withoutMillis(failed(stage, error, 0))
  }
}

/** Accepts any server: whom each driver would trust is judged on what is returned. */
function tlsOptions({ serverName, highest, identity }: TlsProbe): ConnectionOptions {
  return {
    rejectUnauthorized: false,
    ...(highest === "TLSv1.3" ? { minVersion: "TLSv1.2" } : { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }),
    maxVersion: highest,
    ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }), // RFC 6066 §3: no addresses
    ...(identity === undefined ? {} : { cert: identity.certificatePem, key: identity.keyPem }),
  }
}

/** What the server sent, as far as one certificate follows from the other. */
function chainOf(socket: TLSSocket): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  const seen = new Set<string>()
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.raw !== undefined && !seen.has(next.fingerprint256) && chain.length < CHAIN_MAXIMUM) {
    seen.add(next.fingerprint256)
    chain.push(new Uint8Array(next.raw))
    next = next.issuerCertificate
  }
  return chain
}

type Received = Omit<Extract<HttpAnswer, { kind: "answered" }>, "tls" | "millis">

/** Sends one request and gathers what comes until it is whole, too much, too late, or over. */
function exchange(
  socket: TLSSocket,
  { httpVersion, host, path }: HttpProbe,
  timeoutMillis: number,
): Promise<Received | Omit<ProbeFailure, "millis">> {
  const head = [`GET ${path} HTTP/${httpVersion}`, `Host: ${host}`, "Accept: */*", "User-Agent: scb-doctor"]
  const lines = httpVersion === "1.0" ? head : [...head, "Connection: close"]
  const pieces: Uint8Array[] = []
  let size = 0
  return new Promise(resolve => {
    const settle = (result: Received | Omit<ProbeFailure, "millis">): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(result)
    }
    const end = (ended: Received["ended"]) => settle({ kind: "answered", pieces, ended })
    /** What came so far counts more than how it ended: a server may cut the connection behind its answer. */
    const stop = (error: unknown) =>
      pieces.length > 0 ? end("closed") : settle(withoutMillis(failed("answer", error, 0)))
    const deadline = setTimeout(() => (pieces.length > 0 ? end("timeout") : stop(timedOut())), timeoutMillis)
    socket.on("error", stop)
    socket.on("close", () => stop(Object.assign(new Error("closed"), { code: "ECONNRESET" })))
    socket.on("data", piece => {
      pieces.push(new Uint8Array(piece))
      size += piece.length
      if (size > HTTP_ANSWER_MAXIMUM) end("too-large")
      else if (readHttpResponse(Buffer.concat(pieces), false).kind === "response") end("complete")
    })
    socket.write(`${lines.join("\r\n")}\r\n\r\n`)
  })
}

async function conversation(connection: CqlConnection, { login }: CqlProbe): Promise<CqlOutcome> {
  const supported = await connection.ask({ kind: "options" })
  if (supported.kind !== "supported") return unexpected(supported, false)
  const startup = await connection.ask(STARTUP)
  if (startup.kind === "authenticate") {
    const answer = loginFor(startup.authenticator, login)
    if (answer === undefined) return { kind: "login-wanted", authenticator: startup.authenticator }
    const verdict = await connection.ask({ kind: "login", ...answer })
    if (verdict.kind !== "logged-in") return unexpected(verdict, false)
  } else if (startup.kind !== "ready") return unexpected(startup, false)
  const cql = "SELECT host_id, data_center, release_version FROM system.local"
  const answer = await connection.ask({ kind: "query", cql })
  if (answer.kind !== "rows") return unexpected(answer, true)
  const [local] = answer.rows
  const text = (column: string): string => printable(String(local?.[column] ?? ""))
  const others = await connection.ask({ kind: "query", cql: "SELECT host_id FROM system.peers" })
  const peers = others.kind === "rows" ? others.rows.map(row => printable(String(row["host_id"] ?? ""))) : []
  return {
    kind: "in",
    ...(startup.kind === "authenticate" ? { authenticator: startup.authenticator } : {}),
    node: { hostId: text("host_id"), datacenter: text("data_center"), release: text("release_version"), peers },
  }
}

function unexpected(response: CqlResponse, loggedIn: boolean): CqlOutcome {
  if (response.kind === "error") {
    return { kind: "refused", code: response.code, message: response.message, loggedIn }
  }
  return { kind: "malformed", problem: `it answers ${response.kind} out of turn` }
}

function outcomeOf(error: unknown): CqlOutcome {
  if (!(error instanceof ScbError)) throw error
  if (error.code === "server-malformed") return { kind: "malformed", problem: error.message }
  const { reason, alert } = failed("answer", error, 0)
  return { kind: "silent", reason, ...(alert === undefined ? {} : { alert }) }
}

function failed(stage: ProbeFailure["stage"], error: unknown, millis: number): ProbeFailure {
  const cause = error instanceof ScbError ? error.cause : error
  const alert = alertOf(cause)
  return { kind: "failed", stage, reason: errorCode(cause), ...(alert === undefined ? {} : { alert }), millis }
}

/** OpenSSL's names for alerts differ from version to version; the number at the end of its message does not. */
function alertOf(error: unknown): number | undefined {
  const [, number] = /SSL alert number (\d+)/.exec(error instanceof Error ? error.message : "") ?? []
  return number === undefined ? undefined : Number(number)
}

async function lookedUp(addresses: Promise<readonly string[]>, timeoutMillis: number): Promise<NameLookup> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut()), timeoutMillis)
  })
  try {
    return { kind: "found", addresses: await Promise.race([addresses, late]) }
  } catch (error) {
    return { kind: "failed", reason: errorCode(error) }
  } finally {
    clearTimeout(timer)
  }
}

function timedOut(): Error {
  return Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })
}

function withoutMillis({ millis: _, ...rest }: ProbeFailure): Omit<ProbeFailure, "millis"> {
  return rest
}

/** As name servers would give them. */
function sorted(addresses: readonly string[]): Omit<NameAnswer, "millis"> {
  const found = (some: readonly string[]): NameLookup =>
    some.length === 0 ? { kind: "failed", reason: "ENODATA" } : { kind: "found", addresses: some }
  return {
    ipv4: found(addresses.filter(each => !each.includes(":"))),
    ipv6: found(addresses.filter(each => each.includes(":"))),
    system: found(addresses),
  }
}

/** Whole milliseconds since it was made. */
function stopwatch(): () => number {
  const start = performance.now()
  return () => Math.round(performance.now() - start)
}
