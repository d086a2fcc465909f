import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto"
import { assembleBundle } from "../../src/artifact/bundle.ts"
import { readStorePasswords } from "../../src/artifact/config-json.ts"
import {
  bitString,
  encode,
  explicit,
  implicit,
  members,
  nul,
  oid,
  parseDer,
  sequence,
  text,
} from "../../src/artifact/der.ts"
import { writeIdentityStore, writeTrustStore } from "../../src/artifact/jks.ts"
import { generateKeyPair } from "../../src/artifact/keys.ts"
import { ROOT_ENTRIES, type RootEntry } from "../../src/artifact/layout.ts"
import type { StorePasswords } from "../../src/artifact/passwords.ts"
import { encodePem } from "../../src/artifact/pem.ts"
import { writePkcs12 } from "../../src/artifact/pkcs12.ts"
import { privateEntries } from "../../src/artifact/private-entries.ts"
import { type CertificateProfile, commonName, EXTENDED_KEY_USAGE } from "../../src/artifact/x509.ts"
import { readZip } from "../../src/artifact/zip-read.ts"
import type { KeyAlgorithm } from "../../src/domain/bundle.ts"
import { CLIENTS, type Client } from "../../src/domain/clients.ts"
import type { Severity } from "../../src/domain/findings.ts"
import { type Instant, later } from "../../src/domain/instant.ts"
import type { KeyPair } from "../../src/domain/issuing.ts"
import type { FindingCode } from "../../src/domain/rules/finding-rules.ts"
import { sampleBundle } from "./bundle.ts"
import { craftJks, craftPkcs12 } from "./craft-stores.ts"
import { type Certified, certify, makePki, type Pki } from "./pki.ts"
import { buildZip, type HostileArchive, type HostileEntry } from "./zip.ts"

/** A bundle without a fault, and what it takes to make one with one. */
export interface GoodBundle {
  readonly zip: Uint8Array
  readonly now: Instant
  /** In the order of the ZIP. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly passwords: StorePasswords
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  readonly pki: Pki
  /** A CA that nobody has heard of. */
  readonly stranger: Pki
  /** Another key of the same algorithm, and one of another. */
  readonly spare: KeyPair
  readonly other: KeyPair
  readonly weak: KeyPair
}

/** `breaks` and `row` are all that a check may report, `severity` the highest; it is the row's own where nothing is said. */
export interface Mutation {
  readonly name: string
  readonly row: FindingCode
  readonly breaks: readonly Client[]
  readonly severity?: Severity
  readonly mutate: (good: GoodBundle) => Uint8Array
}

export async function makeGoodBundle(algorithm: KeyAlgorithm = "P-256", now?: Instant): Promise<GoodBundle> {
  const at = now === undefined ? {} : { now }
  const { contents, client } = await sampleBundle({ algorithm, ...at })
  const { zip } = assembleBundle(contents)
  const files = new Map(readZip(zip).entries.map(({ name, data }) => [name, data ?? new Uint8Array()]))
  const passwords = readStorePasswords(Buffer.from(files.get("config.json") ?? []).toString())
  if (passwords === undefined) throw new Error("the good bundle has no passwords")
  return {
    zip,
    now: contents.createdAt,
    files,
    passwords,
    privateKey: client.privateKey,
    publicKey: client.publicKey,
    chain: client.chain,
    pki: await makePki({ algorithm, ...at }),
    stranger: await makePki({ name: "Stranger", ...at }),
    spare: await generateKeyPair(algorithm),
    other: await generateKeyPair(algorithm === "RSA-2048" ? "P-256" : "RSA-2048"),
    weak: derKeyPair(generateKeyPairSync("rsa", { modulusLength: 1024 })),
  }
}

const DAY = 86_400_000
const ISSUER = commonName("Test Issuing CA")
const JAVA: readonly Client[] = ["java", "java3"]
const PYTHON: readonly Client[] = ["python", "cqlsh"]
const PEM: readonly Client[] = ["python", "nodejs", "cpp", "gocql-astra", "cql-proxy", "zdm-proxy", "cqlsh"]
const GO: readonly Client[] = ["gocql-astra", "cql-proxy", "zdm-proxy"]
/** cqlsh goes by its cqlshrc. */
const CONFIG: readonly Client[] = CLIENTS.filter(client => client !== "cqlsh")
const CA: readonly Client[] = [...PEM, "csharp"]
/** Java streams, Python extracts, adm-zip inflates all. */
const UNPACK_ALL: readonly Client[] = [...JAVA, ...PYTHON, "nodejs"]
const allBut = (...spared: readonly Client[]): readonly Client[] => CLIENTS.filter(client => !spared.includes(client))

export const mutations: readonly Mutation[] = [
  ...archiveMutations(),
  ...nameMutations(),
  ...presenceMutations(),
  ...sizeMutations(),
  ...configMutations(),
  ...caMutations(),
  ...certificateMutations(),
  ...keyMutations(),
  ...keyStoreMutations(),
  ...trustStoreMutations(),
  ...pfxMutations(),
]

