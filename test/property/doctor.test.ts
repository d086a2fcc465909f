import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { diagnose } from "../../src/app/doctor.ts"
import { CLIENTS } from "../../src/domain/clients.ts"
import type { Diagnosis } from "../../src/domain/live/diagnosis.ts"
import type {
  CqlAnswer,
  CqlOutcome,
  HttpAnswer,
  NameAnswer,
  NameLookup,
  TcpAnswer,
} from "../../src/domain/live/probes.ts"
import { renderDiagnosisText } from "../../src/render/diagnosis.ts"
import { renderJunit } from "../../src/render/junit.ts"
import { type GoodBundle, makeGoodBundle } from "../support/mutations.ts"
import { document, memoryNetwork } from "../support/network.ts"

let good: GoodBundle
beforeAll(async () => {
  good = await makeGoodBundle()
})

const DRIVERS = CLIENTS.map(client => ({ name: client, client }))
const millis = fc.nat(5000)
const lookup: fc.Arbitrary<NameLookup> = fc.oneof(
  fc.record({
    kind: fc.constant("found" as const),
    addresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant("failed" as const), reason: fc.string() }),
)
const name: fc.Arbitrary<NameAnswer> = fc.record({ ipv4: lookup, ipv6: lookup, system: lookup, millis })
const failed = fc.record(
  {
    kind: fc.constant("failed" as const),
    stage: fc.constantFrom("tcp" as const, "tls" as const, "answer" as const),
    reason: fc.oneof(fc.constantFrom("ETIMEDOUT", "ECONNRESET"), fc.string()),
    alert: fc.nat(255),
    millis,
  },
  { requiredKeys: ["kind", "stage", "reason", "millis"] },
)
const tcp: fc.Arbitrary<TcpAnswer> = fc.oneof(failed, fc.record({ kind: fc.constant("open" as const), millis }))
const tls = fc.record({
  version: fc.constantFrom("TLSv1.2", "TLSv1.3"),
  chain: fc.oneof(
    fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
    fc.constant("the server's own").map((): Uint8Array[] => [...good.pki.server.chain]),
  ),
})
const odd = fc.oneof(fc.jsonValue(), fc.constant(undefined))
/** A document of the service in which anything may be anything. */
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record({
      region: odd,
      local_dc: odd,
      contact_points: fc.oneof(odd, fc.array(fc.string())),
      sni_proxy_address: odd,
    })
    .map(({ region, ...info }) => document("cass.example.com", { region }, info)),
)
const http: fc.Arbitrary<HttpAnswer> = fc.oneof(
  failed,
  fc.record({
    kind: fc.constant("answered" as const),
    tls,
    ended: fc.constantFrom("complete" as const, "closed" as const, "too-large" as const, "timeout" as const),
    millis,
    pieces: fc.oneof(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
      fc
        .tuple(fc.integer({ min: 100, max: 599 }), body)
        .map(([status, text]) => [Buffer.from(`HTTP/1.1 ${status} X\r\n\r\n`), Buffer.from(text)]),
    ),
  }),
)
const outcome: fc.Arbitrary<CqlOutcome> = fc.oneof(
  fc.record({
    kind: fc.constant("in" as const),
    node: fc.record({
      hostId: fc.string(),
      datacenter: fc.string(),
      release: fc.string(),
      peers: fc.array(fc.string()),
    }),
  }),
  fc.record({ kind: fc.constant("login-wanted" as const), authenticator: fc.string() }),
  fc.record({
    kind: fc.constant("refused" as const),
    code: fc.integer(),
    message: fc.string(),
    loggedIn: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("silent" as const), reason: fc.string() }),
  fc.record({ kind: fc.constant("malformed" as const), problem: fc.string() }),
)
const cql: fc.Arbitrary<CqlAnswer> = fc.oneof(
  failed,
  fc.record({ kind: fc.constant("answered" as const), tls, outcome, millis }),
)

/** Each question is answered by one of the list, in turn. */
function inTurn<T>(answers: readonly T[]): () => T {
  let next = 0
  return () => answers[next++ % answers.length] as T
}

function isSound({ findings, verdicts }: Diagnosis): boolean {
  const inOrder = findings.every(
    ({ breaks = [] }) => breaks.join() === CLIENTS.filter(each => breaks.includes(each)).join(),
  )
  return (
    inOrder &&
    verdicts.length === CLIENTS.length &&
    verdicts.every(each => (each.verdict === "fails") === each.because.length > 0)
  )
}

describe("a diagnosis never throws", () => {
  it("whatever servers answer", async () => {
    const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(many(name), many(tcp), many(http), many(cql), async (names, tcps, https, cqls) => {
        const network = memoryNetwork({
          resolve: inTurn(names),
          connect: inTurn(tcps),
          request: inTurn(https),
          converse: inTurn(cqls),
        })
        const diagnosis = await diagnose(good.zip, network, { now: good.now, drivers: DRIVERS })
        expect(isSound(diagnosis)).toBe(true)
        expect(renderDiagnosisText(diagnosis, { color: false }).includes("\u001b")).toBe(false)
        expect(renderJunit(diagnosis)).toMatch(/^<\?xml/)
      }),
      { numRuns: 60 },
    )
  })

  it("whatever the bundle is", async () => {
    const nobody = memoryNetwork({
      resolve: inTurn([{ ipv4: NOTHING, ipv6: NOTHING, system: NOTHING, millis: 0 }]),
      connect: inTurn([UNREACHABLE]),
      request: inTurn([UNREACHABLE]),
      converse: inTurn([UNREACHABLE]),
    })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        const diagnosis = await diagnose(bytes, nobody, { now: good.now, drivers: DRIVERS })
        expect(diagnosis.verdicts.map(each => each.verdict)).toEqual(CLIENTS.map(() => "fails"))
      }),
    )
  })
})

const NOTHING = { kind: "failed", reason: "ENOTFOUND" } as const
const UNREACHABLE = { kind: "failed", stage: "tcp", reason: "ECONNREFUSED", millis: 0 } as const
