import { createSocket } from "node:dgram"

export interface DnsResponder {
  readonly port: number
  stop(): Promise<void>
}

/** `*.` for all names below one. Addresses of IPv4 are A records, `::1` an AAAA. */
export interface DnsRecords {
  readonly name: string
  readonly addresses: readonly string[]
}

const A = 1
const AAAA = 28
const NAME_ERROR = 3

/**
 * Answers queries on loopback (RFC 1035 §4.1, RFC 3596) from the first records whose name fits; a mere name stands for
 * 127.0.0.1. No records of other types, NXDOMAIN for other names. Without a port it takes a free one.
 */
export function startDnsResponder(
  names: readonly (string | DnsRecords)[],
  { listen = "127.0.0.1", port = 0 } = {},
): Promise<DnsResponder> {
  const socket = createSocket("udp4")
  const zone = names.map(one => (typeof one === "string" ? { name: one, addresses: ["127.0.0.1"] } : one))
  socket.on("message", (query, { port, address }) => socket.send(answerTo(query, zone), port, address))
  return new Promise((resolve, reject) => {
    socket.once("error", reject)
    socket.bind(port, listen, () =>
      resolve({
        port: socket.address().port,
        stop: () => new Promise(done => socket.close(() => done())),
      }),
    )
  })
}

function answerTo(query: Buffer, zone: readonly DnsRecords[]): Buffer {
  const labels: string[] = []
  let end = 12
  for (let length = query[end] ?? 0; length > 0; length = query[end] ?? 0) {
    labels.push(query.toString("latin1", end + 1, end + 1 + length))
    end += 1 + length
  }
  const type = query.readUInt16BE(end + 1)
  const question = query.subarray(12, end + 5)
  const asked = labels.join(".").toLowerCase()
  const known = zone.find(({ name }) => (name.startsWith("*.") ? asked.endsWith(name.slice(1)) : asked === name))
  const answers = (known?.addresses ?? []).map(addressRecord).filter(record => record.type === type)
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(0x8180 | (known === undefined ? NAME_ERROR : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answers.length, 6)
  header.writeUInt32BE(0, 8)
  return Buffer.concat([header, question, ...answers.map(({ bytes }) => bytes)])
}

/** Name as a pointer to the question, class IN, 60 s to live. */
function addressRecord(address: string): { readonly type: number; readonly bytes: Buffer } {
  const type = address === "::1" ? AAAA : A
  const data = type === AAAA ? [...Buffer.alloc(15), 1] : address.split(".").map(Number)
  return { type, bytes: Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]) }
}