function archiveMutations(): readonly Mutation[] {
  return [
    { name: "text instead of a ZIP", row: "Z1", breaks: CLIENTS, mutate: () => bytes("<html>Not found</html>") },
    { name: "an empty file", row: "Z1", breaks: CLIENTS, mutate: () => new Uint8Array() },
    { name: "cut in the middle", row: "Z1", breaks: CLIENTS, mutate: ({ zip }) => zip.slice(0, zip.length / 2) },
    { name: "cut by its last byte", row: "Z1", breaks: allBut(...JAVA, "cpp"), mutate: ({ zip }) => zip.slice(0, -1) },
    {
      name: "a count of entries that is too high",
      row: "Z1",
      breaks: ["nodejs", "csharp", ...GO],
      mutate: g => pack(g, same, { count: 99 }),
    },
    {
      name: "one disk of several",
      row: "Z1",
      breaks: ["csharp", "cpp"],
      mutate: good => pack(good, same, { disk: 2 }),
    },
    { name: "a flipped byte in config.json", row: "Z1", breaks: CLIENTS, mutate: good => flip(good, "config.json") },
    { name: "a flipped byte in identity.jks", row: "Z1", breaks: UNPACK_ALL, mutate: g => flip(g, "identity.jks") },
    {
      name: "a flipped byte in cert.pfx",
      row: "Z1",
      breaks: [...UNPACK_ALL, "csharp"],
      mutate: good => flip(good, "cert.pfx"),
    },
    { name: "a flipped byte in README.md", row: "Z1", breaks: UNPACK_ALL, mutate: good => flip(good, "README.md") },
    {
      name: "bzip2",
      row: "Z1",
      breaks: allBut("python", "cqlsh"),
      mutate: good => pack(good, entry => ({ ...entry, raw: bytes("BZh9"), method: 12 })),
    },
    {
      name: "LZMA in key",
      row: "Z1",
      breaks: allBut("python", "cqlsh", "csharp"),
      mutate: good => pack(good, only("key", { raw: bytes("]"), method: 14 })),
    },
    {
      name: "Zstandard",
      row: "Z1",
      breaks: CLIENTS,
      mutate: good => pack(good, entry => ({ ...entry, raw: bytes("(µ/ý"), method: 93 })),
    },
    {
      name: "encryption",
      row: "Z1",
      breaks: CLIENTS,
      mutate: good => pack(good, entry => ({ ...entry, flags: 1, raw: Buffer.alloc(entry.data?.length ?? 0, 7) })),
    },
    {
      name: "encryption of trustStore.jks",
      row: "Z1",
      breaks: UNPACK_ALL,
      mutate: good => pack(good, only("trustStore.jks", { flags: 1 })),
    },
    {
      name: "a broken DEFLATE stream",
      row: "Z1",
      breaks: CLIENTS,
      mutate: good => pack(good, only("ca.crt", { raw: bytes("\x07\x07\x07"), method: 8 })),
    },
    {
      name: "a size that is not the inflated one",
      row: "Z1",
      breaks: [...JAVA, "nodejs", ...GO],
      mutate: good => pack(good, only("cert", { method: 8, size: 10_000 })),
    },
    {
      name: "another name in the local header",
      row: "Z1",
      breaks: PYTHON,
      mutate: good => pack(good, only("key", { local: { name: "kez" } })),
    },
    {
      name: "another size in the local header",
      row: "Z1",
      breaks: JAVA,
      mutate: good => pack(good, only("identity.jks", { local: { size: 1 } })),
    },
    {
      name: "a config.json that only a streaming reader sees",
      row: "Z1",
      breaks: JAVA,
      mutate: good => packed([...entriesOf(good), { name: "config.json", data: bytes("{}"), unlisted: true }]),
    },
    {
      name: "two entries over the same bytes",
      row: "Z1",
      breaks: PYTHON,
      mutate: good =>
        packed([...entriesOf(good), { name: "config.json2", data: fileOf(good, "config.json"), offset: 0 }]),
    },
    {
      name: "another ZIP behind it",
      row: "Z1",
      breaks: [],
      mutate: g => pack(g, same, { suffix: bytes("PK\x03\x04") }),
    },
    {
      name: "a comment",
      row: "Z1",
      breaks: [],
      severity: "warning",
      mutate: good => pack(good, same, { comment: "made by hand" }),
    },
    {
      name: "stored entries with data descriptors",
      row: "Z2",
      breaks: JAVA,
      mutate: good => pack(good, entry => ({ ...entry, descriptor: "signed" })),
    },
    {
      name: "one stored entry with a data descriptor",
      row: "Z2",
      breaks: JAVA,
      mutate: good => pack(good, only("README.md", { descriptor: "bare" })),
    },
    {
      name: "a self-extracting archive",
      row: "Z3",
      breaks: [...JAVA, "nodejs"],
      mutate: good => pack(good, same, { prefix: bytes("#!/bin/sh\nunzip $0\nexit\n") }),
    },
  ]
}

