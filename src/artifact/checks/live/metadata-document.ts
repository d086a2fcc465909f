import { CLIENTS, type Client } from "../../../domain/clients.ts"
import { type Finding, finding } from "../../../domain/findings.ts"
import { CLIENT_HABITS } from "../../../domain/live/client-habits.ts"
import type { MetadataFacts, ProxyAddress } from "../../../domain/live/live-facts.ts"
import { printable } from "../../printable.ts"
import { attempt } from "../attempt.ts"
import { except, GO, JAVA, union } from "../readers.ts"

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

/** L4 of the body of an answer. `cqlPort` is what config.json says: where CQL is spoken, most likely. */
export function checkMetadataDocument(body: Uint8Array, cqlPort?: number): CheckedDocument {
  const text = attempt(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body))
  if (!text.ok)
    return { findings: [l4("document", "the metadata is not UTF-8", METADATA_READERS)], document: undefined }
  const marked = text.value.startsWith("\uFEFF")
  const findings: Finding[] = marked
    ? [l4("document", "the metadata begins with a byte order mark", except(METADATA_READERS, "csharp"))]
    : []
  const json = text.value.slice(marked ? 1 : 0)
  const whole = parseFields(json)
  const first = whole ?? parseFields(firstObject(json))
  if (first === undefined) {
    findings.push(
      l4("document", `the metadata is ${json.trim() === "" ? "empty" : "no JSON object"}`, METADATA_READERS),
    )
    return { findings, document: undefined }
  }
  if (whole === undefined) {
    // Jackson stops at the end of the first value
    findings.push(l4("document", "something follows the JSON of the metadata", except(METADATA_READERS, ...JAVA)))
  }
  return judgeFields(first, findings, cqlPort)
}

function judgeFields(root: Fields, findings: Finding[], cqlPort: number | undefined): CheckedDocument {
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
    ...checkProxy(address, proxy, cqlPort),
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

function parseFields(text: string): Fields | undefined {
  const value = attempt<unknown>(() => JSON.parse(text))
  return value.ok ? fieldsOf(value.value) : undefined
}

/** From the first brace to its partner: where a parser ends that reads one value. */
function firstObject(text: string): string {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === "{") depth += 1
    else if (token === "}") depth -= 1
    if (token === "}" && depth === 0) return text.slice(0, index + 1)
  }
  return ""
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
  const points = readContactPoints(value)
  if (points.every(each => isIP(each))) {
    const message = `contact_points holds the address ${quoted(points[0] ?? "")}: expected host ids`
    // Python and Go send no address as server name, and so reach whatever node strangers are given
    return [l4("contact-points", message, except(METADATA_READERS, "python", "gocql-astra"))]
  }
  const odd = points.find(each => !UUID.test(each))
  if (odd === undefined) return []
  const message = `contact_points holds ${quoted(odd)}: expected UUIDs in lower case, as drivers send them later`
  const finds = points.some(each => UUID.test(each))
  if (UUID.test(odd.toLowerCase()) && !finds) return [l4("contact-points", message, ["cql-proxy"])]
  return [{ ...l4("contact-points", message, []), severity: "warning" }]
}

function isIP(text: string): boolean {
  return /^\d+(?:\.\d+){3}$/.test(text) || (text.includes(":") && !text.includes("-"))
}

function checkProxy(
  address: unknown,
  proxy: ProxyAddress | undefined,
  cqlPort: number | undefined,
): readonly Finding[] {
  if (typeof address !== "string" || address === "") {
    return [l4("proxy-address", `sni_proxy_address is ${kindOf(address)}: expected name:port`, METADATA_READERS)]
  }
  if (proxy === undefined) {
    const message = `sni_proxy_address ${quoted(address)} has no port: expected name:port`
    // Python takes 9042 for granted, which may even be right
    const spared = cqlPort === 9042 && !/:\d+$/.test(address) ? (["python"] as const) : []
    return [l4("proxy-port", message, except(METADATA_READERS, ...spared))]
  }
  if (address !== address.trim()) {
    const message = `sni_proxy_address ${quoted(address)} has a blank at an end`
    return [l4("proxy-port", message, union(JAVA, GO))]
  }
  if (proxy.host.includes(":")) {
    const message = `sni_proxy_address ${quoted(address)} is an IPv6 address`
    return [l4("proxy-address", message, except(METADATA_READERS, ...GO, ...JAVA))]
  }
  return []
}

function checkDatacenter(value: unknown): readonly Finding[] {
  if (typeof value === "string" && value !== "") return []
  return [l4("local-dc", `local_dc is ${kindOf(value)}: expected the data centre`, whoNeedsDatacenter(value))]
}

function whoNeedsDatacenter(value: unknown): readonly Client[] {
  if (value === undefined) return union(JAVA, ["python", "nodejs", "cpp"])
  if (value === "") return ["java", "nodejs"]
  return union(["java", "nodejs", "cpp"], value === null ? [] : TYPED)
}

function readContactPoints(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  return list.slice(0, MAXIMUM_CONTACT_POINTS).filter(each => typeof each === "string")
}

/** The last colon divides, as in Node.js; undefined without a port. */
function readProxy(address: unknown): ProxyAddress | undefined {
  const [, host, port] = typeof address === "string" ? (/^(.+):(\d{1,5})$/.exec(address.trim()) ?? []) : []
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
