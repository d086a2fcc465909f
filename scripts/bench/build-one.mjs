// One bundle, from the compiled program; start-one.mjs makes a single file of this.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { deserialize } from "node:v8"
import { loadPlatforms } from "../../dist/adapters/platform-catalogue.js"
import { openPgpSigner } from "../../dist/adapters/signer-openpgp.js"
import { openAssembler } from "../../dist/cli/assembler.js"

export async function buildOne(bench, algorithm, directory, platforms) {
  const { secrets, orders } = deserialize(readFileSync(`${bench}/supplies`))
  const signer = await openPgpSigner(secrets.signer)
  const assembler = openAssembler(secrets.issuers, signer, loadPlatforms(platforms), secrets.now)
  const { assets } = await assembler.assemble(orders[algorithm])
  mkdirSync(directory, { recursive: true })
  for (const [name, bytes] of assets) writeFileSync(`${directory}/${name}`, bytes)
}
