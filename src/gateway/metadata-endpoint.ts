import { constants, createPrivateKey, X509Certificate } from "node:crypto"
import { createSecureContext, createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls"
import { decodePem, encodePem } from "../artifact/pem.ts"
import { ScbError } from "../domain/errors.ts"
import { type Instant, instantFromMillis } from "../domain/instant.ts"
import type { OnEvent } from "./events.ts"
import { formatResponse, type Response, readRequest } from "./http.ts"
import { answer } from "./metadata.ts"
import { codeOf, OpenSockets, peerOf, reportLimits } from "./sockets.ts"

/** All PEM. */
export interface MetadataTls {
  /** Leaf first, then its intermediates. The leaf must name the gateway's host as a DNS SAN. */
  readonly certificatePem: string
  /** Not encrypted. */
  readonly privateKeyPem: string
  /** Issuers of client certificates up to their root: OpenSSL ends a chain at a self-signed certificate only. */
  readonly clientCaPem: string
  /** Once given, OpenSSL wants a current list of every CA of a chain, the root's too, and refuses everybody without. */
  readonly crlPem?: string
}

export interface MetadataEndpoint {
  readonly server: Server
  /** When the certificate that is served ends. */
  certificateExpiresAt(): Instant
  /** For new connections; those open end with their request. Throws `gateway-misconfigured` and goes on with the old. */
  updateTls(tls: MetadataTls): void
  stop(graceMillis: number): Promise<void>
}

export interface MetadataEndpointOptions {
  readonly host: string
  readonly tls: MetadataTls
  /** The JSON text to serve, asked for anew by every request. */
  readonly document: () => string
  /** For a handshake, and from one answer to the end of the next request. */
  readonly requestTimeoutMillis: number
  readonly onEvent: OnEvent
}

const MAXIMUM_CONNECTIONS = 1000

/**
 * `GET /metadata` over mutual TLS 1.2 and 1.3. HTTP is written by hand, on a TLS socket, because the C++ driver needs a
 * response in one TLS record: `node:http` happens to join head and content into one write, and promises it nowhere.
 */
export function createMetadataEndpoint(options: MetadataEndpointOptions): MetadataEndpoint {
  const { host, tls, requestTimeoutMillis, onEvent } = options
  let leaf = checkedLeaf(host, tls)
  const open = new OpenSockets()
  const secure = new Map<TLSSocket, Serving>()
  const server = createServer({
    ...contextOptions(tls),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: requestTimeoutMillis,
    noDelay: true,
  })
  server.maxConnections = MAXIMUM_CONNECTIONS
  reportLimits(server, "metadata", onEvent)
  server.on("connection", socket => open.add(socket))
  server.on("tlsClientError", (error, socket) => {
    const reason = socket.authorizationError ?? codeOf(error)
    const peer = socket.remoteAddress === undefined ? {} : { peer: peerOf(socket) }
    socket.destroy() // after a handshake timeout nobody else does
    onEvent({ kind: "metadata-refused", ...peer, reason: String(reason) })
  })
  server.on("secureConnection", socket => {
    socket.once("close", () => secure.delete(socket))
    const peer = peerOf(socket)
    const certificateSerial = socket.getPeerX509Certificate()?.serialNumber.toLowerCase() ?? ""
    const serving = serveRequests(socket, options, ({ status }) =>
      onEvent({ kind: "metadata-answered", peer, status, certificateSerial }),
    )
    secure.set(socket, serving)
  })
  return {
    server,
    certificateExpiresAt: () => instantFromMillis(Date.parse(leaf.validTo)),
    updateTls(next) {
      leaf = checkedLeaf(host, next)
      server.setSecureContext(contextOptions(next))
      for (const serving of secure.values()) serving.finish()
    },
    async stop(graceMillis) {
      server.close()
      for (const socket of secure.keys()) socket.end()
      await open.drain(graceMillis)
    },
  }
}

interface Serving {
  /** Answers the request that is under way, and no other: the client was looked up in lists of yesterday. */
  finish(): void
}

function serveRequests(
  socket: TLSSocket,
  { document, requestTimeoutMillis }: MetadataEndpointOptions,
  onResponse: (response: Response) => void,
): Serving {
  let received = Buffer.alloc(0)
  let answered = false
  let lastOne = false
  const deadline = setTimeout(() => socket.destroy(), requestTimeoutMillis)
  socket.once("close", () => clearTimeout(deadline))
  socket.on("error", () => socket.destroy())
  socket.on("data", chunk => {
    received = Buffer.concat([received, chunk])
    respond()
  })

  /** Answers what is there, in order, and reads no more while the client does not take its answers. */
  function respond(): void {
    while (!socket.writableEnded) {
      if (socket.writableNeedDrain) {
        socket.pause().once("drain", () => {
          socket.resume()
          respond()
        })
        return
      }
      const reading = readRequest(received)
      if (reading.kind === "incomplete") return
      if (reading.kind === "refused") {
        send(reading.response, false, false)
        return
      }
      received = received.subarray(reading.length)
      const { method, keepAlive } = reading.request
      send(answer(reading.request, document()), keepAlive && !lastOne, method === "HEAD")
    }
  }

  function send(response: Response, keepAlive: boolean, headOnly: boolean): void {
    const bytes = formatResponse(response, keepAlive, headOnly)
    if (keepAlive) socket.write(bytes)
    else socket.end(bytes)
    answered = true
    deadline.refresh()
    onResponse(response)
  }

  return {
    finish() {
      lastOne = true
      if (answered && received.length === 0) socket.end()
    },
  }
}

function contextOptions(tls: MetadataTls): SecureContextOptions {
  return {
    cert: tls.certificatePem,
    key: tls.privateKeyPem,
    ca: tls.clientCaPem,
    // Node.js reads one list from each text.
    ...(tls.crlPem === undefined ? {} : { crl: decodePem(tls.crlPem).map(({ label, der }) => encodePem(label, der)) }),
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    // A resumed session would not check the client's certificate again, against the list of today.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

/** The server certificate. Throws `gateway-misconfigured` for everything that drivers would stumble over later. */
function checkedLeaf(host: string, tls: MetadataTls): X509Certificate {
  const leaf = attempt("certificate", "expected PEM", () => new X509Certificate(tls.certificatePem))
  if (leaf.checkHost(host, { subject: "never" }) === undefined) {
    throw misconfigured("certificate", `expected the DNS SAN ${host}, got ${leaf.subjectAltName ?? "no SAN"}`)
  }
  const key = attempt("private key", "expected PEM without encryption", () => createPrivateKey(tls.privateKeyPem))
  if (!leaf.checkPrivateKey(key)) throw misconfigured("private key", "expected the key of the certificate, got another")
  const issuers = attempt("client CA", "expected PEM certificates", () =>
    decodePem(tls.clientCaPem).map(({ der }) => new X509Certificate(der)),
  )
  if (!issuers.some(issuer => issuer.checkIssued(issuer))) {
    const hint = "give the issuers of client certificates up to their root in one file (--client-ca)"
    throw misconfigured("client CA", "expected issuers up to a self-signed root, got none that is self-signed", {
      hint,
    })
  }
  attempt("TLS", "expected files that OpenSSL takes", () => createSecureContext(contextOptions(tls)))
  return leaf
}

function attempt<T>(subject: string, expectation: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw misconfigured(subject, expectation, { cause })
  }
}

function misconfigured(
  subject: string,
  message: string,
  more: { readonly hint?: string; readonly cause?: unknown } = {},
): ScbError {
  return new ScbError("gateway-misconfigured", `metadata ${subject}: ${message}`, more)
}
