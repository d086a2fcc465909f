import { describe, expect, it } from "vitest"
import {
  CQL_ERROR,
  encodeRequest,
  MAXIMUM_FRAME_BYTES,
  OPCODE,
  readResponse,
} from "../../../src/artifact/cql-frames.ts"
import * as codec from "../../support/cql-codec.ts"

/** A response as a server sends it. */
function frame(opcode: number, body: Uint8Array, { version = 0x84, flags = 0 } = {}): Buffer {
  return Buffer.concat([Buffer.of(version, flags, 0, 0, opcode), codec.int(body.length), body])
}

function rows(columns: Readonly<Record<string, codec.CqlType>>, cells: readonly codec.CqlValue[]): Buffer {
  const entries = Object.entries(columns)
  return Buffer.concat([
    codec.int(2),
    codec.int(1), // global table
    codec.int(entries.length),
    codec.string("system"),
    codec.string("local"),
    ...entries.flatMap(([name, type]) => [codec.string(name), codec.typeOption(type)]),
    codec.int(1),
    ...entries.map(([, type], index) => codec.bytes(codec.encodeValue(type, cells[index] ?? null))),
  ])
}

const responseOf = (bytes: Uint8Array) => {
  const reading = readResponse(bytes)
  return reading.kind === "response" ? reading.response : reading
}

describe("a request", () => {
  it("is a frame of version 4 on stream 0", () => {
    expect(Buffer.from(encodeRequest({ kind: "options" })).toString("hex")).toBe("040000000500000000")
  })

  it("names the version of CQL, and whatever else is said of the client", () => {
    const startup = encodeRequest({ kind: "startup", options: { DRIVER_NAME: "scb" } })
    expect(Buffer.from(startup).subarray(9).toString("latin1")).toBe(
      "\0\x02\0\x0bCQL_VERSION\0\x053.0.0\0\x0bDRIVER_NAME\0\x03scb",
    )
  })

  it("logs in with SASL PLAIN (RFC 4616)", () => {
    const login = encodeRequest({ kind: "login", username: "ann", password: "pw" })
    expect(Buffer.from(login).toString("latin1")).toBe("\x04\0\0\0\x0f\0\0\0\x0b\0\0\0\x07\0ann\0pw")
  })
})

