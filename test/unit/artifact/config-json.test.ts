import { describe, expect, it } from "vitest"
import { formatConfigJson, readStorePasswords } from "../../../src/artifact/config-json.ts"
import { formatCqlshrc } from "../../../src/artifact/cqlshrc.ts"

const connection = { host: "cass.example.com", metadataPort: 29080, cqlPort: 29042, datacenter: "dc1" }
const passwords = { keyStore: "test-only-a", trustStore: "test-only-b", pfx: "test-only-c" }

describe("config.json", () => {
  it("has the keys of a genuine bundle, in their order, ports as integers", () => {
    const text = formatConfigJson({ ...connection, keyspace: "payments" }, passwords)
    expect(text).toBe(`{
  "host": "cass.example.com",
  "port": 29080,
  "cql_port": 29042,
  "keyspace": "payments",
  "localDC": "dc1",
  "caCertLocation": "./ca.crt",
  "keyLocation": "./key",
  "certLocation": "./cert",
  "keyStoreLocation": "./identity.jks",
  "keyStorePassword": "test-only-a",
  "trustStoreLocation": "./trustStore.jks",
  "trustStorePassword": "test-only-b",
  "csvLocation": "./data",
  "pfxCertPassword": "test-only-c"
}
`)
  })

  it("leaves the keyspace out where there is none", () => {
    expect(JSON.parse(formatConfigJson(connection, passwords))).not.toHaveProperty("keyspace")
  })

  it("gives its passwords back", () => {
    expect(readStorePasswords(formatConfigJson(connection, passwords))).toEqual(passwords)
  })

  it.each(["", "null", "[]", "{", '{"keyStorePassword":"a","trustStorePassword":"b","pfxCertPassword":null}'])(
    "has no passwords to give in %j",
    text => {
      expect(readStorePasswords(text)).toBeUndefined()
    },
  )
})

describe("cqlshrc", () => {
  it("names the CQL port and files beside it", () => {
    expect(formatCqlshrc(connection)).toBe(`[connection]
hostname = cass.example.com
port = 29042
ssl = true

[ssl]
validate = true
certfile = ./ca.crt
userkey = ./key
usercert = ./cert
`)
  })
})
