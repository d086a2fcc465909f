import type { Client } from "../../domain/clients.ts"
import { type Finding, finding } from "../../domain/findings.ts"
import { except, GO, JAVA, READERS, union } from "./readers.ts"

/** What the other checks need of config.json. A value that is absent or has its own finding is undefined. */
export interface ConfigFacts {
  readonly host: string | undefined
  readonly port: number | undefined
  /** `port` as Java, Node.js and Python read it, also from a string. */
  readonly lenientPort: number | undefined
  readonly cqlPort: number | undefined
  /** `username` and `password`, where both are texts. */
  readonly login: { readonly username: string; readonly password: string } | undefined
  readonly keyStorePassword: string | undefined
  readonly trustStorePassword: string | undefined
  readonly pfxCertPassword: string | undefined
}

export interface CheckedConfig {
  readonly findings: readonly Finding[]
  /** Undefined when config.json cannot be read at all. */
  readonly facts: ConfigFacts | undefined
}

type Config = Readonly<Record<string, unknown>>

const FILE = "config.json"
const ALL = READERS[FILE]
const LOCATIONS = {
  caCertLocation: "./ca.crt",
  certLocation: "./cert",
  keyLocation: "./key",
  keyStoreLocation: "./identity.jks",
  trustStoreLocation: "./trustStore.jks",
  csvLocation: "./data",
} as const

/** Dotted numbers or anything with two colons: no DNS name looks like either. */
const IP_ADDRESS = /^(?:\d+(?:\.\d+){3}|\[?[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.%a-z]*\]?)$/

/**
 * Rows C1–C7, without what needs a store: whether a password opens it is said there.
 */
export function checkConfig(bytes: Uint8Array): CheckedConfig {
  const { findings, config } = parseConfig(bytes)
  if (config === undefined) return { findings, facts: undefined }
  return {
    findings: [
      ...findings,
      ...checkHost(config["host"]),
      ...checkPort(config["port"]),
      ...checkStorePassword("keyStorePassword", config["keyStorePassword"]),
      ...checkStorePassword("trustStorePassword", config["trustStorePassword"]),
      ...checkPfxPassword(config["pfxCertPassword"]),
      ...checkLogin(config),
      ...checkLocations(config),
    ],
    facts: {
      host: nonEmpty(config["host"]),
      port: isPort(config["port"]) ? config["port"] : undefined,
      lenientPort: portOf(config["port"]),
      cqlPort: portOf(config["cql_port"]),
      login: loginOf(config),
      keyStorePassword: nonEmpty(config["keyStorePassword"]),
      trustStorePassword: nonEmpty(config["trustStorePassword"]),
      pfxCertPassword: typeof config["pfxCertPassword"] === "string" ? config["pfxCertPassword"] : undefined,
    },
  }
}

/** C1. A byte order mark is reported and then skipped, as the drivers do that bear it. */
function parseConfig(bytes: Uint8Array): {
  readonly findings: readonly Finding[]
  readonly config: Config | undefined
} {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const mark = hasMark
    ? [
        finding("C1", FILE, "config.json begins with a byte order mark: expected `{`", {
          breaks: union(["nodejs", "python"], GO),
        }),
      ]
    : []
  const config = parseObject(bytes)
  if (typeof config !== "string") return { findings: mark, config }
  return {
    findings: [finding("C1", FILE, `config.json is ${config}: expected a JSON object`, { breaks: ALL })],
    config: undefined,
  }
}

/** The object, or what the bytes are instead. The parser's own message would quote the file, passwords and all. */
function parseObject(bytes: Uint8Array): Config | string {
  let text: string
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return "not UTF-8"
  }
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return "an array"
    return typeof value === "object" && value !== null
      ? (value as Config)
      : `a JSON ${value === null ? "null" : typeof value}`
  } catch {
    return text.trim() === "" ? "empty" : "not JSON"
  }
}

