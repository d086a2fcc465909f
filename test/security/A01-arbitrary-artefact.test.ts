import { beforeAll, describe, expect, it } from "vitest"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { verifyDetached } from "../../src/artifact/openpgp.ts"
import { CATALOG_INDEX } from "../../src/ports.ts"
import { bytes, eccKey, NOW, signed, trusted } from "../support/pgp.ts"
import { customerOf, makePublisher, type Publisher, verdict } from "../support/published.ts"

let publisher: Publisher

beforeAll(async () => {
  publisher = await makePublisher()
  await publisher.release()
  await publisher.catalog()
})

const fetchIt = () => verdict(customerOf(publisher).fetch())
const pathsOf = (part: RegExp) => [...publisher.releases.files.keys()].filter(path => part.test(path))

async function replaced(path: string, change: (old: Uint8Array) => Uint8Array): Promise<string> {
  const old = publisher.releases.files.get(path)
  if (old === undefined) throw new Error(`${path} is not published`)
  publisher.releases.files.set(path, change(old))
  try {
    return await fetchIt()
  } finally {
    publisher.releases.files.set(path, old)
  }
}

function flipped(at: number): (old: Uint8Array) => Uint8Array {
  return old => Uint8Array.from(old, (byte, index) => (index === at ? byte ^ 1 : byte))
}

describe("A01 arbitrary artefact", () => {
  it("accepts what is published before anybody touches it", async () => {
    expect(await fetchIt()).toBe("accepted")
  })

  it.each([/index\.json$/, /shards\//, /manifest\.json$/, /\.gpg$/, /SHA256SUMS$/])(
    "refuses a flipped bit anywhere in %s",
    async part => {
      const [path = ""] = pathsOf(part)
      const { length } = publisher.releases.files.get(path) ?? []
      const places = Array.from({ length: 24 }, (_, index) => Math.floor((index * (Number(length) - 1)) / 23))
      for (const at of places) expect(await replaced(path, flipped(at)), `bit ${at} of ${path}`).not.toBe("accepted")
    },
  )

  it("refuses any flipped bit of signed data, and of the signature itself", async () => {
    const [release, data] = [await eccKey("release"), bytes("what is signed")]
    const signature = await signed(data, release)
    const check = (change: { data?: Uint8Array; signatureArmored?: string }) =>
      verdict(
        verifyDetached({
          data,
          signatureArmored: signature,
          keys: [trusted(release)],
          at: NOW,
          subject: "it",
          ...change,
        }),
      )
    expect(await check({})).toBe("accepted")
    for (let at = 0; at < data.length; at++) {
      expect(await check({ data: flipped(at)(data) })).toBe("signature-invalid")
    }
    const body = signature.indexOf("\n\n") + 2
    const end = signature.indexOf("\n=")
    const swap = (at: number) => (signature[at] === "A" ? "B" : "A")
    for (let at = body; at < end; at++) {
      if (signature[at] === "\n") continue
      const changed = signature.slice(0, at) + swap(at) + signature.slice(at + 1)
      const answer = await check({ signatureArmored: changed })
      expect(["signature-invalid", "signature-missing", "signer-untrusted", "clock-behind"], `at ${at}`).toContain(
        answer,
      )
    }
  })

  it("refuses a manifest without a signature, and an empty one", async () => {
    const [path = ""] = pathsOf(/manifest\.json\.asc$/)
    expect(await replaced(path, () => new Uint8Array())).toBe("signature-missing")
    expect(await replaced(path, () => bytes("signed, sealed, delivered"))).toBe("signature-invalid")
  })

  it("refuses a catalog without a signature", async () => {
    const [path = ""] = pathsOf(/signatures\//)
    const signature = publisher.releases.files.get(path) ?? new Uint8Array()
    publisher.releases.files.delete(path)
    expect(await fetchIt()).toBe("signature-missing")
    publisher.releases.files.set(path, signature)
  })

  it("refuses manifest and catalog signed by somebody else", async () => {
    const eve = await eccKey("eve")
    const bySomebodyElse = async (path: string, signaturePath: string) => {
      const signature = bytes(await signed(publisher.releases.files.get(path) ?? new Uint8Array(), eve))
      return replaced(signaturePath, () => signature)
    }
    const [manifest = ""] = pathsOf(/manifest\.json$/)
    expect(await bySomebodyElse(manifest, `${manifest}.asc`)).toBe("signer-untrusted")
    const [signature = ""] = pathsOf(/signatures\//)
    expect(await bySomebodyElse(CATALOG_INDEX, signature)).toBe("signer-untrusted")
  })

  it("refuses a whole publication by somebody else", async () => {
    const evil = await makePublisher()
    const signer = await openPgpSigner(await eccKey("eve"))
    await evil.release({ signer })
    await evil.catalog({ signer })
    expect(await verdict(customerOf(evil).fetch())).toBe("signer-untrusted")
  })

  it("refuses the release of somebody else under a genuine catalog", async () => {
    const mixed = await makePublisher()
    await mixed.release({ signer: await openPgpSigner(await eccKey("eve")) })
    await mixed.catalog()
    expect(await verdict(customerOf(mixed).fetch())).toBe("signer-untrusted")
  })
})
