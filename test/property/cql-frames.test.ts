import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { OPCODE, readResponse } from "../../src/artifact/cql-frames.ts"

const OPCODES = Object.values(OPCODE)

describe("reading a CQL response never throws", () => {
  it("on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(["incomplete", "response", "malformed"]).toContain(readResponse(bytes).kind)
      }),
    )
  })

  it("on any body of any kind of response, and takes the whole of it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPCODES), fc.nat(15), fc.uint8Array({ maxLength: 120 }), (opcode, flags, body) => {
        const header = Buffer.of(0x84, flags, 0, 0, opcode, 0, 0, 0, body.length)
        const reading = readResponse(Buffer.concat([header, body]))
        expect(reading).not.toEqual({ kind: "incomplete" })
        if (reading.kind === "response") expect(reading.length).toBe(9 + body.length)
      }),
      { numRuns: 1000 },
    )
  })
})