function nameMutations(): readonly Mutation[] {
  const moved = (prefix: string) => (good: GoodBundle) => renamed(good, name => `${prefix}${name}`)
  const misspelt = (from: string, to: string) => (good: GoodBundle) =>
    renamed(good, name => (name === from ? to : name))
  const beside = (entry: HostileEntry) => (good: GoodBundle) => packed([...entriesOf(good), entry])
  const before = (entry: HostileEntry) => (good: GoodBundle) => packed([entry, ...entriesOf(good)])
  const evil = { data: bytes("{}") }
  return [
    { name: "names that begin with ./", row: "Z4", breaks: allBut("python", "cqlsh", "csharp"), mutate: moved("./") },
    { name: "everything in a folder", row: "Z4", breaks: allBut("csharp"), mutate: moved("secure-connect-checkout/") },
    { name: "cert in a folder", row: "Z4", breaks: PEM, mutate: misspelt("cert", "tls/cert") },
    { name: "cert.pfx in a folder", row: "Z4", breaks: [], mutate: misspelt("cert.pfx", "dotnet/cert.pfx") },
    { name: "a backslash", row: "Z4", breaks: CLIENTS, mutate: moved("bundle\\") },
    { name: "truststore.jks", row: "Z4", breaks: JAVA, mutate: misspelt("trustStore.jks", "truststore.jks") },
    { name: "Config.json", row: "Z4", breaks: CONFIG, mutate: misspelt("config.json", "Config.json") },
    { name: "CERT.PFX", row: "Z4", breaks: ["csharp"], mutate: misspelt("cert.pfx", "CERT.PFX") },
    { name: "a capital in a folder", row: "Z4", breaks: PEM, mutate: misspelt("key", "tls/Key") },
    { name: "two config.json", row: "Z4", breaks: CONFIG, mutate: beside({ name: "config.json", ...evil }) },
    { name: "two key", row: "Z4", breaks: PEM, mutate: beside({ name: "key", ...evil }) },
    { name: "two README.md", row: "Z4", breaks: ["nodejs"], mutate: beside({ name: "README.md", ...evil }) },
    { name: "Key beside key", row: "Z4", breaks: PYTHON, mutate: beside({ name: "KEY", ...evil }) },
    {
      name: "a config.json for C# alone",
      row: "Z4",
      breaks: ["csharp"],
      mutate: before({ name: "a/config.json", ...evil }),
    },
    {
      name: "a name that climbs",
      row: "Z4",
      breaks: [],
      mutate: beside({ name: "../../.ssh/authorized_keys", ...evil }),
    },
    { name: "an absolute name", row: "Z4", breaks: [], mutate: beside({ name: "/etc/passwd", ...evil }) },
    { name: "a drive", row: "Z4", breaks: [], mutate: beside({ name: "C:/boot.ini", ...evil }) },
    {
      name: "a name that is a terminal command",
      row: "Z4",
      breaks: [],
      mutate: beside({ name: "\u001b[2J", ...evil }),
    },
    { name: "a symbolic link", row: "Z4", breaks: [], mutate: beside({ name: "link", ...evil, mode: 0o120777 }) },
    {
      name: "a second name in an extra field",
      row: "Z4",
      breaks: [],
      mutate: good => pack(good, only("cert", { extra: Buffer.of(0x75, 0x70, 1, 0, 1) })),
    },
  ]
}

function presenceMutations(): readonly Mutation[] {
  const readers: Readonly<Record<RootEntry, readonly Client[]>> = {
    "config.json": CONFIG,
    "ca.crt": CA,
    cert: PEM,
    key: PEM,
    "cert.pfx": ["csharp"],
    "identity.jks": JAVA,
    "trustStore.jks": JAVA,
    cqlshrc: ["cqlsh"],
  }
  return ROOT_ENTRIES.map(name => ({
    name: `no ${name}`,
    row: "Z5",
    breaks: readers[name],
    severity: name === "cqlshrc" ? "warning" : "error",
    mutate: good => replaced(good, { [name]: undefined }),
  }))
}

function sizeMutations(): readonly Mutation[] {
  const large = Buffer.alloc((1 << 20) + 1, "0123456789abcdef")
  return [
    {
      name: "an entry of more than 1 MB",
      row: "Z6",
      breaks: [],
      mutate: good => packed([...entriesOf(good), { name: "driver.jar", data: large }]),
    },
    {
      name: "a trustStore.jks of more than 1 MB",
      row: "Z6",
      breaks: JAVA,
      severity: "error",
      mutate: good => replaced(good, { "trustStore.jks": large }),
    },
    {
      name: "an entry that grows a thousand times",
      row: "Z6",
      breaks: [],
      mutate: good => packed([...entriesOf(good), { name: "zeros", data: Buffer.alloc(1 << 20), method: 8 }]),
    },
    {
      name: "300 entries",
      row: "Z6",
      breaks: [],
      severity: "error",
      mutate: good =>
        packed([...entriesOf(good), ...Array.from({ length: 300 }, (_, n) => ({ name: `${n}`, data: bytes("") }))]),
    },
    {
      name: "an archive of more than 8 MB",
      row: "Z6",
      breaks: [],
      severity: "error",
      mutate: good => {
        const parts = Array.from({ length: 9 }, (_, n) => ({ name: `part-${n}`, data: large.subarray(1) }))
        return packed([...entriesOf(good), ...parts])
      },
    },
  ]
}

