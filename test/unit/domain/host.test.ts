import { describe, expect, it } from "vitest"
import { hostProblem } from "../../../src/domain/host.ts"

describe("hostProblem", () => {
  it.each(["cass.example.com", "cass-1.example.com", "cassandra", "1.example.com", `${"a".repeat(63)}.example.com`])(
    "lets %s pass",
    host => expect(hostProblem(host)).toBeUndefined(),
  )

  it.each([
    "10.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "fd00::1",
    "[fd00::1]",
    "example.1",
    "localhost",
    "db.localhost",
    "localhost.",
    "Cass.example.com",
    "cass.example.com.",
    "cass_1.example.com",
    "-cass.example.com",
    "cass..example.com",
    "*.example.com",
    "cass.example.com/",
    "cäss.example.com",
    `${"a".repeat(64)}.example.com`,
    `${"a.".repeat(127)}com`,
  ])("refuses %s", host => expect(hostProblem(host)).toBeTypeOf("string"))
})
