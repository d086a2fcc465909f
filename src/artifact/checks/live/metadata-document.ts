import { CLIENT_HABITS } from "../../../domain/client-habits.ts"
import { CLIENTS, type Client } from "../../../domain/clients.ts"
import { type Finding, finding } from "../../../domain/findings.ts"
import type { MetadataFacts, ProxyAddress } from "../../../domain/live-facts.ts"
import { printable } from "../../printable.ts"
import { attempt } from "../attempt.ts"
import { except, GO, JAVA, PYTHON, union } from "../readers.ts"

export interface CheckedDocument {
  readonly findings: readonly Finding[]
  /** Undefined for what is no JSON object. */
  readonly document: MetadataFacts | undefined
}

/** Everybody who asks for the metadata. */
export const METADATA_READERS: readonly Client[] = CLIENTS.filter(
  client => CLIENT_HABITS[client].metadata !== undefined,
)
const TYPED: readonly Client[] = CLIENTS.filter(client => CLIENT_HABITS[client].typedMetadata)
const MAXIMUM_CONTACT_POINTS = 10_000
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

type Fields = Readonly<Record<string, unknown>>

/** L4 of the body of an answer. */
export function checkMetadataDocument(body: Uint8Array): CheckedDocument {
  const text = attempt(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body))
  if (!text.ok)
    return { findings: [l4("document", "the metadata is not UTF-8", METADATA_READERS)], document: undefined }
  const marked = text.value.startsWith("\uFEFF")
  const findings: Finding[] = marked
    ? [l4("document", "the metadata begins with a byte order mark", union(["python", "nodejs"], GO))]
    : []
  const json = attempt<unknown>(() => JSON.parse(text.value.slice(marked ? 1 : 0)))
  const root = json.ok ? fieldsOf(json.value) : undefined
  if (root === undefined) {
    const what = text.value.trim() === "" ? "empty" : json.ok ? "no JSON object" : "no JSON"
    findings.push(l4("document", `the metadata is ${what}`, METADATA_READERS))
    return { findings, document: undefined }
  }
  const info = fieldsOf(root["contact_info"])
  if (info === undefined) {
    findings.push(l4("contact-info", "the metadata has no contact_info", METADATA_READERS))
    return {
      findings,
      document: { contactPoints: [], proxy: undefined, localDatacenter: undefined, region: undefined },
    }
  }
  const address = info["sni_proxy_address"]
  const proxy = readProxy(address)
  const localDatacenter = textOf(info["local_dc"])
  findings.push(
    ...checkTypes(root, info),
    ...checkContactPoints(info["contact_points"]),
    ...checkProxy(address, proxy),
    ...checkDatacenter(info["local_dc"]),
  )
  return {
    findings,
    document: {
      contactPoints: readContactPoints(info["contact_points"]),
      proxy,
      localDatacenter,
      region: textOf(root["region"]),
    },
  }
}

/** Go reads into a struct: a value of another type is no document at all. */
function checkTypes(root: Fields, info: Fields): readonly Finding[] {
  const expected: readonly (readonly [name: string, value: unknown, type: string])[] = [
    ["version", root["version"], "number"],
    ["region", root["region"], "string"],
    ["type", info["type"], "string"],
  ]
  return expected
    .filter(([, value, type]) => value !== undefined && value !== null && typeof value !== type)
    .map(([name, value, type]) => l4("typed", `${name} in the metadata is ${kindOf(value)}: expected a ${type}`, TYPED))
}

function checkContactPoints(value: unknown): readonly Finding[] {
  if (!Array.isArray(value) || value.length === 0) {
    const what = Array.isArray(value) ? "an empty list" : kindOf(value)
    return [l4("contact-points", `contact_points is ${what}: expected host ids`, METADATA_READERS)]
  }
  const others = value.filter(each => typeof each !== "string")
  if (others.length > 0) {
    return [l4("contact-points", `contact_points holds ${kindOf(others[0])}: expected host ids`, METADATA_READERS)]
  }
  const odd = readContactPoints(value).find(each => !UUID.test(each))
  if (odd === undefined) return []
  const message = `contact_points holds ${quoted(odd)}: expected UUIDs in lower case, as drivers send them later`
  return [{ ...l4("contact-points", message, []), severity: "warning" }]
}

function checkProxy(address: unknown, proxy: ProxyAddress | undefined): readonly Finding[] {
  if (typeof address !== "string" || address === "") {
    return [l4("proxy-address", `sni_proxy_address is ${kindOf(address)}: expected name:port`, METADATA_READERS)]
  }
  if (proxy === undefined) {
    const message = `sni_proxy_address ${quoted(address)} has no port: expected name:port`
    // Python takes 9042 for granted, which may even be right
    return [l4("proxy-port", message, except(METADATA_READERS, ...PYTHON))]
  }
  if (proxy.host.includes(":")) {
    return [
      l4("proxy-address", `sni_proxy_address ${quoted(address)} is an IPv6 address`, except(METADATA_READERS, ...GO)),
    ]
  }
  return []
}

function checkDatacenter(value: unknown): readonly Finding[] {
  if (typeof value === "string" && value !== "") return []
  const needed = value === undefined ? union(JAVA, ["python", "nodejs", "cpp"]) : union(["nodejs", "cpp"], ["java"])
  const breaks = value === undefined || value === null || value === "" ? needed : union(needed, TYPED)
  return [l4("local-dc", `local_dc is ${kindOf(value)}: expected the data centre`, breaks)]
}

function readContactPoints(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  return list.slice(0, MAXIMUM_CONTACT_POINTS).filter(each => typeof each === "string")
}

/** The last colon divides, as in Node.js; undefined without a port. */
function readProxy(address: unknown): ProxyAddress | undefined {
  const [, host, port] = typeof address === "string" ? (/^(.+):(\d{1,5})$/.exec(address) ?? []) : []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) }
}

function l4(cause: string, message: string, breaks: readonly Client[]): Finding {
  return finding("L4", "metadata", message, { breaks, cause: `metadata-${cause}` })
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing"
  if (value === null) return "null"
  if (value === "") return "empty"
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}

const quoted = (text: string): string => JSON.stringify(printable(text, 80))
