import { randomBytes } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { AssemblyTools } from "../../src/app/assemble-release.ts"
import type { Assembler } from "../../src/app/build-order.ts"
import type { Manifest } from "../../src/domain/manifest.ts"
import { compiled } from "./compiled.ts"
import { floorOfChecking, floorOfMaking, floorOfOpenPgp, type Sizes } from "./floor.ts"
import { type Contender, timed } from "./harness.ts"
import type { Algorithm, Workbench } from "./workbench.ts"

/** What `assembleRelease` works with, opened as `scb build` opens it. */
export type Tools = AssemblyTools

export async function openTools({ supplies }: Workbench): Promise<Tools> {
  const { localAuthority } = await compiled("adapters/authority-local")
  const { nodeEntropy } = await compiled("adapters/entropy-node")
  const { loadPlatforms } = await compiled("adapters/platform-catalogue")
  const { openPgpSigner } = await compiled("adapters/signer-openpgp")
  const { issuers, signer, now } = supplies.secrets
  const [issuer] = issuers
  if (issuer === undefined) throw new Error("the workbench has no issuer")
  return {
    authority: localAuthority({ ...issuer, now }),
    signer: await openPgpSigner(signer),
    entropy: nodeEntropy(),
    platforms: await loadPlatforms(),
    millis: () => performance.now(),
  }
}

/** The assembler as `scb build` opens it for few bundles: all in this thread. */
export async function openPipeline(bench: Workbench): Promise<Assembler> {
  const { openAssembler } = await compiled("cli/assembler")
  const { signer, platforms } = await openTools(bench)
  return openAssembler(bench.supplies.secrets.issuers, signer, platforms, bench.supplies.secrets.now)
}

/** One build order to four written files, self-check included; `count` of them a round, one after the other. */
export function pipeline(assembler: Assembler, bench: Workbench, algorithm: Algorithm, count: number): Contender {
  const directory = outputDirectory(bench)
  const build = async () => {
    const { assets } = await assembler.assemble(bench.supplies.orders[algorithm])
    for (const [name, bytes] of assets) writeFileSync(join(directory, name), bytes)
  }
  return { name: "scb", round: () => timed(count, build) }
}

/** OpenPGP.js at work on a real release, and nothing else: what is encrypted and what is signed are as large as there. */
export async function openPgpAlone(
  bench: Workbench,
  algorithm: Algorithm,
  sizes: Sizes,
  count: number,
): Promise<Contender> {
  const { signer } = await openTools(bench)
  const { recipients, now } = bench.supplies.orders[algorithm]
  const [zip, manifest] = [randomBytes(sizes.zip), randomBytes(sizes.assets["manifest.json"] ?? 0)]
  const work = async () => {
    await signer.signAndEncrypt(zip, recipients, "bundle.zip", now)
    await signer.sign(manifest, now)
  }
  return { name: "OpenPGP.js alone", round: () => timed(count, work) }
}

/** The native cryptography alone, see floor.ts. */
export function floors(bench: Workbench, algorithm: Algorithm, sizes: Sizes, count: number): readonly Contender[] {
  const directory = outputDirectory(bench)
  return [
    { name: "floor of making", round: () => timed(count, () => floorOfMaking(algorithm, sizes, directory)) },
    { name: "floor of checking", round: () => timed(count, () => floorOfChecking(algorithm)) },
    { name: "floor of OpenPGP", round: () => timed(count, () => floorOfOpenPgp(sizes)) },
  ]
}

/** What one real release weighs: its manifest says it. */
export async function releaseSizes(assembler: Assembler, bench: Workbench, algorithm: Algorithm): Promise<Sizes> {
  const { assets } = await assembler.assemble(bench.supplies.orders[algorithm])
  const manifest = JSON.parse(Buffer.from(assets.get("manifest.json") ?? []).toString("utf8")) as Manifest
  return {
    entries: manifest.files.map(file => file.size),
    zip: manifest.plaintext.size,
    assets: Object.fromEntries([...assets].map(([name, bytes]) => [name, bytes.length])),
  }
}

function outputDirectory(bench: Workbench): string {
  const directory = join(bench.path, "one-core")
  mkdirSync(directory, { recursive: true })
  return directory
}