function configMutations(): readonly Mutation[] {
  const file = (content: string | Uint8Array) => (good: GoodBundle) =>
    replaced(good, { "config.json": typeof content === "string" ? bytes(content) : content })
  const set = (change: Readonly<Record<string, unknown>>) => (good: GoodBundle) => configured(good, change)
  const portBreaks = ["cpp", "gocql-astra", "cql-proxy"] as const
  const bom = (good: GoodBundle): Uint8Array =>
    replaced(good, { "config.json": Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), fileOf(good, "config.json")]) })
  return [
    {
      name: "a byte order mark",
      row: "C1",
      breaks: ["nodejs", "python", "gocql-astra", "cql-proxy", "zdm-proxy"],
      mutate: bom,
    },
    { name: "config.json that is not JSON", row: "C1", breaks: CONFIG, mutate: file("host: cass.example.com") },
    { name: "config.json that is an array", row: "C1", breaks: CONFIG, mutate: file("[]") },
    { name: "config.json that is null", row: "C1", breaks: CONFIG, mutate: file("null") },
    { name: "config.json that is empty", row: "C1", breaks: CONFIG, mutate: file("") },
    { name: "config.json in Latin-1", row: "C1", breaks: CONFIG, mutate: file(Buffer.from('{"a":"é"}', "latin1")) },
    { name: "host an IPv4 address", row: "C2", breaks: ["cpp"], mutate: set({ host: "10.0.0.1" }) },
    { name: "host an IPv6 address", row: "C2", breaks: ["nodejs", "cpp"], mutate: set({ host: "2001:db8::1" }) },
    { name: "host localhost", row: "C2", breaks: [], mutate: set({ host: "localhost" }) },
    { name: "host in capitals", row: "C2", breaks: [], mutate: set({ host: "Cass.Example.COM" }) },
    { name: "host empty", row: "C2", breaks: CONFIG, mutate: set({ host: "" }) },
    { name: "host missing", row: "C2", breaks: CONFIG, mutate: set({ host: undefined }) },
    { name: "host a URL", row: "C2", breaks: CONFIG, mutate: set({ host: "https://cass.example.com" }) },
    { name: "port a string", row: "C3", breaks: portBreaks, mutate: set({ port: "29080" }) },
    { name: "port 0", row: "C3", breaks: CONFIG, mutate: set({ port: 0 }) },
    { name: "port 70000", row: "C3", breaks: CONFIG, mutate: set({ port: 70_000 }) },
    { name: "port missing", row: "C3", breaks: CONFIG, mutate: set({ port: undefined }) },
    { name: "port a fraction", row: "C3", breaks: allBut(...JAVA, ...PYTHON), mutate: set({ port: 29_080.5 }) },
    { name: "port null", row: "C3", breaks: CONFIG, mutate: set({ port: null }) },
    { name: "keyStorePassword missing", row: "C4", breaks: JAVA, mutate: set({ keyStorePassword: undefined }) },
    { name: "keyStorePassword null", row: "C4", breaks: JAVA, mutate: set({ keyStorePassword: null }) },
    { name: "trustStorePassword empty", row: "C4", breaks: JAVA, mutate: set({ trustStorePassword: "" }) },
    { name: "trustStorePassword a number", row: "C4", breaks: JAVA, mutate: set({ trustStorePassword: 1 }) },
    { name: "pfxCertPassword missing", row: "C5", breaks: ["csharp"], mutate: set({ pfxCertPassword: undefined }) },
    { name: "pfxCertPassword null", row: "C5", breaks: ["csharp"], mutate: set({ pfxCertPassword: null }) },
    { name: "pfxCertPassword wrong", row: "C5", breaks: ["csharp"], mutate: set({ pfxCertPassword: "another-one" }) },
    { name: "pfxCertPassword empty", row: "C5", breaks: ["csharp"], mutate: set({ pfxCertPassword: "" }) },
    { name: "username and password", row: "C6", breaks: [], mutate: set({ username: "u", password: "p" }) },
    { name: "username alone", row: "C6", breaks: [], mutate: set({ username: "u" }) },
    { name: "keyLocation changed", row: "C7", breaks: [], mutate: set({ keyLocation: "./client.key" }) },
    { name: "caCertLocation changed", row: "C7", breaks: [], mutate: set({ caCertLocation: "/etc/ca.crt" }) },
    { name: "csvLocation null", row: "C7", breaks: [], mutate: set({ csvLocation: null }) },
  ]
}

function caMutations(): readonly Mutation[] {
  const pem = (content: string | Uint8Array) => (good: GoodBundle) =>
    replaced(good, { "ca.crt": typeof content === "string" ? bytes(content) : content })
  const rootWith = (good: GoodBundle, profile: Partial<CertificateProfile>): Uint8Array => {
    const { root } = good.pki
    return certify(root, { ...rootProfile(good), ...profile }, root.signer).certificate
  }
  return [
    { name: "ca.crt empty", row: "K1", breaks: CA, mutate: pem("") },
    { name: "ca.crt garbage", row: "K1", breaks: CA, mutate: pem("-----BEGIN CERTIFICATE-----\n!!!\n") },
    { name: "ca.crt in DER", row: "K1", breaks: CA, mutate: good => pem(good.pki.root.certificate)(good) },
    { name: "ca.crt with a key", row: "K1", breaks: CA, mutate: good => pem(good.pki.root.keyPem)(good) },
    {
      name: "ca.crt with a cut certificate",
      row: "K1",
      breaks: CA,
      mutate: good => pem(encodePem("CERTIFICATE", good.pki.root.certificate.slice(0, 99)))(good),
    },
    {
      name: "ca.crt with the root second",
      row: "K1",
      breaks: ["csharp"],
      mutate: good => trusting(good, [good.pki.issuer.certificate, good.pki.root.certificate]),
    },
    {
      name: "ca.crt without a root",
      row: "K1",
      breaks: ["csharp"],
      mutate: good => trusting(good, [good.pki.issuer.certificate]),
    },
    {
      name: "ca.crt with a self-signed server certificate",
      row: "K1",
      breaks: CA,
      mutate: good => trusting(good, [certify(good.spare, leafProfile(good)).certificate]),
    },
    {
      name: "ca.crt with a root that may not issue",
      row: "K1",
      breaks: CA,
      mutate: good => trusting(good, [rootWith(good, { keyUsage: ["cRLSign"] })]),
    },
    {
      name: "ca.crt expired",
      row: "K7",
      breaks: CA,
      mutate: good => trusting(good, [rootWith(good, { notAfter: later(good.now, -1000) })]),
    },
    {
      name: "ca.crt with a second root that expired",
      row: "K7",
      breaks: [],
      severity: "warning",
      mutate: good => trusting(good, [good.pki.root.certificate, rootWith(good, { notAfter: later(good.now, -1000) })]),
    },
    {
      name: "ca.crt that expires next week",
      row: "K7",
      breaks: [],
      severity: "warning",
      mutate: good =>
        trusting(good, [
          rootWith(good, { notBefore: later(good.now, -365 * DAY), notAfter: later(good.now, 7 * DAY) }),
        ]),
    },
    {
      name: "ca.crt with RSA of 1024 bits",
      row: "K8",
      breaks: [],
      mutate: good => trusting(good, [certify(good.weak, rootProfile(good)).certificate]),
    },
  ]
}

