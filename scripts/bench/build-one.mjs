// One bundle in one process, from the compiled program. usage: node build-one.mjs WORKBENCH ALGORITHM DIRECTORY
import { enableCompileCache } from "../../dist/cli/compile-cache.js"

enableCompileCache()
const { readFileSync, mkdirSync, writeFileSync } = await import("node:fs")
const { deserialize } = await import("node:v8")
const { loadPlatforms } = await import("../../dist/adapters/platform-catalogue.js")
const { openPgpSigner } = await import("../../dist/adapters/signer-openpgp.js")
const { openAssembler } = await import("../../dist/cli/assembler.js")

const [, , bench, algorithm, directory] = process.argv
const { secrets, orders } = deserialize(readFileSync(`${bench}/supplies`))
const signer = await openPgpSigner(secrets.signer)
const assembler = openAssembler(secrets.issuers, signer, await loadPlatforms(), secrets.now)
const { assets } = await assembler.assemble(orders[algorithm])
mkdirSync(directory, { recursive: true })
for (const [name, bytes] of assets) writeFileSync(`${directory}/${name}`, bytes)