function checkHost(host: unknown): readonly Finding[] {
  const say = (problem: string, breaks: readonly Client[], hint?: string): readonly Finding[] => [
    finding("C2", FILE, `host is ${problem}: expected a lower-case DNS name`, {
      breaks,
      ...(hint === undefined ? {} : { hint }),
    }),
  ]
  if (typeof host !== "string") return say(kindOf(host), ALL)
  if (host === "") return say("empty", ALL)
  if (IP_ADDRESS.test(host)) {
    return say(`the IP address ${host}`, host.includes(":") ? ["nodejs", "cpp"] : ["cpp"])
  }
  if (host.endsWith(".") && isDnsName(host.slice(0, -1))) return say(JSON.stringify(host), ["cpp"], "without the dot")
  if (!isDnsName(host))
    return say(JSON.stringify(host.slice(0, 300)), ALL, "the name alone, without scheme, port or path")
  const lower = host.toLowerCase()
  // No driver fails by these here; as the proxy's name they break Node.js.
  if (lower === "localhost" || lower.endsWith(".localhost")) return say(host, [])
  return host === lower ? [] : say(host, [], `write ${lower}`)
}

/** RFC 1123 §2.1: labels of letters, digits and inner hyphens, 253 characters in all; no trailing dot, certificates have none. */
function isDnsName(host: string): boolean {
  return (
    host.length <= 253 && host.split(".").every(label => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
  )
}

function checkPort(port: unknown): readonly Finding[] {
  if (isPort(port)) return []
  const isText = typeof port === "string" && portOf(port) !== undefined
  return [
    finding("C3", FILE, `port is ${isText ? "a string" : kindOf(port)}: expected a JSON integer from 1 to 65535`, {
      breaks: isText ? ["cpp", "gocql-astra", "cql-proxy"] : isFraction(port) ? except(ALL, ...JAVA, "python") : ALL,
    }),
  ]
}

/** Also from a string of digits, and from a fraction, which Java and Python cut down. */
function portOf(port: unknown): number | undefined {
  const isDigits = typeof port === "string" && /^\d+$/.test(port)
  const number = isDigits || typeof port === "number" ? Math.floor(Number(port)) : undefined
  return isPort(number) ? number : undefined
}

/** Java and Python cut it down. */
function isFraction(port: unknown): boolean {
  return typeof port === "number" && isPort(Math.floor(port))
}

function isPort(port: unknown): port is number {
  return Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535
}

function checkStorePassword(name: string, value: unknown): readonly Finding[] {
  if (nonEmpty(value) !== undefined) return []
  return [
    finding("C4", FILE, `${name} is ${kindOf(value, "secret")}: expected a non-empty string`, {
      breaks: JAVA,
    }),
  ]
}

function checkPfxPassword(value: unknown): readonly Finding[] {
  if (typeof value === "string") return []
  return [
    finding("C5", FILE, `pfxCertPassword is ${kindOf(value, "secret")}: expected a string`, { breaks: ["csharp"] }),
  ]
}

function loginOf(config: Config): ConfigFacts["login"] {
  const [username, password] = [nonEmpty(config["username"]), nonEmpty(config["password"])]
  return username === undefined || password === undefined ? undefined : { username, password }
}

function checkLogin(config: Config): readonly Finding[] {
  const present = ["username", "password"].filter(name => Object.hasOwn(config, name))
  if (present.length === 0) return []
  return [
    finding("C6", FILE, `config.json has ${present.join(" and ")}: expected no login in a bundle`, { breaks: [] }),
  ]
}

function checkLocations(config: Config): readonly Finding[] {
  return Object.entries(LOCATIONS)
    .filter(([name, standard]) => Object.hasOwn(config, name) && config[name] !== standard)
    .map(([name, standard]) => finding("C7", FILE, `${name} is not the standard ${standard}`, { breaks: [] }))
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

/** What a value is, in words; a number is quoted unless it may be a secret. */
function kindOf(value: unknown, secrecy: "public" | "secret" = "public"): string {
  if (value === undefined) return "missing"
  if (value === null) return "null"
  if (value === "") return "empty"
  if (typeof value === "number" && secrecy === "public") return String(value)
  return Array.isArray(value) ? "an array" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`
}