function certificateMutations(): readonly Mutation[] {
  const pem = (content: string | Uint8Array) => (good: GoodBundle) =>
    replaced(good, { cert: typeof content === "string" ? bytes(content) : content })
  const order = (pick: (good: GoodBundle) => readonly Uint8Array[]) => (good: GoodBundle) =>
    pem(certificatesPem(pick(good)))(good)
  const leaf = (profile: (good: GoodBundle) => Partial<CertificateProfile>) => (good: GoodBundle) =>
    identified(good, leafOf(good, profile(good)))
  /** A chain that differs in its intermediate only. */
  const issuer = (profile: (good: GoodBundle) => Partial<CertificateProfile>) => (good: GoodBundle) =>
    below(good, { ...issuerProfile(good), ...profile(good) })
  const critical = { oid: "1.3.6.1.4.1.55555.1", critical: true, value: nul() }
  return [
    { name: "cert empty", row: "K2", breaks: PEM, mutate: pem("") },
    { name: "cert garbage", row: "K2", breaks: PEM, mutate: pem("certificate") },
    { name: "cert in DER", row: "K2", breaks: PEM, mutate: good => pem(good.chain[0] ?? nul())(good) },
    { name: "cert backwards", row: "K2", breaks: PEM, mutate: order(good => [...good.chain].reverse()) },
    {
      name: "cert with a stranger in it",
      row: "K2",
      breaks: PEM,
      mutate: order(g => [...g.chain, g.stranger.root.certificate]),
    },
    {
      name: "cert with an issuer of the right name and another key",
      row: "K2",
      breaks: PEM,
      mutate: order(good => [
        good.chain[0] ?? nul(),
        certify(good.spare, issuerProfile(good), good.pki.root.signer).certificate,
      ]),
    },
    { name: "a leaf that is a CA", row: "K2", breaks: CLIENTS, mutate: leaf(() => ({ ca: {} })) },
    {
      name: "an issuer that is no CA",
      row: "K2",
      breaks: CLIENTS,
      mutate: good => below(good, { ...leafProfile(good), subject: ISSUER }),
    },
    {
      name: "an issuer that may not issue",
      row: "K2",
      breaks: CLIENTS,
      mutate: issuer(() => ({ keyUsage: ["cRLSign"] })),
    },
    {
      name: "an issuer below one that allows none",
      row: "K2",
      breaks: CLIENTS,
      mutate: good => {
        const { issuer: middle, root } = good.pki
        const top = certify(
          good.spare,
          { ...issuerProfile(good), subject: commonName("Top"), ca: { pathLength: 0 } },
          root.signer,
        )
        const bottom = certify(middle, issuerProfile(good), top.signer)
        return identified(good, {
          privateKey: good.privateKey,
          chain: [good.chain[0] ?? nul(), bottom.certificate, top.certificate],
        })
      },
    },
    {
      name: "a name that its issuer may not give",
      row: "K2",
      breaks: CLIENTS,
      mutate: issuer(() => ({ extraExtensions: [permitted("uri", "other.example")] })),
    },
    {
      name: "a leaf for servers only",
      row: "K5",
      breaks: CLIENTS,
      mutate: leaf(() => ({ extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth] })),
    },
    {
      name: "a leaf for any purpose",
      row: "K5",
      breaks: CLIENTS,
      mutate: leaf(() => ({ extendedKeyUsage: ["2.5.29.37.0"] })),
    },
    {
      name: "a leaf that may not sign",
      row: "K5",
      breaks: CLIENTS,
      mutate: leaf(() => ({ keyUsage: ["keyAgreement"] })),
    },
    {
      name: "an unknown critical extension",
      row: "K5",
      breaks: CLIENTS,
      mutate: leaf(() => ({ extraExtensions: [critical] })),
    },
    {
      name: "an issuer for servers only",
      row: "K5",
      breaks: CLIENTS,
      mutate: issuer(() => ({ extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth] })),
    },
    {
      name: "a lone leaf of a stranger",
      row: "K6",
      breaks: [],
      mutate: good => {
        const { certificate } = certify(good.spare, leafProfile(good), good.stranger.root.signer)
        return identified(good, { privateKey: good.spare.privateKey, chain: [certificate] })
      },
    },
    {
      name: "a leaf of its own",
      row: "K6",
      breaks: [],
      mutate: good => {
        const { certificate } = certify(good.spare, leafProfile(good))
        return identified(good, { privateKey: good.spare.privateKey, chain: [certificate] })
      },
    },
    {
      name: "a leaf that expired",
      row: "K7",
      breaks: CLIENTS,
      mutate: leaf(({ now }) => ({ notAfter: later(now, -1000) })),
    },
    {
      name: "a leaf from the future",
      row: "K7",
      breaks: CLIENTS,
      mutate: leaf(({ now }) => ({ notBefore: later(now, DAY) })),
    },
    {
      name: "a leaf in its last days",
      row: "K7",
      breaks: [],
      severity: "warning",
      mutate: leaf(({ now }) => ({ notBefore: later(now, -80 * DAY), notAfter: later(now, 29 * DAY) })),
    },
    {
      name: "a leaf for ten years",
      row: "K7",
      breaks: [],
      severity: "warning",
      mutate: leaf(({ now }) => ({ notAfter: later(now, 3650 * DAY) })),
    },
    {
      name: "an issuer that expired",
      row: "K7",
      breaks: CLIENTS,
      mutate: issuer(({ now }) => ({ notAfter: later(now, -1000) })),
    },
    {
      name: "a leaf with RSA of 1024 bits",
      row: "K8",
      severity: "error",
      breaks: PYTHON,
      mutate: good => identified(good, leafOf(good, {}, good.weak)),
    },
    {
      name: "a leaf with P-521",
      row: "K8",
      breaks: [],
      mutate: good =>
        identified(good, leafOf(good, {}, derKeyPair(generateKeyPairSync("ec", { namedCurve: "P-521" })))),
    },
    {
      name: "a leaf signed with SHA-1",
      row: "K8",
      severity: "error",
      breaks: [...PYTHON, "nodejs", "cpp"],
      mutate: good => {
        const { privateKey, chain } = leafOf(good, {})
        return identified(good, { privateKey, chain: [signedWithSha1(chain[0], good.pki.issuer), ...chain.slice(1)] })
      },
    },
  ]
}