describe("a response", () => {
  it("is read when it is whole, whatever comes behind", () => {
    const ready = frame(OPCODE.READY, Buffer.alloc(0))
    for (let length = 0; length < ready.length; length += 1) {
      expect(readResponse(ready.subarray(0, length))).toEqual({ kind: "incomplete" })
    }
    expect(readResponse(Buffer.concat([ready, ready]))).toEqual({
      kind: "response",
      response: { kind: "ready" },
      length: ready.length,
    })
  })

  it("says what is supported, who authenticates, and what went wrong", () => {
    const supported = codec.stringMultimap({ CQL_VERSION: ["3.4.7"], PRODUCT_TYPE: ["DATASTAX_APOLLO"] })
    expect(responseOf(frame(OPCODE.SUPPORTED, supported))).toEqual({
      kind: "supported",
      options: { CQL_VERSION: ["3.4.7"], PRODUCT_TYPE: ["DATASTAX_APOLLO"] },
    })
    expect(responseOf(frame(OPCODE.AUTHENTICATE, codec.string("PasswordAuthenticator")))).toEqual({
      kind: "authenticate",
      authenticator: "PasswordAuthenticator",
    })
    expect(responseOf(frame(OPCODE.AUTH_SUCCESS, codec.bytes(null)))).toEqual({ kind: "logged-in" })
    const error = Buffer.concat([codec.int(CQL_ERROR.badCredentials), codec.string("no\u001b[2J such identity")])
    expect(responseOf(frame(OPCODE.ERROR, error))).toEqual({
      kind: "error",
      code: 0x0100,
      message: "no\\u001b[2J such identity",
    })
  })

  it("may be an error in a version that was not asked for", () => {
    const error = frame(OPCODE.ERROR, Buffer.concat([codec.int(10), codec.string("use v3")]), { version: 0x83 })
    expect(responseOf(error)).toEqual({ kind: "error", code: CQL_ERROR.protocol, message: "use v3" })
  })

  it("may carry a trace, warnings and a payload in front", () => {
    const body = Buffer.concat([
      Buffer.alloc(16),
      codec.stringList(["careful"]),
      codec.short(1),
      codec.string("key"),
      codec.bytes(Buffer.of(1)),
    ])
    expect(responseOf(frame(OPCODE.READY, body, { flags: 0x0e }))).toEqual({ kind: "ready" })
  })

  it("holds rows of text, numbers, UUIDs, addresses and collections", () => {
    const columns = {
      host_id: "uuid",
      data_center: "text",
      native_address: "inet",
      native_port: "int",
      size: "bigint",
      up: "boolean",
      tokens: { set: "text" },
      replication: { map: ["text", "text"] },
      rack: "text",
      load: "double",
    } as const
    const hostId = "aaaaaaaa-0000-4000-8000-000000000001"
    const values = [hostId, "dc1", "10.0.0.1", "9042", "-9007199254740993", "true", ["1", "2"], [["class", "S"]]]
    expect(responseOf(frame(OPCODE.RESULT, rows(columns, [...values, null, "1"])))).toEqual({
      kind: "rows",
      rows: [
        {
          host_id: hostId,
          data_center: "dc1",
          native_address: "10.0.0.1",
          native_port: 9042,
          size: "-9007199254740993",
          up: true,
          tokens: ["1", "2"],
          replication: ["class", "S"],
          rack: null,
          load: "0x3ff0000000000000",
        },
      ],
    })
  })

  it.each([
    ["20010db8000000000000000000000001", "2001:db8::1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000000010000000000000001", "2001:db8:0:1::1"],
    ["fe800000000000000000000000000000", "fe80::"],
    ["00010002000300040005000600070008", "1:2:3:4:5:6:7:8"],
    ["20010000000000010000000000000000", "2001:0:0:1::"],
    ["00100000000000100000001000100010", "10::10:0:10:10:10"],
  ])("shows the address %s as %s", (hex, text) => {
    const cell = codec.bytes(Buffer.from(hex, "hex"))
    const empty = rows({ address: "inet" }, [null])
    const body = Buffer.concat([empty.subarray(0, empty.length - 4), cell])
    expect(responseOf(frame(OPCODE.RESULT, body))).toEqual({ kind: "rows", rows: [{ address: text }] })
  })
})

describe("what is no response", () => {
  const nested = Buffer.concat([
    codec.int(2),
    codec.int(1),
    codec.int(1),
    codec.string(""),
    codec.string(""),
    codec.string("x"),
  ])
  const bomb = (count: number) =>
    Buffer.concat([
      codec.int(2),
      codec.int(1),
      codec.int(1),
      codec.string(""),
      codec.string(""),
      codec.string("c"),
      codec.short(13),
      codec.int(count),
    ])
  it.each([
    ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n"), 'it begins with "HTTP/1.1 400 Bad"'],
    ["a request", Buffer.of(4, 0, 0, 0, 5, 0, 0, 0, 0), 'it begins with "\\\\u0004'],
    ["more than a response holds", Buffer.from("84000000060fffffff", "hex"), "it claims 268435455 bytes"],
    ["compressed", frame(OPCODE.READY, Buffer.alloc(0), { flags: 1 }), "it is compressed"],
    ["an opcode of others", frame(0x0e, Buffer.alloc(0)), "its opcode is 0x0e"],
    ["cut off inside", frame(OPCODE.AUTHENTICATE, Buffer.of(0, 9, 65)), "it ends too early"],
    ["a billion rows", frame(OPCODE.RESULT, bomb(1 << 30)), "it claims 1073741824 members"],
    ["less than no rows", frame(OPCODE.RESULT, bomb(-1)), "it claims -1 members"],
    [
      "types without end",
      frame(OPCODE.RESULT, Buffer.concat([nested, ...Array<Buffer>(99).fill(codec.short(0x20))])),
      "its types nest too deep",
    ],
    [
      "rows without columns",
      frame(OPCODE.RESULT, Buffer.concat([codec.int(2), codec.int(0), codec.int(0), codec.int(1 << 30)])),
      "its rows have no columns",
    ],
  ])("%s is told so", (_, bytes, problem) => {
    const reading = readResponse(bytes)
    expect(reading).toMatchObject({ kind: "malformed" })
    expect(reading.kind === "malformed" && reading.problem).toContain(problem)
  })

  it("takes no more bytes than a response may have", () => {
    expect(MAXIMUM_FRAME_BYTES).toBe(9 + (1 << 20))
  })
})
