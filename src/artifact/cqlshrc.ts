import type { ConnectionConfig } from "./config-json.ts"

/**
 * `cqlshrc`, for `cqlsh --cqlshrc cqlshrc` in the folder of the extracted bundle: its paths are relative to the current
 * directory. cqlsh sends no SNI, so the proxy must have a default node.
 */
export function formatCqlshrc(config: ConnectionConfig): string {
  return `[connection]
hostname = ${config.host}
port = ${config.cqlPort}
ssl = true

[ssl]
validate = true
certfile = ./ca.crt
userkey = ./key
usercert = ./cert
`
}
