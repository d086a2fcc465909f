import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { encode, explicit, implicit, nul, sequence, text } from "../../src/artifact/der.ts"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { type CertificateProfile, commonName, EXTENDED_KEY_USAGE, EXTENSION } from "../../src/artifact/x509.ts"
import { verifyChain } from "../../src/artifact/x509-chain.ts"
import { readCertificate } from "../../src/artifact/x509-read.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import { type Certified, certify, makePki } from "../support/pki.ts"

const DAY = 86_400_000
const pki = await makePki()
const { now } = pki

/** Kinds of all problems of a leaf under `authorities` and the test root, as a TLS client's. */
function lies(leaf: Certified, authorities: readonly Certified[] = [pki.issuer], at: Instant = now): readonly string[] {
  const read = (each: Certified) => readCertificate(each.certificate)
  const problems = verifyChain(read(leaf), authorities.map(read), [read(pki.root)], at, EXTENDED_KEY_USAGE.clientAuth)
  return problems.map(problem => problem.kind)
}

async function authority(profile: Partial<CertificateProfile>, above: Certified = pki.root): Promise<Certified> {
  const good = {
    subject: commonName("Other CA"),
    notBefore: later(now, -DAY),
    notAfter: later(now, 400 * DAY),
    ca: {},
    keyUsage: ["keyCertSign"],
  } as const
  return certify(await generateKeyPair("P-256"), { ...good, ...profile }, above.signer)
}

const under = async (ca: Certified, identity = "spiffe://example.com/payments/checkout") =>
  pki.client({ signer: ca.signer, identity })

/** RFC 5280 §4.2.1.10: `permitted` is [0], `excluded` [1]; URI is [6] of GeneralName, DNS [2], e-mail [1]. */
const constraints = (side: 0 | 1, name: number, value: string) => ({
  oid: EXTENSION.nameConstraints,
  critical: true,
  value: sequence(encode(explicit(side), sequence(text(implicit(name), value)))),
})

describe("a lying certificate", () => {
  it("is not needed to find the honest one good", async () => {
    expect(lies(await pki.client())).toEqual([])
  })

  it.each<[string, Partial<CertificateProfile>, string]>([
    ["is a CA", { ca: {}, keyUsage: ["digitalSignature", "keyCertSign"] }, "leaf-is-ca"],
    ["is for servers", { extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth] }, "wrong-purpose"],
    ["begins in the future", { notBefore: later(now, 1000) }, "not-yet-valid"],
    ["has ended", { notAfter: later(now, -1000) }, "expired"],
    [
      "makes a critical demand that nobody knows",
      { extraExtensions: [{ oid: "1.3.6.1.4.1.99999.1", critical: true, value: nul() }] },
      "unknown-critical-extension",
    ],
  ])("is found out when it %s", async (_, profile, kind) => {
    expect(lies(await pki.client({ profile }))).toEqual([kind])
  })

  it("is good to its last second and bad in the next", async () => {
    const leaf = await pki.client({ profile: { notAfter: later(now, DAY) } })
    expect(lies(leaf, [pki.issuer], later(now, DAY))).toEqual([])
    expect(lies(leaf, [pki.issuer], later(now, DAY + 1000))).toEqual(["expired"])
  })

  it("is found out by a weak key", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 1024,
      privateKeyEncoding: { type: "pkcs8", format: "der" },
      publicKeyEncoding: { type: "spki", format: "der" },
    })
    expect(lies(await pki.client({ key: { privateKey, publicKey } }))).toEqual(["weak-key"])
  })

  it("is found out when a stranger signed it in its issuer's name", async () => {
    const stranger = await generateKeyPair("P-256")
    const { signer } = certify(stranger, {
      subject: commonName("Test Issuing CA"),
      notBefore: now,
      notAfter: later(now, DAY),
      keyUsage: [],
      ca: {},
    })
    const forged = await pki.client({ signer: { ...signer, subjectKeyId: pki.issuer.signer.subjectKeyId } })
    expect(lies(forged)).toEqual(["bad-signature"])
  })

  it("is found out when any one of its bytes is changed", async () => {
    const { certificate, ...rest } = await pki.client()
    const notBefore = Buffer.from(certificate).indexOf(Buffer.of(0x17, 13)) // tag and length of a UTCTime
    for (const at of [certificate.length - 5, notBefore + 3]) {
      const changed = Uint8Array.from(certificate)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(lies({ ...rest, certificate: changed })).toContain("bad-signature")
    }
  })

  it("is found out under an issuer that nobody knows", async () => {
    expect(lies(await pki.client(), [])).toEqual(["unknown-issuer"])
    const stranger = await makePki({ name: "Stranger" })
    expect(lies(await stranger.client(), [stranger.issuer, stranger.root])).toEqual(["unknown-issuer"])
  })
})