function keyMutations(): readonly Mutation[] {
  const file = (content: (good: GoodBundle) => string | Uint8Array) => (good: GoodBundle) => {
    const key = content(good)
    return replaced(good, { key: typeof key === "string" ? bytes(key) : key })
  }
  const exported = (good: GoodBundle) =>
    createPrivateKey({ key: Buffer.from(good.privateKey), format: "der", type: "pkcs8" })
  return [
    { name: "key empty", row: "K3", breaks: PEM, mutate: file(() => "") },
    { name: "key garbage", row: "K3", breaks: PEM, mutate: file(() => encodePem("PRIVATE KEY", bytes("not a key"))) },
    { name: "key cut off", row: "K3", breaks: PEM, mutate: file(good => pemOf(good).slice(0, -20)) },
    { name: "key in DER", row: "K3", breaks: PEM, mutate: file(good => good.privateKey) },
    {
      name: "key that is public",
      row: "K3",
      breaks: PEM,
      mutate: file(good => encodePem("PUBLIC KEY", good.publicKey)),
    },
    {
      name: "key of OpenSSH",
      row: "K3",
      breaks: PEM,
      mutate: file(() => encodePem("OPENSSH PRIVATE KEY", bytes("openssh-key-v1\0and so on"))),
    },
    {
      name: "key encrypted",
      row: "K3",
      breaks: PEM,
      mutate: file(good =>
        exported(good).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }),
      ),
    },
    {
      name: "key encrypted in the old way",
      row: "K3",
      breaks: PEM,
      mutate: file(good => {
        const key = exported(good)
        const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1"
        return key.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
      }),
    },
    {
      name: "another key of the same algorithm",
      row: "K4",
      breaks: PEM,
      mutate: file(good => encodePem("PRIVATE KEY", good.spare.privateKey)),
    },
    {
      name: "a key of another algorithm",
      row: "K4",
      breaks: PEM,
      mutate: file(good => encodePem("PRIVATE KEY", good.other.privateKey)),
    },
    {
      name: "another certificate and key in the PEM files",
      row: "K4",
      breaks: [],
      mutate: good => {
        const { privateKey, chain } = leafOf(good, {}, good.spare)
        return replaced(good, {
          cert: bytes(certificatesPem(chain)),
          key: bytes(encodePem("PRIVATE KEY", privateKey)),
        })
      },
    },
    {
      name: "a renewed certificate in cert alone",
      row: "K4",
      breaks: [],
      mutate: good => replaced(good, { cert: bytes(certificatesPem(leafOf(good, {}).chain)) }),
    },
  ]
}

function keyStoreMutations(): readonly Mutation[] {
  const store = (make: (good: GoodBundle) => Uint8Array) => (good: GoodBundle) =>
    replaced(good, { "identity.jks": make(good) })
  const jks = (good: GoodBundle, privateKey: Uint8Array, chain: readonly Uint8Array[]): Uint8Array => {
    const common = { alias: "client", password: good.passwords.keyStore, createdAt: good.now }
    return writeIdentityStore({ ...common, privateKey, chain, salt: new Uint8Array(20) })
  }
  const crafted = (good: GoodBundle, ...entries: Parameters<typeof craftJks>[0]): Uint8Array =>
    craftJks(entries, good.passwords.keyStore)
  return [
    {
      name: "keyStorePassword wrong",
      row: "J1",
      breaks: JAVA,
      mutate: good => configured(good, { keyStorePassword: "another-one" }),
    },
    { name: "identity.jks garbage", row: "J1", breaks: JAVA, mutate: store(() => bytes("not a key store")) },
    { name: "identity.jks empty", row: "J1", breaks: JAVA, mutate: store(() => new Uint8Array()) },
    { name: "identity.jks in PEM", row: "J1", breaks: JAVA, mutate: store(good => bytes(pemOf(good))) },
    {
      name: "identity.jks cut off",
      row: "J1",
      breaks: JAVA,
      mutate: store(g => fileOf(g, "identity.jks").slice(0, -30)),
    },
    {
      name: "a key password that is not the store's",
      row: "J1",
      breaks: JAVA,
      mutate: store(good => crafted(good, { ...good, keyPassword: "another-one" })),
    },
    { name: "two keys in identity.jks", row: "J1", breaks: [], mutate: store(good => crafted(good, good, good)) },
    { name: "no entry in identity.jks", row: "J1", breaks: JAVA, mutate: store(good => crafted(good)) },
    {
      name: "no key in identity.jks",
      row: "J1",
      breaks: JAVA,
      mutate: store(good => crafted(good, { certificate: good.chain[0] ?? nul() })),
    },
    {
      name: "no chain in identity.jks",
      row: "J1",
      breaks: JAVA,
      mutate: store(good => jks(good, good.privateKey, good.chain.slice(0, 1))),
    },
    {
      name: "no certificate in identity.jks",
      row: "J1",
      breaks: JAVA,
      mutate: store(good => jks(good, good.privateKey, [])),
    },
    {
      name: "another certificate in identity.jks",
      row: "K4",
      breaks: [],
      mutate: store(good => jks(good, good.privateKey, leafOf(good, {}).chain)),
    },
    {
      name: "another identity in identity.jks",
      row: "K4",
      breaks: [],
      mutate: store(good => jks(good, good.spare.privateKey, leafOf(good, {}, good.spare).chain)),
    },
    {
      name: "another key in identity.jks",
      row: "K4",
      breaks: JAVA,
      mutate: store(good => jks(good, good.spare.privateKey, good.chain)),
    },
    {
      name: "identity.jks a PKCS#12 file",
      row: "J3",
      breaks: JAVA,
      mutate: store(good => {
        const { privateKey, chain } = good
        return writePkcs12({
          privateKey,
          chain,
          friendlyName: "client",
          password: good.passwords.keyStore,
          randomBytes,
        })
      }),
    },
  ]
}

