import { describe, expect, it } from "vitest"
import { later } from "../../src/domain/instant.ts"
import { NOW } from "../support/pgp.ts"
import { customerOf, makePublisher, type ReleaseParts, verdict } from "../support/published.ts"

async function published(parts: ReleaseParts): Promise<string> {
  const publisher = await makePublisher()
  await publisher.release(parts)
  await publisher.catalog()
  return verdict(customerOf(publisher).fetch())
}

describe("A05 mix-and-match", () => {
  it("refuses a manifest of a later epoch than the catalog's", async () => {
    expect(await published({ epoch: 0 })).toBe("accepted")
    expect(await published({ epoch: 1 })).toBe("manifest-mismatch")
  })

  it("refuses a payload that is not the manifest's", async () => {
    const publisher = await makePublisher()
    await publisher.release({ version: "1.0.0" })
    await publisher.release({ version: "1.0.1" })
    await publisher.catalog()
    const { files } = publisher.releases
    const payload = (version: string) =>
      [...files.keys()].find(path => path.includes(version) && path.endsWith(".gpg")) ?? ""
    files.set(payload("1.0.1"), files.get(payload("1.0.0")) ?? new Uint8Array())
    expect(await verdict(customerOf(publisher).fetch())).toBe("digest-mismatch")
  })

  it("refuses content that is not what the manifest describes", async () => {
    const other = (digest: string) => digest.replace(/^./, first => (first === "0" ? "1" : "0"))
    const lies: readonly (readonly [string, ReleaseParts["manifest"]])[] = [
      ["digest-mismatch", m => ({ ...m, plaintext: { ...m.plaintext, sha256: other(m.plaintext.sha256) } })],
      ["digest-mismatch", m => ({ ...m, files: m.files.map(file => ({ ...file, sha256: other(file.sha256) })) })],
      ["manifest-mismatch", m => ({ ...m, files: m.files.slice(1) })],
      ["manifest-mismatch", m => ({ ...m, files: [...m.files].reverse() })],
      ["manifest-mismatch", m => ({ ...m, certificate: { ...m.certificate, sha256: other(m.certificate.sha256) } })],
      ["manifest-mismatch", m => ({ ...m, certificate: { ...m.certificate, serial: other(m.certificate.serial) } })],
      ["manifest-mismatch", m => ({ ...m, certificate: { ...m.certificate, identity: "spiffe://example.com/root" } })],
      ["manifest-mismatch", m => ({ ...m, expiresAt: later(NOW, 1000) })],
    ]
    for (const [expected, manifest] of lies) {
      expect(await published({ ...(manifest && { manifest }) }), String(manifest)).toBe(expected)
    }
  })
})
