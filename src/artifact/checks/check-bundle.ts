import type { Client } from "../../domain/clients.ts"
import { type Finding, finding } from "../../domain/findings.ts"
import type { Instant } from "../../domain/instant.ts"
import { PRIVATE_ENTRIES, type RootEntry } from "../layout.ts"
import type { KeyDerivation } from "../pkcs12-kdf.ts"
import { readCertificate } from "../x509-read.ts"
import { checkArchive } from "./archive.ts"
import { attempt } from "./attempt.ts"
import { checkCaCertificates } from "./ca-certificates.ts"
import { checkClientCertificate } from "./client-certificate.ts"
import { checkConfig } from "./config.ts"
import { checkIdentities } from "./identity.ts"
import { checkKeyStore, checkTrustStore } from "./java-stores.ts"
import { checkPfx } from "./pfx.ts"
import { checkPrivateKey } from "./private-key.ts"
import { READERS, union } from "./readers.ts"

export interface BundleCheckOptions {
  /** Only findings that break one of these, and those that break nobody in particular. Default: all clients. */
  readonly clients?: readonly Client[]
  /** Longest life of a client certificate that is not remarked on. Default: 397 days. */
  readonly maximumLifetimeDays?: number
  /** DER certificates by which the server verifies its clients: makes K6 certain. */
  readonly serverClientCa?: readonly Uint8Array[]
  /** Knows the keys of cert.pfx. Only for a bundle made a moment ago: it sets no limit to the work that a file asks for. */
  readonly derivation?: KeyDerivation | undefined
}

const MAXIMUM_LIFETIME_DAYS = 397

/**
 * Rows Z, C, K, J and P: all that is wrong with a bundle, ours or anybody's, and whom it breaks. One cause gives one
 * finding: a check whose premise has a finding already is left out. Never throws, whatever the bytes are.
 */
export function checkBundle(bytes: Uint8Array, now: Instant, options: BundleCheckOptions = {}): readonly Finding[] {
  const { contents, missing, metadata, findings } = checkArchive(bytes)
  const config = on(contents.get("config.json"), checkConfig)
  const passwords = config.facts
  const trust = on(contents.get("ca.crt"), file => checkCaCertificates(file, now))
  const expected = {
    now,
    maximumLifetimeDays: options.maximumLifetimeDays ?? MAXIMUM_LIFETIME_DAYS,
    anchors: trust.anchors ?? [],
    serverClientCa: options.serverClientCa?.map(readCertificate),
  }
  const certificate = on(contents.get("cert"), file => checkClientCertificate(file, expected))
  const { key, ...privateKey } = on(contents.get("key"), checkPrivateKey)
  const keyStore = on(contents.get("identity.jks"), file => checkKeyStore(file, passwords?.keyStorePassword, key))
  const trustStore = on(contents.get("trustStore.jks"), file =>
    checkTrustStore(file, passwords?.trustStorePassword, trust.anchors),
  )
  const pfx = on(contents.get("cert.pfx"), file => checkPfx(file, passwords?.pfxCertPassword, key, options.derivation))
  const identities = checkIdentities({
    chain: certificate.chain,
    key,
    keyStore: keyStore.identity,
    pfx: pfx.identity,
  })
  const parts = [config, trust, certificate, privateKey, { findings: identities }, keyStore, trustStore, pfx]
  const all = [...findings, ...checkPresence(missing, metadata), ...parts.flatMap(part => part.findings ?? [])]
  const { clients } = options
  return clients === undefined ? all : all.filter(each => concerns(each, clients))
}

/** The verdict on an entry; none where the archive gives no bytes that can be judged, which has a finding already. */
function on<T extends object>(bytes: Uint8Array | undefined, check: (bytes: Uint8Array) => T): Partial<T> {
  return bytes === undefined ? {} : check(bytes)
}

/** Z5. A bundle for its owner's key is published without the entries that hold it: that is a note, not a fault. */
function checkPresence(missing: ReadonlySet<RootEntry>, metadata: Uint8Array | undefined): readonly Finding[] {
  const isWaiting = PRIVATE_ENTRIES.every(name => missing.has(name)) && isForOwnersKey(metadata)
  const absent = [...missing].filter(name => !isWaiting || !PRIVATE_ENTRIES.some(each => each === name))
  return [...(isWaiting ? [waitingForKey()] : []), ...absent.map(missingEntry)]
}

function missingEntry(name: RootEntry): Finding {
  const severity = name === "cqlshrc" ? "warning" : "error"
  return finding("Z5", name, `${name} is missing`, { breaks: READERS[name], severity })
}

function waitingForKey(): Finding {
  const message = `${PRIVATE_ENTRIES.join(", ")} are still to come: the bundle waits for its owner's key`
  return finding("Z5", "archive", message, {
    severity: "note",
    breaks: union(...PRIVATE_ENTRIES.map(name => READERS[name])),
    hint: "complete it with `scb complete BUNDLE --key FILE`",
  })
}

function isForOwnersKey(metadata: Uint8Array | undefined): boolean {
  const document = attempt<unknown>(() => JSON.parse(Buffer.from(metadata ?? []).toString("utf8")))
  return (
    document.ok &&
    typeof document.value === "object" &&
    document.value !== null &&
    "keySource" in document.value &&
    document.value.keySource === "csr"
  )
}

/** What breaks nobody in particular is worth knowing for everybody. */
function concerns({ breaks = [] }: Finding, clients: readonly Client[]): boolean {
  return breaks.length === 0 || breaks.some(client => clients.includes(client))
}
