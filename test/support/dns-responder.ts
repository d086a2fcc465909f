import { createSocket } from "node:dgram"

export interface DnsResponder {
  readonly port: number
  stop(): Promise<void>
}

const A = 1
const NAME_ERROR = 3

/**
 * Answers A queries on loopback (RFC 1035 §4.1): 127.0.0.1 for the given names (`*.` for all below one), no records of
 * other types, NXDOMAIN for other names. Without a port it takes a free one.
 */
export function startDnsResponder(
  names: readonly string[],
  { address = "127.0.0.1", listen = "127.0.0.1", port = 0 } = {},
): Promise<DnsResponder> {
  const socket = createSocket("udp4")
  socket.on("message", (query, { port, address: client }) => socket.send(answerTo(query, names, address), port, client))
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

function answerTo(query: Buffer, names: readonly string[], address: string): Buffer {
  const labels: string[] = []
  let end = 12
  for (let length = query[end] ?? 0; length > 0; length = query[end] ?? 0) {
    labels.push(query.toString("latin1", end + 1, end + 1 + length))
    end += 1 + length
  }
  const type = query.readUInt16BE(end + 1)
  const question = query.subarray(12, end + 5)
  const name = labels.join(".").toLowerCase()
  const known = names.some(one => (one.startsWith("*.") ? name.endsWith(one.slice(1)) : name === one))
  const answers = known && type === A ? [addressRecord(address)] : []
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(0x8180 | (known ? 0 : NAME_ERROR), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answers.length, 6)
  header.writeUInt32BE(0, 8)
  return Buffer.concat([header, question, ...answers])
}

/** Name as a pointer to the question, type A, class IN, 60 s to live. */
function addressRecord(address: string): Buffer {
  return Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)])
}
