import type { StorePasswords } from "./passwords.ts"

export interface ConnectionConfig {
  /** DNS name of metadata service and CQL proxy. */
  readonly host: string
  readonly metadataPort: number
  readonly cqlPort: number
  readonly keyspace?: string
  readonly datacenter: string
}

/**
 * `config.json` as genuine bundles have it. Ports are JSON integers (C++ and Go refuse strings); no byte order mark
 * (Node, Python and Go refuse it); no `username` or `password` (some drivers would log in with them, others not).
 */
export function formatConfigJson(config: ConnectionConfig, passwords: StorePasswords): string {
  const fields = {
    host: config.host,
    port: config.metadataPort,
    cql_port: config.cqlPort,
    keyspace: config.keyspace,
    localDC: config.datacenter,
    caCertLocation: "./ca.crt",
    keyLocation: "./key",
    certLocation: "./cert",
    keyStoreLocation: "./identity.jks",
    keyStorePassword: passwords.keyStore,
    trustStoreLocation: "./trustStore.jks",
    trustStorePassword: passwords.trustStore,
    csvLocation: "./data",
    pfxCertPassword: passwords.pfx,
  }
  return `${JSON.stringify(fields, null, 2)}\n`
}

/** The passwords of a `config.json` that we or others wrote; undefined when it is not JSON or lacks one of them. */
export function readStorePasswords(configJson: string): StorePasswords | undefined {
  const { keyStorePassword, trustStorePassword, pfxCertPassword } = parseObject(configJson)
  if (
    typeof keyStorePassword !== "string" ||
    typeof trustStorePassword !== "string" ||
    typeof pfxCertPassword !== "string"
  ) {
    return undefined
  }
  return { keyStore: keyStorePassword, trustStore: trustStorePassword, pfx: pfxCertPassword }
}

interface PasswordFields {
  readonly keyStorePassword?: unknown
  readonly trustStorePassword?: unknown
  readonly pfxCertPassword?: unknown
}

function parseObject(text: string): PasswordFields {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : {}
  } catch {
    return {}
  }
}
