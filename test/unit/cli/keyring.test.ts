import { beforeAll, describe, expect, it } from "vitest"
import { generateKeyPair } from "../../../src/artifact/keys.ts"
import { encodePem } from "../../../src/artifact/pem.ts"
import { environmentKeyring } from "../../../src/cli/keyring.ts"
import { keyOf, passphraseOf, START, type TestWorld, testWorld } from "../../support/world.ts"

/** So many orders are worth threads. */
const MANY = 1000

let world: TestWorld
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  world = await testWorld()
  const passphrase = passphraseOf(world.repository)
  env = {
    SCB_CA_KEY: keyOf(world.repository, "ca.key"),
    SCB_CA_KEY_PASSPHRASE: passphrase,
    SCB_SIGNING_KEY: keyOf(world.repository, "release.key.asc"),
    SCB_SIGNING_KEY_PASSPHRASE: passphrase,
  }
})

async function open(orders: number, changed: Readonly<Record<string, string | undefined>> = {}) {
  const keyring = environmentKeyring({ ...env, ...changed }, world.platforms)
  const certificatePem = world.repository.files.get("bundles/shop-dev/ca/issuer.crt") ?? ""
  const issuer = { kind: "local", certificate: "ca/issuer.crt", key: "env:SCB_CA_KEY" } as const
  const issuers = [{ cluster: "shop-dev", issuer, certificatePem }]
  return keyring.assembler(issuers, await keyring.signer(), orders, START)
}

describe("keys from the environment", () => {
  it.each([1, MANY])("say before the first of %i orders that an issuer is unfit, and why", async orders => {
    const other = encodePem("PRIVATE KEY", (await generateKeyPair("P-256")).privateKey)
    const unset = { SCB_CA_KEY_PASSPHRASE: undefined }
    await expect(open(orders, { ...unset, SCB_CA_KEY: other })).rejects.toMatchObject({ code: "key-mismatch" })
    await expect(open(orders, unset)).rejects.toMatchObject({ code: "key-wrong-passphrase" })
  })

  it.each([
    ["SCB_SIGNING_KEY", "the release signing key is not here: SCB_SIGNING_KEY is not set"],
    ["SCB_CA_KEY", "the issuer key of shop-dev is not here: SCB_CA_KEY is not set"],
  ])("say which one is missing: %s", async (name, message) => {
    const hint = `set ${name} to the key, or ${name}_FILE to the path of a file outside the repository`
    await expect(open(1, { [name]: undefined })).rejects.toMatchObject({ code: "key-missing", message, hint })
  })

  it("build a few orders in this thread", async () => {
    const assembler = await open(1)
    expect(assembler.concurrency).toBe(4)
    await assembler.close()
  })
})
