import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { serialize } from "node:v8"
import type { BuildOrder } from "../../src/app/build-order.ts"
import { sha256 } from "../../src/artifact/digest.ts"
import { writeTrustStore } from "../../src/artifact/jks.ts"
import { type GeneratedOpenPgpKey, generateOpenPgpKey } from "../../src/artifact/openpgp.ts"
import type { AssemblySecrets } from "../../src/cli/assembler.ts"
import { type Instant, instantFromMillis, later } from "../../src/domain/instant.ts"
import { LAYOUT } from "../../src/domain/release.ts"
import { makePki, type Pki } from "../../test/support/pki.ts"

/** Of the client's key. The CA signs with P-256 and OpenPGP uses Curve25519 in every case. */
export const ALGORITHMS = ["P-256", "RSA-2048"] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** What every contender starts from: one CA, one OpenPGP signer and one recipient, made for this run alone. */
export interface Workbench {
  /**
   * A folder with ca.crt, issuer.crt, issuer.key, trustStore.jks (password `benchmark`), a gpg home with the keys of
   * signer@bench.example and recipient@bench.example where gpg is there, and `orders`, a serialised {@link Supplies}.
   */
  readonly path: string
  readonly supplies: Supplies
  dispose(): void
}

/** What our side needs, in this process and in others. */
export interface Supplies {
  readonly secrets: AssemblySecrets
  readonly orders: Readonly<Record<Algorithm, BuildOrder>>
}

const CLUSTER = "bench-cluster"
const DRIVERS = ["java", "python", "nodejs", "gocql-astra", "csharp", "cpp"]
const DAY = 86_400_000

export async function setUpWorkbench(): Promise<Workbench> {
  const path = mkdtempSync(join(tmpdir(), "scb-bench-"))
  const now = instantFromMillis(Date.now())
  const pki = await makePki({ now, name: "Bench" })
  const [signer, recipient] = [await openPgpKey("signer", now), await openPgpKey("recipient", now)]
  const supplies: Supplies = {
    secrets: {
      issuers: [{ cluster: CLUSTER, certificatePem: pki.issuer.certificatePem, keyPem: pki.issuer.keyPem }],
      signer: { privateKeyArmored: signer.privateKeyArmored },
      now,
    },
    orders: { "P-256": buildOrder("P-256", pki, recipient), "RSA-2048": buildOrder("RSA-2048", pki, recipient) },
  }
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(path, name), content, { mode: 0o600 })
  write("ca.crt", pki.root.certificatePem)
  write("issuer.crt", pki.issuer.certificatePem)
  write("issuer.key", pki.issuer.keyPem)
  write(
    "trustStore.jks",
    writeTrustStore({ certificates: [pki.root.certificate], password: "benchmark", createdAt: now }),
  )
  write("supplies", serialize(supplies))
  const home = join(path, "gnupg")
  mkdirSync(home, { mode: 0o700 })
  for (const key of [signer.privateKeyArmored, recipient.publicKeyArmored]) {
    spawnSync("gpg", ["--homedir", home, "--batch", "--quiet", "--import"], { input: key })
  }
  return {
    path,
    supplies,
    dispose() {
      spawnSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"])
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** The bundle that everybody builds: one recipient, six drivers, the issuer's intermediate in the chain. */
function buildOrder(algorithm: Algorithm, pki: Pki, recipient: GeneratedOpenPgpKey): BuildOrder {
  return {
    bundle: `${CLUSTER}/bench`,
    version: "1.0.0",
    change: "major",
    reason: "first-release",
    cause: "first release",
    gates: [],
    checks: [],
    input: {
      layout: LAYOUT,
      cluster: {
        name: CLUSTER,
        environment: "bench",
        region: "eu-west-1",
        host: pki.host,
        metadataPort: 29080,
        cqlPort: 29042,
        datacenter: "dc1",
        authentication: "mutual-tls",
        trust: [sha256(pki.root.certificate)],
        issuer: [sha256(pki.issuer.certificate)],
      },
      bundle: {
        name: "bench",
        application: "bench",
        owner: "bench-team",
        identity: "spiffe://example.com/bench/bench",
        role: "bench_rw",
        keyspace: "bench",
        drivers: DRIVERS,
        compatibility: Object.fromEntries(DRIVERS.map(name => [name, "*"])),
        key: { source: "generated", algorithm },
        lifetime: "90d",
        recipients: [recipient.fingerprint],
      },
    },
    inputDigest: "0".repeat(64),
    commit: "0".repeat(40),
    policyDigest: "0".repeat(64),
    epoch: 0,
    predecessor: null,
    changes: [],
    upgrades: [],
    afterDeprecation: { limited: "90d", securityOnly: "60d", endOfLife: "30d", archived: "365d" },
    now: pki.now,
    lifetime: 90 * DAY,
    backdate: 3_600_000,
    trust: [pki.root.certificate],
    recipients: [recipient.publicKeyArmored],
  }
}

/** Curve25519 in the form that GnuPG 2.2 reads. */
function openPgpKey(name: string, now: Instant): Promise<GeneratedOpenPgpKey> {
  return generateOpenPgpKey({ userId: `${name}@bench.example`, kind: "ecc", createdAt: later(now, -60_000) })
}
