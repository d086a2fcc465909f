import { type AddressInfo, connect as connectTcp, createServer } from "node:net"
import { connect as connectTls } from "node:tls"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MAXIMUM_HELLO_BYTES, MAXIMUM_HELLO_RECORDS, readClientHello } from "../../../src/gateway/client-hello.ts"
import { extension, helloMessage, records, serverNameExtension, uint, vector } from "./hello-bytes.ts"

const HOST_ID = "aaaaaaaa-0000-4000-8000-000000000001"
const GREASE = extension(0x3a3a, Buffer.of(0))
const hello = (serverName: string | undefined) => ({ kind: "hello", serverName })
const refused = (reason: string) => ({ kind: "refused", reason })

/** What Node.js's OpenSSL sends. */
async function recordedHello(options: {
  readonly servername?: string
  readonly maxVersion: "TLSv1.2" | "TLSv1.3"
}): Promise<Buffer> {
  const server = createServer()
  const received = new Promise<Buffer>(resolve => {
    server.once("connection", socket =>
      socket.on("error", () => {}).once("data", data => resolve(socket.destroy() && data)),
    )
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const client = connectTls({ ...options, socket: connectTcp(port, "127.0.0.1"), rejectUnauthorized: false })
  client.on("error", () => client.destroy())
  const bytes = await received
  server.close()
  return bytes
}

describe("readClientHello", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("reads what OpenSSL sends for %s", async maxVersion => {
    expect(readClientHello(await recordedHello({ maxVersion, servername: HOST_ID }))).toEqual(hello(HOST_ID))
    expect(readClientHello(await recordedHello({ maxVersion }))).toEqual(hello(undefined))
  })

  it("finds the server name among GREASE and any other extension", () => {
    const other = extension(16, vector(2, vector(1, Buffer.from("h2"))))
    const message = helloMessage({
      serverName: HOST_ID,
      before: [GREASE, other],
      after: [extension(0x4a4a, Buffer.alloc(0))],
    })

    expect(readClientHello(records(message))).toEqual(hello(HOST_ID))
  })

  it("gives the name in lower case", () => {
    expect(readClientHello(records(helloMessage({ serverName: HOST_ID.toUpperCase() })))).toEqual(hello(HOST_ID))
  })

  it("reads a hello without extensions, as old clients send it", () => {
    expect(readClientHello(records(helloMessage({ rawExtensions: Buffer.alloc(0) })))).toEqual(hello(undefined))
  })

  it("joins a hello out of several records, the handshake's own header split too", () => {
    expect(readClientHello(records(helloMessage({ serverName: HOST_ID }), [1, 2, 30, 1]))).toEqual(hello(HOST_ID))
  })

  it("ignores what follows, such as early data", () => {
    const message = helloMessage({ serverName: HOST_ID })
    const early = records(Buffer.alloc(100), [], 23)

    expect(readClientHello(Buffer.concat([records(message), early]))).toEqual(hello(HOST_ID))
  })

  it("waits for the rest at every length before the last byte", () => {
    const whole = records(helloMessage({ serverName: HOST_ID, before: [GREASE] }), [5, 60])

    for (let length = 0; length < whole.length; length += 1) {
      expect(readClientHello(whole.subarray(0, length))).toEqual({ kind: "incomplete" })
    }
    expect(readClientHello(whole)).toEqual(hello(HOST_ID))
  })

  it.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n")],
    ["CQL without TLS", Buffer.from("0400000001", "hex")],
    ["an SSL 2 hello", Buffer.from("802e010301", "hex")],
    ["a TLS alert", Buffer.from("15030100020100", "hex")],
    ["another major version", Buffer.from("16040100", "hex")],
  ])("refuses %s at its first bytes", (_, bytes) => {
    expect(readClientHello(bytes)).toEqual(refused("not-tls"))
  })

  it.each<[string, Buffer]>([
    ["another handshake message", records(Buffer.concat([Buffer.of(2), vector(3, Buffer.alloc(40))]))],
    ["an empty record", Buffer.concat([Buffer.of(22, 3, 1, 0, 0), records(helloMessage({}))])],
    ["a record above 16 KiB", Buffer.of(22, 3, 1, 0x40, 0x01)],
    [
      "a record of another kind in the middle",
      Buffer.concat([records(helloMessage({}).subarray(0, 40)), records(Buffer.of(1), [], 20)]),
    ],
    ["a body that ends early", records(Buffer.concat([Buffer.of(1), vector(3, Buffer.alloc(20))]))],
    ["extensions longer than the hello", records(helloMessage({ rawExtensions: uint(9000, 2) }))],
    ["extensions shorter than the hello", records(helloMessage({ rawExtensions: Buffer.of(0, 0, 0) }))],
    [
      "an extension longer than the extensions",
      records(helloMessage({ rawExtensions: vector(2, Buffer.of(0, 0, 0, 9)) })),
    ],
    [
      "two server name extensions",
      records(helloMessage({ serverName: HOST_ID, after: [serverNameExtension("other")] })),
    ],
    ["two extensions of one type", records(helloMessage({ before: [GREASE, GREASE] }))],
    ["an empty server name list", records(helloMessage({ before: [extension(0, vector(2, Buffer.alloc(0)))] }))],
    ["an empty server name extension", records(helloMessage({ before: [extension(0, Buffer.alloc(0))] }))],
    ["an empty name", records(helloMessage({ serverName: "" }))],
    ["a name of an unknown type", records(helloMessage({ before: [serverNameExtension(HOST_ID, 7)] }))],
    ["a name with a line feed", records(helloMessage({ serverName: "a\nb" }))],
    ["a name with a zero byte", records(helloMessage({ serverName: `${HOST_ID}\0` }))],
    ["a name beyond ASCII", records(helloMessage({ serverName: "caf\u00e9.example.com" }))],
    ["a name that ends in a dot", records(helloMessage({ serverName: "cass.example.com." }))],
    ["a name of 300 characters", records(helloMessage({ serverName: "a".repeat(300) }))],
  ])("refuses %s", (_, bytes) => {
    expect(readClientHello(bytes)).toEqual(refused("malformed-hello"))
  })

  it("refuses a hello that announces more than it reads, at its announcement", () => {
    const announced = Buffer.concat([Buffer.of(1), uint(MAXIMUM_HELLO_BYTES, 3)])

    expect(readClientHello(records(announced))).toEqual(refused("hello-too-large"))
  })

  it("refuses a hello cut into very many records", () => {
    const ones = Array.from({ length: MAXIMUM_HELLO_RECORDS }, () => 1)

    expect(readClientHello(records(helloMessage({ serverName: HOST_ID }), ones))).toEqual(refused("hello-too-large"))
  })
})

describe("readClientHello of any bytes", () => {
  const names = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/)
  const wholeHello = fc
    .record({
      name: fc.option(names, { nil: undefined }),
      sizes: fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 20 }),
    })
    .map(({ name, sizes }) => ({
      name,
      bytes: records(helloMessage({ before: [GREASE], ...(name === undefined ? {} : { serverName: name }) }), sizes),
    }))

  it("finds the name however the hello is cut into records", () => {
    fc.assert(
      fc.property(wholeHello, ({ name, bytes }) => {
        expect(readClientHello(bytes)).toEqual(hello(name))
      }),
    )
  })

  it("never throws, reads past the end or invents a printable name that is not there", () => {
    const changes = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(wholeHello, changes, fc.nat(400), ({ bytes }, edits, cut) => {
        const mutated = Buffer.from(bytes)
        for (const [at, value] of edits) mutated[at % mutated.length] = value
        const reading = readClientHello(mutated.subarray(0, mutated.length - (cut % mutated.length)))

        if (reading.kind === "hello" && reading.serverName !== undefined) {
          expect(reading.serverName).toMatch(/^[a-z0-9._-]+$/)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("never throws on noise", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void readClientHello(bytes)))
  })
})
