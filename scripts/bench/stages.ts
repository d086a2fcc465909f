import { randomBytes } from "node:crypto"
import type { BuildOrder } from "../../src/app/build-order.ts"
import type { AssembledBundle, BundleContents } from "../../src/artifact/bundle.ts"
import type { StorePasswords } from "../../src/artifact/passwords.ts"
import type { CertificateRequest } from "../../src/domain/issuing.ts"
import { compiled } from "./compiled.ts"
import { type Contender, timed } from "./harness.ts"
import { openPipeline, openTools, type Tools } from "./pipeline.ts"
import type { Algorithm, Workbench } from "./workbench.ts"

/** Steps of the pipeline by name, repeatable. */
type Steps = Readonly<Record<string, () => unknown>>

/** What the first half of the pipeline made, once, for the steps of the second half to work on. */
interface Made {
  readonly order: BuildOrder
  readonly contents: BundleContents & { readonly privateKey: Uint8Array }
  readonly passwords: StorePasswords
  readonly bundle: AssembledBundle
}

/** Every step of `assembleRelease` alone, `count` times a round. What joins them is a few objects and not measured. */
export async function stages(bench: Workbench, algorithm: Algorithm, count: number): Promise<readonly Contender[]> {
  const order = bench.supplies.orders[algorithm]
  const tools = await openTools(bench)
  const pair = await tools.entropy.keyPair(algorithm)
  const request = certificateRequest(order, pair.publicKey)
  const { certificates: chain } = await tools.authority.issue(request)
  const made = await assemble(order, tools, pair.privateKey, chain)
  const { certificateFacts } = await compiled("artifact/x509-read")
  const steps: Steps = {
    key: () => tools.entropy.keyPair(algorithm),
    "certificate, read back": async () => certificateFacts(await issueLeaf(tools, request)),
    ...(await entrySteps(made)),
    ...(await zipSteps(made)),
    ...(await releaseSteps(made, tools, bench)),
  }
  return [
    ...Object.entries(steps).map(([name, step]) => ({ name, round: () => timed(count, step) })),
    await selfCheck(bench, algorithm, count),
  ]
}

/**
 * What is published must pass what a customer runs: part of every build, and measured beside it. On bundles that have
 * just been made and never been checked, because what has been read once is remembered.
 */
export async function selfCheck(bench: Workbench, algorithm: Algorithm, count: number): Promise<Contender> {
  const order = bench.supplies.orders[algorithm]
  const tools = await openTools(bench)
  const pair = await tools.entropy.keyPair(algorithm)
  const request = certificateRequest(order, pair.publicKey)
  const { checkBundle } = await compiled("artifact/checks/check-bundle")
  const make = async () => {
    const { certificates: chain } = await tools.authority.issue(request)
    return assemble(order, tools, pair.privateKey, chain)
  }
  return {
    name: "self-check",
    async round() {
      const fresh: Made[] = []
      while (fresh.length < count) fresh.push(await make())
      return timed(count, index => {
        const made = fresh[index]
        if (made !== undefined) checkBundle(made.bundle.zip, order.now, { derivation: made.contents.derivation })
      })
    },
  }
}

async function issueLeaf({ authority }: Tools, request: CertificateRequest): Promise<Uint8Array> {
  const { certificates } = await authority.issue(request)
  return certificates[0] ?? new Uint8Array()
}

function certificateRequest({ input, now, lifetime }: BuildOrder, publicKey: Uint8Array): CertificateRequest {
  const { name, identity } = input.bundle
  const notAfter = (now + lifetime) as typeof now
  return { publicKey, commonName: name, identity, serial: randomBytes(16), notBefore: now, notAfter }
}

