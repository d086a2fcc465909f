import { describe, expect, it } from "vitest"
import { readHttpResponse } from "../../../src/artifact/http-response.ts"

const read = (text: string, over = false) => readHttpResponse(Buffer.from(text, "latin1"), over)
const bodyOf = (text: string, over = false): string | undefined => {
  const reading = read(text, over)
  return reading.kind === "response" ? Buffer.from(reading.response.body).toString("latin1") : undefined
}

describe("a response", () => {
  it("is read when its body is whole, and says where that begins", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX: a\r\nX: b\r\nContent-Length: 2\r\n\r\n{}"
    for (let length = 0; length < text.length; length += 1) {
      expect(read(text.slice(0, length))).toEqual({ kind: "incomplete" })
    }
    expect(read(text)).toMatchObject({
      kind: "response",
      response: { version: "1.1", status: 200, shortfall: 0, headBytes: text.length - 2 },
    })
    const reading = read(text)
    expect(reading.kind === "response" && [...reading.response.headers]).toEqual([
      ["content-type", "application/json"],
      ["x", "a, b"],
      ["content-length", "2"],
    ])
  })

  it("without a length ends with the connection", () => {
    expect(bodyOf("HTTP/1.0 200 OK\r\n\r\n{}")).toBeUndefined()
    expect(bodyOf("HTTP/1.0 200 OK\r\n\r\n{}", true)).toBe("{}")
  })

  it("may have another length than it says", () => {
    const sized = (length: number) => read(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n{}`, true)
    expect(sized(9)).toMatchObject({ response: { shortfall: 7 } })
    expect(sized(1)).toMatchObject({ response: { shortfall: -1 } })
  })

  it("in chunks is put together", () => {
    const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    expect(bodyOf(`${head}3;ext\r\nabc\r\n1\r\nd\r\n0\r\n\r\n`)).toBe("abcd")
    expect(bodyOf(`${head}3\r\nab`)).toBeUndefined()
  })
})

describe("what is no response", () => {
  it.each([
    ["another protocol", "220 smtp.example.com\r\n", "it does not begin with HTTP/1"],
    ["another version", "HTTP/2 200\r\n\r\n", "it does not begin with HTTP/1"],
    ["a status that is none", "HTTP/1.1 OK\r\n\r\n", "its status line is none"],
    ["a head that is cut off", "HTTP/1.1 200 OK\r\nContent-", "its head has no end"],
    [
      "a chunk that is cut off",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
      "it ends before its body does",
    ],
    [
      "chunks that are none",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "it ends before its body does",
    ],
  ])("is %s", (_, text, problem) => {
    expect(read(text, true)).toEqual({ kind: "malformed", problem })
  })

  it("is a head without end, before the connection does", () => {
    expect(read(`HTTP/1.1 200 OK\r\n${"x".repeat(20_000)}`)).toEqual({
      kind: "malformed",
      problem: "its head has no end",
    })
  })
})
