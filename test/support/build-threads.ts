/** Builds a whole repository on two threads, in a process that can start threads from source: prints what became of it. */
import { applyChange } from "../../src/app/apply.ts"
import type { Assembler, BuildOrder } from "../../src/app/build-order.ts"
import type { World } from "../../src/app/world.ts"
import { threadedAssembler } from "../../src/cli/build-pool.ts"
import { keyOf, passphraseOf, testWorld } from "./world.ts"

const YEARS = 40 * 365 * 86_400_000

const world = await testWorld()
const passphrase = passphraseOf(world.repository)
const keyPem = keyOf(world.repository, "ca.key")
const signer = { privateKeyArmored: keyOf(world.repository, "release.key.asc"), passphrase }

/** The world, but built on threads, from orders that have been changed on the way. */
function onThreads(edit: (order: BuildOrder) => BuildOrder): World {
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

function fate(edit: (order: BuildOrder) => BuildOrder): Promise<unknown> {
  return applyChange(onThreads(edit)).then(
    ({ verified }) => verified.map(each => `${each.bundle} ${each.version}`),
    ({ name, code, message, hint }) => ({ name, code, message, hint }),
  )
}

const outlived = await fate(order => ({ ...order, lifetime: YEARS }))
const impossible = await fate(({ requestedKey: _, ...order }) => order)
const good = await fate(order => order)
process.stdout.write(JSON.stringify({ outlived, impossible, good }))