describe("a lying issuer", () => {
  it("is found out when it is a leaf itself", async () => {
    const leaf = await pki.client()
    expect(lies(await under(leaf), [leaf, pki.issuer])).toEqual(["not-a-ca", "may-not-issue", "path-too-long"])
  })

  it("is found out when its key may not sign certificates", async () => {
    const ca = await authority({ keyUsage: ["digitalSignature"] })
    expect(lies(await under(ca), [ca])).toEqual(["may-not-issue"])
  })

  it("is found out when it stands deeper than allowed", async () => {
    const ca = await authority({}, pki.issuer)
    expect(lies(await under(ca), [ca, pki.issuer])).toEqual(["path-too-long"])
  })

  it("is found out when it is for servers only", async () => {
    const ca = await authority({ extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth] })
    expect(lies(await under(ca), [ca])).toEqual(["wrong-purpose"])
  })

  it("is found out when it ended before its leaf", async () => {
    const ca = await authority({ notAfter: later(now, DAY) })
    expect(lies(await under(ca), [ca], later(now, 2 * DAY))).toEqual(["expired"])
  })

  it.each<[string, ReturnType<typeof constraints>, readonly string[]]>([
    ["within its URIs", constraints(0, 6, "example.com"), []],
    ["within its subdomains only", constraints(0, 6, ".example.com"), ["name-constraint"]],
    ["outside of its URIs", constraints(0, 6, "example.org"), ["name-constraint"]],
    ["within what it must not name", constraints(1, 6, "example.com"), ["name-constraint"]],
    ["outside of what it must not name", constraints(1, 6, "example.org"), []],
    ["of another kind than it is bound to", constraints(0, 2, "example.org"), []],
    ["bound by a kind that is not judged here but absent", constraints(0, 1, "example.org"), []],
  ])("names %s", async (_, extension, expected) => {
    const ca = await authority({ extraExtensions: [extension] })
    expect(lies(await under(ca), [ca])).toEqual(expected)
  })

  it.each([
    ["host.example.com", []],
    ["HOST.EXAMPLE.COM", []],
    ["example.com", []],
    ["badexample.com", ["name-constraint"]],
    ["example.com.evil.org", ["name-constraint"]],
  ])("bound to example.com names DNS name %s", async (value, expected) => {
    const ca = await authority({ extraExtensions: [constraints(0, 2, "example.com")] })
    const leaf = await pki.client({ signer: ca.signer, profile: { alternativeNames: [{ kind: "dns", value }] } })
    expect(lies(leaf, [ca])).toEqual(expected)
  })

  it("cannot bind a subject in a way that is not judged here without being refused", async () => {
    const directory = {
      oid: EXTENSION.nameConstraints,
      critical: true,
      value: sequence(encode(explicit(0), sequence(encode(explicit(4), commonName("checkout"))))),
    }
    const ca = await authority({ extraExtensions: [directory] })
    expect(lies(await under(ca), [ca])).toEqual(["name-constraint"])
  })

  it("cannot lead its judge in a circle", async () => {
    const keys = [await generateKeyPair("P-256"), await generateKeyPair("P-256")] as const
    const profile = { notBefore: now, notAfter: later(now, DAY), ca: {}, keyUsage: ["keyCertSign"] } as const
    const [east, west] = [commonName("East CA"), commonName("West CA")]
    const eastBySelf = certify(keys[0], { ...profile, subject: east })
    const westByEast = certify(keys[1], { ...profile, subject: west }, eastBySelf.signer)
    const eastByWest = certify(keys[0], { ...profile, subject: east }, westByEast.signer)
    expect(lies(await under(eastByWest), [westByEast, eastByWest])).toEqual(["unknown-issuer"])
  })

  it("is not hidden by a crowd of namesakes", async () => {
    const ca = await authority({})
    const crowd = await Promise.all(Array.from({ length: 20 }, () => authority({})))
    expect(lies(await under(ca), [...crowd, ca])).toEqual([])
    expect(lies(await under(ca), crowd)).toEqual(["bad-signature"])
  })
})
