import type {
  CqlAnswer,
  CqlProbe,
  HttpAnswer,
  HttpProbe,
  NameAnswer,
  Place,
  TcpAnswer,
} from "../../src/domain/live/probes.ts"
import type { Network } from "../../src/ports.ts"
import type { Pki } from "./pki.ts"

export const HOST_IDS = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"] as const
export const ADDRESS = "10.0.0.5"

/** A network of answers: what a good cluster gives, but for what a test says otherwise. */
export interface NetworkAnswers {
  readonly resolve: (host: string) => NameAnswer
  readonly nameOf?: (address: string) => string | undefined
  readonly connect: (place: Place) => TcpAnswer
  readonly request: (probe: HttpProbe) => HttpAnswer
  readonly converse: (probe: CqlProbe) => CqlAnswer
}

export interface MemoryNetwork extends Network {
  /** Every place and server name that was looked at, in order: what is asked for, and of whom. */
  readonly looks: readonly string[]
}

export function memoryNetwork(answers: NetworkAnswers): MemoryNetwork {
  const looks: string[] = []
  const note = (what: string, { address, port, serverName }: Place & { readonly serverName?: string }) =>
    looks.push(`${what} ${address}:${port}${serverName === undefined ? "" : ` ${serverName}`}`)
  return {
    looks,
    async resolve(host) {
      looks.push(`resolve ${host}`)
      return answers.resolve(host)
    },
    async nameOf(address) {
      looks.push(`name of ${address}`)
      return answers.nameOf?.(address)
    },
    async connect(place) {
      note("connect", place)
      return answers.connect(place)
    },
    async request(probe) {
      note("request", probe)
      return answers.request(probe)
    },
    async converse(probe) {
      note("converse", probe)
      return answers.converse(probe)
    },
  }
}

/** A cluster without a fault behind the names of `pki`, with two nodes in dc1. */
export function goodAnswers({ host, server }: Pki): NetworkAnswers {
  const tls = (version: string) => ({ version, chain: server.chain })
  return {
    resolve: () => resolved([ADDRESS]),
    connect: () => ({ kind: "open", millis: 1 }),
    request: ({ identity, highest }) =>
      identity === undefined ? refusedCertificate : httpAnswer(document(host), { tls: tls(highest) }),
    converse: ({ identity, highest, serverName }) => {
      if (identity === undefined) return { kind: "answered", tls: tls(highest), outcome: SILENT_REFUSAL, millis: 1 }
      const hostId = serverName === undefined ? HOST_IDS[0] : HOST_IDS.find(each => each === serverName)
      if (hostId === undefined) return failure("tls", "ERR_SSL_TLSV1_UNRECOGNIZED_NAME", 112)
      return { kind: "answered", tls: tls(highest), outcome: { kind: "in", node: node(hostId) }, millis: 1 }
    },
  }
}

export const node = (hostId: string, datacenter = "dc1") => ({ hostId, datacenter, release: "5.0.6", peers: HOST_IDS })

export function resolved(addresses: readonly string[]): NameAnswer {
  const found = (some: readonly string[]): NameAnswer["ipv4"] =>
    some.length === 0 ? { kind: "failed", reason: "ENODATA" } : { kind: "found", addresses: some }
  return {
    ipv4: found(addresses.filter(each => !each.includes(":"))),
    ipv6: found(addresses.filter(each => each.includes(":"))),
    system: found(addresses),
    millis: 1,
  }
}

/** The document of a good service, changed. */
export function document(
  host: string,
  change: Readonly<Record<string, unknown>> = {},
  changeInfo: Readonly<Record<string, unknown>> = {},
): string {
  const contact_info = {
    type: "sni_proxy",
    local_dc: "dc1",
    contact_points: HOST_IDS,
    sni_proxy_address: `${host}:29042`,
    ...changeInfo,
  }
  return JSON.stringify({ version: 1, region: "dc1", contact_info, ...change })
}

interface HttpParts {
  readonly tls: { readonly version: string; readonly chain: readonly Uint8Array[] }
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Lengths of the first pieces; the last one has the rest. */
  readonly pieces?: readonly number[]
}

export function httpAnswer(
  body: string | Uint8Array,
  { tls, status = 200, headers, pieces = [] }: HttpParts,
): HttpAnswer {
  const content = Buffer.from(body)
  const fields = { "Content-Type": "application/json", "Content-Length": String(content.length), ...headers }
  const head = [`HTTP/1.1 ${status} Whatever`, ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`)]
  let rest = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), content])
  const cut = pieces.map(length => {
    const piece = rest.subarray(0, length)
    rest = rest.subarray(length)
    return piece
  })
  return { kind: "answered", tls, pieces: [...cut, rest], ended: "closed", millis: 1 }
}

export function failure(stage: "tcp" | "tls" | "answer", reason: string, alert?: number): HttpAnswer & CqlAnswer {
  return { kind: "failed", stage, reason, ...(alert === undefined ? {} : { alert }), millis: 1 }
}

/** TLS 1.3: the alert comes after the handshake. */
const refusedCertificate = failure("answer", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", 116)
const SILENT_REFUSAL = { kind: "silent", reason: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", alert: 116 } as const
