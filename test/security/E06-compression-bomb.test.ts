import { deflateRawSync, deflateSync } from "node:zlib"
import * as pgp from "openpgp"
import { beforeAll, describe, expect, it } from "vitest"
import { decryptAndVerify, type GeneratedOpenPgpKey } from "../../src/artifact/openpgp.ts"
import { eccKey, NOW, sealed, sealedPackets, trusted, unsealedPackets } from "../support/pgp.ts"
import { verdict } from "../support/published.ts"

const MAXIMUM = 1 << 20
let alice: GeneratedOpenPgpKey
let release: GeneratedOpenPgpKey

beforeAll(async () => {
  ;[alice, release] = await Promise.all([eccKey("alice"), eccKey("release")])
})

const open = (message: Uint8Array) =>
  verdict(
    decryptAndVerify({
      message,
      identityKeyArmored: alice.privateKeyArmored,
      signers: [trusted(release)],
      maximumBytes: MAXIMUM,
      at: NOW,
      subject: "it",
    }),
  )

/** Signed content of `size` bytes with `padding` behind it, as one compressed packet. */
async function packed(kind: "zip" | "zlib", size: number, padding: number): Promise<Uint8Array> {
  const packets = new pgp.PacketList<pgp.AnyPacket>()
  const message = await sealed(new Uint8Array(size), { recipient: alice, signer: release })
  packets.push(...(await unsealedPackets(message, alice)))
  const inside = Buffer.concat([packets.write(), Buffer.alloc(padding)])
  const compressed = kind === "zip" ? deflateRawSync(inside) : deflateSync(inside)
  const fields = { algorithm: pgp.enums.compression[kind], compressed }
  return sealedPackets([Object.assign(new pgp.CompressedDataPacket(), fields)], alice)
}

describe.each(["zip", "zlib"] as const)("E06 compression bomb (%s)", kind => {
  it("opens compressed content up to the limit", async () => {
    expect(await open(await packed(kind, MAXIMUM, 0))).toBe("accepted")
    expect(await open(await packed(kind, MAXIMUM + 1, 0))).toBe("too-large")
  })

  it("stops inflating at the limit, before it has seen what is behind", async () => {
    const bomb = await packed(kind, 1, 64 << 20)
    expect(bomb.length).toBeLessThan(MAXIMUM)
    expect(await open(bomb)).toBe("too-large")
    // where all of it may be seen, it is something else that is wrong
    expect(await open(await packed(kind, 1, 1 << 10))).toBe("payload-malformed")
  })
})