async function assemble(
  order: BuildOrder,
  { platforms, entropy }: Tools,
  privateKey: Uint8Array,
  chain: readonly Uint8Array[],
): Promise<Made> {
  const { assembleBundle } = await compiled("artifact/bundle")
  const { keyDerivation } = await compiled("artifact/pkcs12-kdf")
  const { certificateFacts } = await compiled("artifact/x509-read")
  const { randomPasswords } = await compiled("artifact/passwords")
  const { bundle, cluster } = order.input
  const facts = certificateFacts(chain[0] ?? new Uint8Array())
  const contents = {
    ...bundle,
    cluster,
    fullName: order.bundle,
    version: order.version,
    certificate: { ...facts, identity: bundle.identity, keyAlgorithm: bundle.key.algorithm },
    chain,
    trust: order.trust,
    privateKey,
    keySource: bundle.key.source,
    createdAt: order.now,
    platforms,
    random: entropy.bytes,
    derivation: keyDerivation(),
  }
  return { order, contents, passwords: randomPasswords(randomBytes), bundle: assembleBundle(contents) }
}

async function entrySteps({ contents, passwords }: Made): Promise<Steps> {
  const { writePkcs12 } = await compiled("artifact/pkcs12")
  const { writeIdentityStore, writeTrustStore } = await compiled("artifact/jks")
  const { chain, trust, privateKey, createdAt, random } = contents
  const identity = { privateKey, chain, alias: "client", password: passwords.keyStore, createdAt }
  const trusted = { certificates: trust, password: passwords.trustStore, createdAt }
  return {
    "cert.pfx": () =>
      writePkcs12({ privateKey, chain, friendlyName: "client", password: passwords.pfx, randomBytes: random }),
    "identity.jks": () => writeIdentityStore({ ...identity, salt: random(20) }),
    "trustStore.jks": () => writeTrustStore(trusted),
    "text files": await textStep(contents, passwords),
  }
}

async function textStep(contents: Made["contents"], passwords: StorePasswords): Promise<() => unknown> {
  const { formatConfigJson } = await compiled("artifact/config-json")
  const { formatCqlshrc } = await compiled("artifact/cqlshrc")
  const { formatMetadata } = await compiled("artifact/bundle-metadata")
  const { formatReadme } = await compiled("artifact/bundle-readme")
  const { encodePem } = await compiled("artifact/pem")
  const { renderExample } = await compiled("artifact/platforms")
  const { drivers, platforms, chain, trust, privateKey, cluster } = contents
  const values = {
    ...cluster,
    bundle: contents.fullName,
    name: "bench",
    bundleFile: "secure-connect-bench-cluster.zip",
  }
  return () => {
    const pem = [...chain, ...trust, privateKey].map(der => encodePem("CERTIFICATE", der))
    const examples = drivers.flatMap(name => {
      const platform = platforms.get(name)
      return platform === undefined ? [] : [renderExample(platform, values)]
    })
    const texts = [formatConfigJson(cluster, passwords), formatCqlshrc(cluster), formatMetadata(contents, [], [], {})]
    return [...pem, ...texts, formatReadme(contents, values.bundleFile, examples)].map(text => Buffer.from(text))
  }
}

async function zipSteps({ contents, bundle }: Made): Promise<Steps> {
  const { writeZip } = await compiled("artifact/zip-write")
  const { readZip } = await compiled("artifact/zip-read")
  const { fileDigest } = await compiled("artifact/digest")
  const entries = readZip(bundle.zip).entries.map(({ name, mode, data = new Uint8Array() }) => ({
    name,
    data,
    mode: mode & 0o777,
  }))
  return {
    ZIP: () => writeZip(entries, contents.createdAt),
    "digests of the entries": () => entries.map(({ name, data }) => fileDigest(name, data)),
  }
}

async function releaseSteps({ order, bundle }: Made, { signer }: Tools, bench: Workbench): Promise<Steps> {
  const { fileDigest } = await compiled("artifact/digest")
  const { formatSums } = await compiled("artifact/sums")
  const { formatManifest, parseManifest } = await compiled("schema/documents")
  const { assets } = await (await openPipeline(bench)).assemble(order)
  const manifestBytes = assets.get("manifest.json") ?? new Uint8Array()
  const manifest = parseManifest(manifestBytes)
  return {
    "encrypt and sign": () => signer.signAndEncrypt(bundle.zip, order.recipients, "bundle.zip", order.now),
    manifest: () => formatManifest(manifest),
    "sign the manifest": () => signer.sign(manifestBytes, order.now),
    "SHA-256 of the assets": () => formatSums([...assets].map(([name, bytes]) => fileDigest(name, bytes))),
  }
}
