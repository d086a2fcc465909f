import { describe, expect, it } from "vitest"
import { buildRevocationList, readRevocationList } from "../../../src/artifact/crl.ts"
import {
  boolean,
  encode,
  explicit,
  integer,
  members,
  octetString,
  oid,
  parseDer,
  sequence,
  TAG,
} from "../../../src/artifact/der.ts"
import { readCertificate } from "../../../src/artifact/x509-read.ts"
import { REVOCATION_REASONS } from "../../../src/domain/bundle.ts"
import { type Instant, later, parseInstant } from "../../../src/domain/instant.ts"
import type { RevocationList } from "../../../src/domain/revocation/revocation-list.ts"
import { makePki } from "../../support/pki.ts"

const NOW = parseInstant("2026-11-22T10:00:00Z") as Instant
const DAY = 86_400_000

const LIST: RevocationList = {
  thisUpdate: NOW,
  nextUpdate: later(NOW, 7 * DAY),
  number: "03006920f5a0",
  revoked: REVOCATION_REASONS.map((reason, index) => ({ serial: `8${index}ff`, revokedAt: NOW, reason })),
}

describe("a revocation list", () => {
  it.each(["P-256", "P-384", "RSA-2048"] as const)("reads back as it was written, signed by %s", async algorithm => {
    const { issuer, root } = await makePki({ algorithm })
    const read = readRevocationList(buildRevocationList(LIST, issuer.signer))
    expect(read).toMatchObject(LIST)
    expect(read.base).toBeUndefined()
    const [own, other] = [issuer, root].map(each => readCertificate(each.certificate))
    expect(own && read.isSignedBy(own)).toBe(true)
    expect(other && read.isSignedBy(other)).toBe(false)
    expect(read.authorityKeyId).toBe(own?.subjectKeyId)
  })

  it("of nothing has no list of entries at all (RFC 5280 §5.1.2.6)", async () => {
    const { issuer } = await makePki()
    const der = buildRevocationList({ ...LIST, revoked: [] }, issuer.signer)
    const [body] = members(parseDer(der))
    expect(members(body)).toHaveLength(6)
    expect(readRevocationList(der).revoked).toEqual([])
  })

  it("that is a delta says so in a critical extension (§5.2.4), and may take entries away (§5.3.1)", async () => {
    const { issuer } = await makePki()
    const revoked = [{ serial: "0a", revokedAt: NOW, reason: "removeFromCRL" }] as const
    const der = buildRevocationList({ ...LIST, base: "0200", revoked }, issuer.signer)
    expect(readRevocationList(der)).toMatchObject({ base: "0200", revoked })
    const critical = sequence(oid("2.5.29.27"), boolean(true), octetString(integer(Uint8Array.of(2, 0))))
    expect(contains(der, critical)).toBe(true)
  })

  it("leaves out the reason where there is none (§5.3.1)", async () => {
    const { issuer } = await makePki()
    const revoked = [{ serial: "0a", revokedAt: NOW, reason: "unspecified" }] as const
    const der = buildRevocationList({ ...LIST, revoked }, issuer.signer)
    expect(contains(der, oid("2.5.29.21"))).toBe(false)
  })

  it("writes years from 2050 on as GeneralizedTime (§5.1.2.4)", async () => {
    const { issuer } = await makePki()
    const at = parseInstant("2049-12-31T23:59:59Z") as Instant
    const list = { ...LIST, thisUpdate: at, nextUpdate: later(at, 1000) }
    const der = buildRevocationList(list, issuer.signer)
    const [body] = members(parseDer(der))
    expect(
      members(body)
        .slice(3, 5)
        .map(({ tag }) => tag),
    ).toEqual([TAG.UTC_TIME, TAG.GENERALIZED_TIME])
    expect(readRevocationList(der)).toMatchObject(list)
  })

  it("is not read when a bit of it was turned, or when it asks for what we do not understand", async () => {
    const { issuer } = await makePki()
    const own = readCertificate(issuer.certificate)
    const der = buildRevocationList(LIST, issuer.signer)
    const turned = der.slice()
    const at = Buffer.from(der).indexOf(Buffer.from("80ff", "hex"))
    turned[at] = 0x81
    expect(readRevocationList(turned).isSignedBy(own)).toBe(false)
    const [body, ...rest] = members(parseDer(der))
    const fields = members(body)
    const stranger = encode(explicit(0), sequence(sequence(oid("2.5.29.28"), boolean(true), octetString(sequence()))))
    const strange = sequence(
      sequence(...fields.slice(0, -1).map(({ raw }) => raw), stranger),
      ...rest.map(({ raw }) => raw),
    )
    expect(() => readRevocationList(strange)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
    expect(() => readRevocationList(issuer.certificate)).toThrow(expect.objectContaining({ code: "key-unreadable" }))
  })
})

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(bytes).includes(Buffer.from(part))
}
