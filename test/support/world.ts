import { localAuthority } from "../../src/adapters/authority-local.ts"
import { memoryHistory } from "../../src/adapters/history-memory.ts"
import { memoryLedger } from "../../src/adapters/ledger-memory.ts"
import { loadPlatforms } from "../../src/adapters/platform-catalogue.ts"
import { type MemoryReleases, memoryReleases } from "../../src/adapters/releases-memory.ts"
import { openPgpSigner } from "../../src/adapters/signer-openpgp.ts"
import { type MemoryWorkspace, memoryWorkspace } from "../../src/adapters/workspace-memory.ts"
import { demoRepository, type NewRepository } from "../../src/app/init.ts"
import type { World } from "../../src/app/world.ts"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { openAssembler } from "../../src/cli/assembler.ts"
import { type Instant, parseInstant } from "../../src/domain/instant.ts"
import type { KeyPair } from "../../src/domain/issuing.ts"
import type { Ledger } from "../../src/ports.ts"
import { seededEntropy } from "./entropy.ts"

export const START = parseInstant("2026-11-22T10:00:00Z") as Instant

/** A whole bundle repository in memory: the demonstration's two clusters and three bundles, with real keys. */
export interface TestWorld extends World {
  readonly workspace: MemoryWorkspace
  readonly ledger: Ledger
  readonly store: MemoryReleases
  readonly repository: NewRepository
  /** The same world at another instant. */
  at(now: Instant): TestWorld
  /** Replaces text in a file of the working tree and commits. */
  edit(path: string, before: string, after: string): void
}

/** Called before each thing that is written; when it throws, the writer has been killed there. */
export type Fault = (what: string) => void

const made = new Map<string, Promise<NewRepository>>()

export async function testWorld(options: { readonly fault?: Fault } = {}): Promise<TestWorld> {
  const repository = await demoOnce()
  const fault: Fault = options.fault ?? (() => {})
  const tree = new Map(
    [...repository.files]
      .filter(([path]) => /^(policies|bundles)\//.test(path))
      .map(([path, text]) => [path, new TextEncoder().encode(text)] as const),
  )
  const workspace = memoryWorkspace(tree)
  const ledger = memoryLedger({ beforeWrite: operation => fault(`ledger ${operation}`) })
  const store = memoryReleases({ beforeWrite: path => fault(`releases ${path}`) })
  const platforms = await loadPlatforms()
  const passphrase = passphraseOf(repository)
  const entropy = seededEntropy("world", { "RSA-2048": [await rsaOnce()] })
  const fixed: Omit<TestWorld, "now" | "at"> = {
    workspace,
    ledger,
    store,
    repository,
    releases: () => store,
    history: memoryHistory([]),
    approvals: () => {
      throw new Error("nobody is asked for approvals here")
    },
    keyring: {
      signer: () => openPgpSigner({ privateKeyArmored: keyOf(repository, "release.key.asc"), passphrase }),
      authority: async ({ certificatePem }, now) =>
        localAuthority({ certificatePem, keyPem: keyOf(repository, "ca.key"), passphrase, now }),
      assembler: async (issuers, signer, _orders, now) => {
        const keyPem = keyOf(repository, "ca.key")
        const opened = issuers.map(({ cluster, certificatePem }) => ({ cluster, certificatePem, keyPem, passphrase }))
        return openAssembler(opened, signer, platforms, now, entropy)
      },
    },
    platforms,
    reporter: { step: () => {}, progress: () => {} },
    health: [],
    edit(path, before, after) {
      const text = new TextDecoder().decode(workspace.files.get(path))
      if (!text.includes(before)) throw new Error(`${path} does not contain ${before}`)
      workspace.files.set(path, new TextEncoder().encode(text.replace(before, after)))
      workspace.commit()
    },
  }
  const at = (now: Instant): TestWorld => ({ ...fixed, now, at })
  return at(START)
}

export function keyOf(repository: NewRepository, name: string): string {
  const key = repository.keys.get(name)
  if (key === undefined) throw new Error(`the demonstration has no ${name}`)
  return key
}

/** The one passphrase of all throw-away keys. */
export function passphraseOf(repository: NewRepository): string {
  return /SCB_CA_KEY_PASSPHRASE='(.+)'/.exec(keyOf(repository, "env.sh"))?.[1] ?? ""
}

let rsa: Promise<KeyPair> | undefined

/** Making an RSA key takes longer than all the rest. */
function rsaOnce(): Promise<KeyPair> {
  rsa ??= generateKeyPair("RSA-2048")
  return rsa
}

function demoOnce(): Promise<NewRepository> {
  const entropy = seededEntropy("demo")
  const repository =
    made.get("demo") ??
    demoRepository({
      name: "demo",
      keysFolder: "/nowhere",
      firstPort: 29_080,
      random: length => entropy.bytes(length),
      now: START,
    })
  made.set("demo", repository)
  return repository
}
