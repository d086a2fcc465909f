import { describe, expect, it } from "vitest"
import { formatResponse, MAXIMUM_REQUEST_BYTES, readRequest } from "../../../src/gateway/http.ts"

const read = (text: string) => readRequest(Buffer.from(text, "latin1"))
const status = (text: string) => {
  const reading = read(text)
  return reading.kind === "refused" ? reading.response.status : reading.kind
}

describe("readRequest", () => {
  it.each([
    [
      "Java, Python, Node.js, Go",
      "GET /metadata HTTP/1.1\r\nHost: cass.example.com:29080\r\nConnection: close\r\n\r\n",
      false,
    ],
    ["a client that stays", "GET /metadata HTTP/1.1\r\nhost: cass.example.com\r\n\r\n", true],
    [
      "C++",
      "GET /metadata?version=1 HTTP/1.0\r\nHost: cass.example.com\r\nUser-Agent: cpp-driver/2.17.1\r\nAccept: */*\r\n\r\n",
      false,
    ],
    ["HTTP/1.0 without headers", "GET /metadata HTTP/1.0\r\n\r\n", false],
    ["HTTP/1.0 that asks to stay", "GET /metadata HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false],
    [
      "a proxy",
      "GET https://cass.example.com:29080/metadata HTTP/1.1\r\nHost: cass.example.com\r\nConnection: Upgrade, close\r\n\r\n",
      false,
    ],
  ])("reads the request of %s", (_, text, keepAlive) => {
    expect(read(text)).toEqual({
      kind: "request",
      request: { method: "GET", path: "/metadata", keepAlive },
      length: text.length,
    })
  })

  it("takes the first of two requests", () => {
    const first = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

    expect(read(`${first}GET /b HTTP/1.1\r\n`)).toMatchObject({ request: { path: "/a" }, length: first.length })
  })

  it("waits for the end of the head", () => {
    expect(read("")).toEqual({ kind: "incomplete" })
    expect(read("GET /metadata HTTP/1.1\r\nHost: x\r\n")).toEqual({ kind: "incomplete" })
  })

  it.each([
    ["no request line", "\r\n\r\n", 400],
    ["line feeds alone", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400],
    ["a space in the target", "GET /meta data HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["a header without colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400],
    ["a space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400],
    ["a folded header", "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400],
    ["a zero byte", "GET / HTTP/1.1\r\nHost: x\0\r\n\r\n", 400],
    ["HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400],
    ["two lengths", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400],
    ["content", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 413],
    ["chunks", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 413],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["an endless head", `GET / HTTP/1.1\r\nX: ${"a".repeat(MAXIMUM_REQUEST_BYTES)}`, 431],
  ])("refuses %s", (_, text, expected) => {
    expect(status(text)).toBe(expected)
  })
})

describe("formatResponse", () => {
  it("writes head and content with the content's length in bytes", () => {
    const text = Buffer.from(formatResponse({ status: 200, body: '{"é":1}' }, true)).toString()

    expect(text).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nConnection: keep-alive\r\nCache-Control: no-store\r\n\r\n{"é":1}',
    )
  })
})
