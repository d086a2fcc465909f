// Many bundles on all cores, from the compiled program: as `scb build` does it, on its threads. Each release is written
// when it is made, into a folder of its own, as plain files like those of the shells. usage: node build-many.mjs WORKBENCH ALGORITHM COUNT WARM-UP DIRECTORY
// Prints {"millisecondsPerBundle": …, "peakMegabytes": …} as JSON; the time is without the warm-up, the peak with it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { deserialize } from "node:v8"
import { parallelMap } from "../../dist/app/parallel-map.js"
import { threadedAssembler } from "../../dist/cli/build-pool.js"

const [, , bench, algorithm, count, warmUp, directory] = process.argv
const { secrets, orders } = deserialize(readFileSync(`${bench}/supplies`))
const order = orders[algorithm]
const assembler = threadedAssembler(secrets, availableParallelism())

async function build(number) {
  const name = `bench-${number}`
  const input = { ...order.input, bundle: { ...order.input.bundle, name } }
  const { assets } = await assembler.assemble({ ...order, bundle: `${input.cluster.name}/${name}`, input })
  const folder = `${directory}/${name}`
  mkdirSync(folder, { recursive: true })
  for (const [asset, bytes] of assets) writeFileSync(`${folder}/${asset}`, bytes)
}

const numbers = length => Array.from({ length: Number(length) }, (_, index) => index)
await parallelMap(numbers(warmUp), assembler.concurrency, build)
const started = performance.now()
await parallelMap(numbers(count), assembler.concurrency, build)
const millisecondsPerBundle = (performance.now() - started) / Number(count)
await assembler.close()
console.log(JSON.stringify({ millisecondsPerBundle, peakMegabytes: process.resourceUsage().maxRSS / 1024 }))