function trustStoreMutations(): readonly Mutation[] {
  const store = (make: (good: GoodBundle) => Uint8Array) => (good: GoodBundle) =>
    replaced(good, { "trustStore.jks": make(good) })
  const pkcs12 = (good: GoodBundle, javaTrust: boolean): Uint8Array =>
    craftPkcs12({ certificates: [good.pki.root.certificate], password: good.passwords.trustStore, javaTrust })
  return [
    {
      name: "trustStorePassword wrong",
      row: "J2",
      breaks: JAVA,
      mutate: good => configured(good, { trustStorePassword: "another-one" }),
    },
    { name: "trustStore.jks garbage", row: "J2", breaks: JAVA, mutate: store(() => bytes("not a key store")) },
    { name: "trustStore.jks in PEM", row: "J2", breaks: JAVA, mutate: store(g => bytes(g.pki.root.certificatePem)) },
    {
      name: "trustStore.jks without entries",
      row: "J2",
      breaks: JAVA,
      mutate: store(good => craftJks([], good.passwords.trustStore)),
    },
    {
      name: "trustStore.jks with a key alone",
      row: "J2",
      breaks: JAVA,
      mutate: store(g => craftJks([g], g.passwords.trustStore)),
    },
    {
      name: "trustStore.jks with another root",
      row: "J2",
      breaks: JAVA,
      mutate: store(good => trustStore(good, [good.stranger.root.certificate])),
    },
    {
      name: "trustStore.jks with one root of two",
      row: "J2",
      breaks: [],
      mutate: good =>
        replaced(good, {
          "ca.crt": bytes(certificatesPem([good.pki.root.certificate, good.stranger.root.certificate])),
        }),
    },
    {
      name: "trustStore.jks with one root more",
      row: "J2",
      breaks: [],
      severity: "warning",
      mutate: store(good => trustStore(good, [good.pki.root.certificate, good.stranger.root.certificate])),
    },
    { name: "trustStore.jks made by OpenSSL", row: "J2", breaks: JAVA, mutate: store(good => pkcs12(good, false)) },
    {
      name: "trustStore.jks a PKCS#12 file of Java",
      row: "J3",
      breaks: JAVA,
      mutate: store(good => pkcs12(good, true)),
    },
  ]
}

function pfxMutations(): readonly Mutation[] {
  const store = (make: (good: GoodBundle) => Uint8Array) => (good: GoodBundle) =>
    replaced(good, { "cert.pfx": make(good) })
  const crafted = (good: GoodBundle, content: Omit<Parameters<typeof craftPkcs12>[0], "password">): Uint8Array =>
    craftPkcs12({ ...content, password: good.passwords.pfx })
  return [
    { name: "cert.pfx garbage", row: "P1", breaks: ["csharp"], mutate: store(() => bytes("not a PKCS#12 file")) },
    { name: "cert.pfx empty", row: "P1", breaks: ["csharp"], mutate: store(() => new Uint8Array()) },
    { name: "cert.pfx in PEM", row: "P1", breaks: ["csharp"], mutate: store(good => bytes(pemOf(good))) },
    {
      name: "cert.pfx cut off",
      row: "P1",
      breaks: ["csharp"],
      mutate: store(g => fileOf(g, "cert.pfx").slice(0, -30)),
    },
    {
      name: "cert.pfx without a key",
      row: "P1",
      breaks: ["csharp"],
      mutate: store(good => crafted(good, { certificates: good.chain })),
    },
    {
      name: "cert.pfx without the leaf",
      row: "P1",
      breaks: ["csharp"],
      mutate: store(good => crafted(good, { keys: [good.privateKey], certificates: good.chain.slice(1) })),
    },
    {
      name: "cert.pfx without the chain",
      row: "P1",
      breaks: ["csharp"],
      mutate: store(good => crafted(good, { keys: [good.privateKey], certificates: good.chain.slice(0, 1) })),
    },
    {
      name: "cert.pfx with two keys",
      row: "P1",
      breaks: ["csharp"],
      mutate: store(good =>
        crafted(good, { keys: [good.privateKey, good.spare.privateKey], certificates: good.chain }),
      ),
    },
    {
      name: "another identity in cert.pfx",
      row: "K4",
      breaks: [],
      mutate: store(good =>
        crafted(good, { keys: [good.spare.privateKey], certificates: leafOf(good, {}, good.spare).chain }),
      ),
    },
    {
      name: "another key in cert.pfx",
      row: "K4",
      breaks: ["csharp"],
      mutate: store(good => crafted(good, { keys: [good.other.privateKey], certificates: good.chain })),
    },
    {
      name: "cert.pfx with RC2-40",
      row: "P2",
      breaks: ["csharp"],
      mutate: store(good => crafted(good, { keys: [good.privateKey], certificates: good.chain, legacy: true })),
    },
  ]
}

// Parts of a bundle

function bytes(content: string): Uint8Array {
  return Uint8Array.from(Buffer.from(content))
}

function randomBytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(7)
}

function fileOf({ files }: GoodBundle, name: RootEntry): Uint8Array {
  return files.get(name) ?? new Uint8Array()
}

function pemOf({ privateKey }: GoodBundle): string {
  return encodePem("PRIVATE KEY", privateKey)
}

function certificatesPem(chain: readonly Uint8Array[]): string {
  return chain.map(der => encodePem("CERTIFICATE", der)).join("")
}

