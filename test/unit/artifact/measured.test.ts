import { expect, it } from "vitest"
import { loadMeasurements, loadPlatforms } from "../../../src/adapters/platform-catalogue.ts"
import { CLIENT_PROGRAMS } from "../../interop/clients/client.ts"

const { programs } = loadMeasurements()

it("has every client program on record, and no other", () => {
  const named = ({ name, version }: { readonly name: string; readonly version: string }): string => `${name} ${version}`
  expect(programs.map(named)).toEqual(CLIENT_PROGRAMS.map(named))
})

it("counts more than ten kinds of clients, each by both authenticators and through three gateways", () => {
  expect(new Set(programs.map(({ name }) => name)).size).toBeGreaterThan(10)
  for (const { passed } of programs) {
    expect(Object.keys(passed["mutual-tls"] ?? {})).toEqual(["embedded", "haproxy", "nginx"])
    expect(Object.keys(passed["password"] ?? {})).toEqual(["embedded", "haproxy", "haproxy, terminating", "nginx"])
  }
})

/** A change here changes every bundle of these platforms. */
it("says of each platform what its claim rests on", () => {
  expect(Object.fromEntries([...loadPlatforms().values()].map(({ name, evidence }) => [name, evidence]))).toEqual({
    cpp: "measured",
    "cql-proxy": "measured",
    cqlsh: "measured",
    csharp: "by-rule",
    "data-migrator": "client-measured",
    dsbulk: "measured",
    "gocql-astra": "measured",
    java: "measured",
    java3: "measured",
    jdbc: "measured",
    "kafka-connect": "measured",
    nodejs: "measured",
    python: "measured",
    spark: "measured",
    "spring-boot": "measured",
    "zdm-proxy": "by-rule",
  })
})
