/** Builds a whole repository on two threads, in a process that can start threads from source: prints what became of it. */
import { applyChange } from "../../src/app/apply.ts"
import type { Assembler, BuildOrder } from "../../src/app/build-order.ts"
import type { World } from "../../src/app/world.ts"
import { threadedAssembler } from "../../src/cli/build-pool.ts"
import { keyOf, passphraseOf, testWorld } from "./world.ts"

const YEARS = 40 * 365 * 86_400_000

const { repository } = await testWorld()
const passphrase = passphraseOf(repository)
const keyPem = keyOf(repository, "ca.key")
const signer = { privateKeyArmored: keyOf(repository, "release.key.asc"), passphrase }

/** A new world, but built on threads, from orders that have been changed on the way. */
async function onThreads(edit: (order: BuildOrder) => BuildOrder): Promise<World> {
  const world = await testWorld()
  return {
    ...world,
    keyring: {
      ...world.keyring,
      async assembler(issuers, _signer, _orders, now): Promise<Assembler> {
        const opened = issuers.map(({ cluster, certificatePem }) => ({ cluster, certificatePem, keyPem, passphrase }))
        const threads = threadedAssembler({ issuers: opened, signer, now }, 2)
        return { ...threads, assemble: order => threads.assemble(edit(order)) }
      },
    },
  }
}

async function fate(edit: (order: BuildOrder) => BuildOrder): Promise<unknown> {
  return applyChange(await onThreads(edit)).then(
    ({ verified, failed: [failure] }) =>
      failure?.error ?? verified.map(({ bundle, version }) => `${bundle} ${version}`),
    ({ name, message }) => ({ name, message }),
  )
}

const outlived = await fate(order => ({ ...order, lifetime: YEARS }))
const impossible = await fate(({ requestedKey: _, ...order }) => order)
const good = await fate(order => order)
process.stdout.write(JSON.stringify({ outlived, impossible, good }))