function entriesOf({ files }: Pick<GoodBundle, "files">): readonly HostileEntry[] {
  return [...files].map(([name, data]) => ({ name, data }))
}

function packed(entries: readonly HostileEntry[], around?: HostileArchive): Uint8Array {
  return buildZip(entries, around)
}

const same = (entry: HostileEntry): HostileEntry => entry

/** Changes one entry only. */
function only(name: string, change: Partial<HostileEntry>): (entry: HostileEntry) => HostileEntry {
  return entry => (entry.name === name ? { ...entry, ...change } : entry)
}

function pack(good: GoodBundle, change: (entry: HostileEntry) => HostileEntry, around?: HostileArchive): Uint8Array {
  return packed(entriesOf(good).map(change), around)
}

/** One byte of the data, long after the CRC was made. */
function flip(good: GoodBundle, name: string): Uint8Array {
  return pack(good, entry => {
    if (entry.name !== name) return entry
    const raw = Uint8Array.from(entry.data ?? [])
    raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1
    return { ...entry, raw }
  })
}

function renamed(good: GoodBundle, rename: (name: string) => string): Uint8Array {
  return pack(good, entry => ({ ...entry, name: rename(entry.name) }))
}

/** Other contents under the same name; none removes it. */
export function replaced(good: GoodBundle, changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array {
  const kept = entriesOf(good).flatMap(entry => {
    if (!(entry.name in changes)) return [entry]
    const data = changes[entry.name]
    return data === undefined ? [] : [{ ...entry, data }]
  })
  return packed(kept)
}

/** Other fields in config.json; undefined removes one. */
export function configured(good: GoodBundle, change: Readonly<Record<string, unknown>>): Uint8Array {
  const config: unknown = JSON.parse(Buffer.from(fileOf(good, "config.json")).toString())
  return replaced(good, { "config.json": bytes(JSON.stringify(Object.assign({}, config, change))) })
}

/** All that drivers trust. */
export function trusting(good: GoodBundle, certificates: readonly Uint8Array[]): Uint8Array {
  return replaced(good, {
    "ca.crt": bytes(certificatesPem(certificates)),
    "trustStore.jks": trustStore(good, certificates),
  })
}

function trustStore({ passwords, now }: GoodBundle, certificates: readonly Uint8Array[]): Uint8Array {
  return writeTrustStore({ certificates, password: passwords.trustStore, createdAt: now })
}

export interface Identity {
  readonly privateKey: Uint8Array
  readonly chain: readonly Uint8Array[]
}

/** The same key and certificates in all four places. */
export function identified(good: GoodBundle, { privateKey, chain }: Identity): Uint8Array {
  const { passwords, now: createdAt } = good
  const entries = privateEntries({ privateKey, chain, passwords, createdAt, random: randomBytes })
  return replaced(good, {
    cert: bytes(certificatesPem(chain)),
    ...Object.fromEntries(entries.map(({ name, data }) => [name, data])),
  })
}

/** The good leaf under an intermediate of the good name and key, and of this profile. */
function below(good: GoodBundle, profile: Profile): Uint8Array {
  const { issuer, root } = good.pki
  const { certificate } = certify(issuer, profile, root.signer)
  return identified(good, { privateKey: good.privateKey, chain: [good.chain[0] ?? nul(), certificate] })
}

/** A client certificate like the good one, of the same issuer, but for `profile`. */
export function leafOf(good: GoodBundle, profile: Partial<CertificateProfile>, key?: KeyPair): Identity {
  const { issuer } = good.pki
  const { certificate, privateKey } = certify(key ?? good, { ...leafProfile(good), ...profile }, issuer.signer)
  return { privateKey, chain: [certificate, issuer.certificate] }
}

type Profile = Parameters<typeof certify>[1]

function leafProfile({ now }: GoodBundle): Profile {
  return {
    subject: commonName("checkout"),
    notBefore: later(now, -DAY),
    notAfter: later(now, 90 * DAY),
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [EXTENDED_KEY_USAGE.clientAuth],
    alternativeNames: [{ kind: "uri", value: "spiffe://example.com/payments/checkout" }],
  }
}

function issuerProfile({ now }: GoodBundle): Profile {
  return {
    subject: ISSUER,
    notBefore: later(now, -DAY),
    notAfter: later(now, 1825 * DAY),
    keyUsage: ["keyCertSign"],
    ca: {},
  }
}

function rootProfile(good: GoodBundle): Profile {
  return { ...issuerProfile(good), subject: commonName("Test Root CA") }
}

/** RFC 5280 §4.2.1.10. */
function permitted(kind: "uri" | "dns", name: string): NonNullable<CertificateProfile["extraExtensions"]>[number] {
  const subtree = sequence(text(implicit(kind === "uri" ? 6 : 2), name))
  return { oid: "2.5.29.30", critical: true, value: sequence(encode(explicit(0), subtree)) }
}

/** The same certificate with a signature that nobody should make any more. */
export function signedWithSha1(der: Uint8Array | undefined, issuer: Certified): Uint8Array {
  const [body] = members(parseDer(der ?? nul()))
  const isRsa = issuer.signer.key.asymmetricKeyType === "rsa"
  const algorithm = isRsa ? sequence(oid("1.2.840.113549.1.1.5"), nul()) : sequence(oid("1.2.840.10045.4.1"))
  const fields = members(body ?? parseDer(nul())).map((field, index) => (index === 2 ? algorithm : field.raw))
  const toBeSigned = sequence(...fields)
  return sequence(toBeSigned, algorithm, bitString(sign("sha1", toBeSigned, issuer.signer.key)))
}

function derKeyPair({ privateKey, publicKey }: ReturnType<typeof generateKeyPairSync>): KeyPair {
  return {
    privateKey: new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
    publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  }
}
