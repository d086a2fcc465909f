import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { checkBundle } from "../../src/artifact/checks/check-bundle.ts"
import { inspectBundle } from "../../src/artifact/inspect.ts"
import { CLIENTS } from "../../src/domain/clients.ts"
import type { Finding } from "../../src/domain/findings.ts"
import { BUNDLE_RULES } from "../../src/domain/rules/bundle-rules.ts"
import { type GoodBundle, makeGoodBundle, replaced } from "../support/mutations.ts"

let good: GoodBundle
beforeAll(async () => {
  good = await makeGoodBundle()
})

/** Where a byte is changed, as a part of the whole length, and to what. */
const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
  minLength: 1,
  maxLength: 8,
})

function flipped(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const [part, value] of changes) copy[Math.floor(part * copy.length)] = value
  return copy
}

function isSound({ code, breaks, subject, message }: Finding): boolean {
  const inOrder = CLIENTS.filter(client => breaks?.includes(client))
  return code in BUNDLE_RULES && breaks?.join() === inOrder.join() && /^[ -~]+$/.test(subject) && message.length < 1000
}

/** Both give an answer, whatever the bytes are. */
function answers(zip: Uint8Array): void {
  const findings = checkBundle(zip, good.now)
  expect(findings.filter(finding => !isSound(finding))).toEqual([])
  expect(inspectBundle(zip).size).toBe(zip.length)
}

describe("checking and inspecting never throw", () => {
  it("on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => {
        answers(bytes)
        expect(checkBundle(bytes, good.now).map(each => each.code)).toEqual(["Z1"])
      }),
    )
  })

  it("on a good archive with changed bytes", () => {
    fc.assert(
      fc.property(flips, changes => answers(flipped(good.zip, changes))),
      { numRuns: 40 },
    )
  })

  it("on a good archive that is cut off anywhere", () => {
    fc.assert(
      fc.property(fc.nat(good.zip.length - 1), length => {
        expect(checkBundle(good.zip.slice(0, length), good.now).map(each => each.code)).toEqual(["Z1"])
      }),
      { numRuns: 60 },
    )
  })

  it("on any entry with changed bytes inside of a sound archive", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ENTRIES), flips, (name, changes) => {
        answers(replaced(good, { [name]: flipped(good.files.get(name) ?? new Uint8Array(), changes) }))
      }),
      { numRuns: 80 },
    )
  })

  it("on any entry of any bytes", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ENTRIES), fc.uint8Array({ maxLength: 300 }), (name, data) => {
        answers(replaced(good, { [name]: data }))
      }),
      { numRuns: 50 },
    )
  })
})

const ENTRIES = ["config.json", "ca.crt", "cert", "key", "identity.jks", "trustStore.jks", "cert.pfx", "metadata.json"]
