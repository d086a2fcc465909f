import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from "node:net"
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls"
import {
  CQL_ERROR,
  type CqlRequest,
  type CqlResponse,
  type CqlRow,
  encodeRequest,
  MAXIMUM_FRAME_BYTES,
  readResponse,
} from "../artifact/cql-frames.ts"
import { ScbError } from "../domain/errors.ts"
import { GENERATOR_VERSION } from "../domain/generator.ts"
import { type CqlLogin, isByCertificate } from "../domain/live/probes.ts"

/** A connection that asks one thing after the other. */
export interface CqlConnection {
  /**
   * The answer, errors of the server among them. Throws `server-unreachable` when the connection ends or `timeoutMillis`
   * pass first, and `server-malformed` when what comes is no CQL; the connection is of no more use then.
   */
  ask(request: CqlRequest): Promise<CqlResponse>
  close(): void
}

/** Says who is asking, which Cassandra shows in system_views.clients. */
export const STARTUP: CqlRequest = {
  kind: "startup",
  options: { DRIVER_NAME: "scb", DRIVER_VERSION: GENERATOR_VERSION },
}

/** Throws `server-unreachable`; its cause is the error of node:net, or one with its code. */
export function openTcp(options: TcpNetConnectOpts, timeoutMillis: number): Promise<Socket> {
  const place = `${options.host ?? "localhost"}:${options.port}`
  return opened(connectTcp(options), "connect", place, timeoutMillis)
}

/**
 * Throws `server-unreachable`; its cause is the error of node:tls. In TLS 1.3 a server refuses a client's certificate
 * only after this: the first answer fails then.
 */
export function openTls(options: ConnectionOptions, timeoutMillis: number): Promise<TLSSocket> {
  const place = `${options.host ?? "localhost"}:${options.port}`
  return opened(connectTls(options), "secureConnect", place, timeoutMillis)
}

/** For as long as it is open, `socket` belongs to the connection. */
export function cqlConnection(socket: Socket, timeoutMillis: number): CqlConnection {
  const place = `${socket.remoteAddress ?? "the server"}:${socket.remotePort ?? 0}`
  let received = Buffer.alloc(0)
  let failure: ScbError | undefined
  let wake = () => {}
  const fail = (error: ScbError): void => {
    failure ??= error
    socket.destroy()
    wake()
  }
  socket.on("error", cause => fail(unreachable(place, cause)))
  socket.on("close", () => fail(unreachable(place, coded("ECONNRESET", "it closed the connection"))))
  socket.on("data", chunk => {
    received = Buffer.concat([received, chunk])
    if (received.length > MAXIMUM_FRAME_BYTES) {
      fail(new ScbError("server-malformed", `${place} sends more than it was asked for`))
    }
    wake()
  })

  function answer(): CqlResponse | undefined {
    const reading = readResponse(received)
    if (reading.kind === "incomplete") return undefined
    if (reading.kind === "malformed") {
      fail(new ScbError("server-malformed", `${place} does not answer in CQL: ${reading.problem}`))
      return undefined
    }
    received = received.subarray(reading.length)
    return reading.response
  }

  return {
    async ask(request) {
      const slow = coded("ETIMEDOUT", `no answer within ${timeoutMillis} ms`)
      const deadline = setTimeout(() => fail(unreachable(place, slow)), timeoutMillis)
      try {
        if (failure === undefined) socket.write(encodeRequest(request))
        for (;;) {
          const response = answer()
          if (response !== undefined) return response
          if (failure !== undefined) throw failure
          await new Promise<void>(resolve => {
            wake = resolve
          })
        }
      } finally {
        clearTimeout(deadline)
      }
    },
    close: () => void socket.destroy(),
  }
}

/** What to answer to `authenticator`: undefined where it wants a real login, and there is none. */
export function loginFor(authenticator: string, login: CqlLogin | undefined): CqlLogin | undefined {
  return login ?? (isByCertificate(authenticator) ? { username: "", password: "" } : undefined)
}

/** STARTUP, and the login if the server asks for one. Throws `server-refused` for whom it does not let in, else as {@link CqlConnection.ask}. */
export async function logIn(connection: CqlConnection, login?: CqlLogin): Promise<void> {
  const first = await connection.ask(STARTUP)
  if (first.kind !== "authenticate") return require(first, "ready")
  const answer = loginFor(first.authenticator, login)
  if (answer === undefined) {
    throw new ScbError("server-refused", `the server asks for a login (${first.authenticator}), and none was given`)
  }
  return require(await connection.ask({ kind: "login", ...answer }), "logged-in")
}

/** Rows of a SELECT. Throws `server-refused` for an error of the server, else as {@link CqlConnection.ask}. */
export async function selectRows(connection: CqlConnection, cql: string): Promise<readonly CqlRow[]> {
  const response = await connection.ask({ kind: "query", cql })
  if (response.kind === "rows") return response.rows
  throw unexpected(response, "rows")
}

function require(response: CqlResponse, kind: CqlResponse["kind"]): void {
  if (response.kind !== kind) throw unexpected(response, kind)
}

function unexpected(response: CqlResponse, expected: string): ScbError {
  if (response.kind !== "error") {
    return new ScbError("server-malformed", `the server answers ${response.kind}: expected ${expected}`)
  }
  const { code, message } = response
  const hint = code === CQL_ERROR.badCredentials ? { hint: "check the login, or ADD IDENTITY for the certificate" } : {}
  return new ScbError("server-refused", `the server answers: ${message}`, hint)
}

function opened<S extends Socket>(socket: S, event: string, place: string, timeoutMillis: number): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: ScbError): void => {
      clearTimeout(deadline)
      socket.on("error", () => {}).destroy() // whatever else it has to say
      reject(error)
    }
    const slow = coded("ETIMEDOUT", `no connection within ${timeoutMillis} ms`)
    const deadline = setTimeout(() => fail(unreachable(place, slow)), timeoutMillis)
    const onError = (cause: Error) => fail(unreachable(place, cause))
    socket.once("error", onError)
    socket.once(event, () => {
      clearTimeout(deadline)
      socket.off("error", onError)
      resolve(socket)
    })
  })
}

function unreachable(place: string, cause: Error): ScbError {
  const code = errorCode(cause)
  const words = code === "ETIMEDOUT" || code === "ECONNRESET" ? cause.message : code
  return new ScbError("server-unreachable", `${place}: ${words}`, { cause })
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** `ECONNREFUSED`, `ETIMEDOUT`, `ERR_SSL_…`; the class where an error has no code. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "error"
  return "code" in error ? String(error.code) : error.name
}
