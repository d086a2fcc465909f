import { describe, expect, it } from "vitest"
import type { Identities } from "../../src/domain/revocation/identities.ts"
import { renderCassandra } from "../../src/gateway/configurations/cassandra.ts"
import { type ProxiedCluster, type ProxySettings, proxyFacts } from "../../src/gateway/configurations/proxy-facts.ts"

/** What ends a word, a line, a string or a block in one of the languages, or begins something there. */
const HOSTILE = [
  "a b",
  "a\nbackend evil",
  "a\r",
  "a\tb",
  "a;b",
  "a}b",
  "a{b",
  "a#b",
  "a'b",
  'a"b',
  "a`b",
  "a$b",
  "a%[b]",
  "a\\b",
  "a|b",
  "a(b)",
  "a*b",
  "a,b",
  "--",
  "",
  "é",
  "a\u202eb",
  "a\u0000b",
]

const CLUSTER: ProxiedCluster = {
  file: "bundles/prod/cluster.yaml",
  name: "prod",
  endpoint: { host: "cass.example.com", metadataPort: 29080, cqlPort: 29042 },
  datacenter: "dc1",
  nodes: [{ hostId: "aaaaaaaa-0000-4000-8000-000000000001", address: "10.0.0.1:9042" }],
}
const SETTINGS: ProxySettings = {
  mode: "passthrough",
  directory: "/etc/scb/prod",
  listen: "0.0.0.0",
  idleSeconds: 3600,
  checksRevocation: false,
}
const [NODE = { hostId: "", address: "" }] = CLUSTER.nodes

/** Each place of a proxy's configuration that text of somebody else reaches. */
const PLACES: Readonly<Record<string, (text: string) => readonly [ProxiedCluster, ProxySettings]>> = {
  file: text => [{ ...CLUSTER, file: text }, SETTINGS],
  name: text => [{ ...CLUSTER, name: text }, SETTINGS],
  host: text => [{ ...CLUSTER, endpoint: { ...CLUSTER.endpoint, host: text } }, SETTINGS],
  datacenter: text => [{ ...CLUSTER, datacenter: text }, SETTINGS],
  hostId: text => [{ ...CLUSTER, nodes: [{ ...NODE, hostId: text }] }, SETTINGS],
  address: text => [{ ...CLUSTER, nodes: [{ ...NODE, address: `${text}:9042` }] }, SETTINGS],
  directory: text => [CLUSTER, { ...SETTINGS, directory: `/${text}` }],
  listen: text => [CLUSTER, { ...SETTINGS, listen: text }],
  nodeName: text => [CLUSTER, { ...SETTINGS, nodeName: text }],
}

const places = Object.entries(PLACES)
/** May be called so. */
const HARMLESS = new Set(["file --", "datacenter --", "directory --"])

describe("text that could mean more than itself", () => {
  it.each(places.map(([name]) => name))("is not written into a proxy's configuration as %s", name => {
    for (const text of HOSTILE.filter(each => !HARMLESS.has(`${name} ${each}`))) {
      const [cluster, settings] = PLACES[name]?.(text) ?? [CLUSTER, SETTINGS]
      expect(() => proxyFacts(cluster, settings), JSON.stringify(text)).toThrow(
        expect.objectContaining({ code: "gateway-misconfigured" }),
      )
    }
  })

  it.each(["role", "keyspace", "identity"] as const)("is not written into CQL as %s", field => {
    for (const text of HOSTILE) {
      const admitted = {
        ...{ identity: "spiffe://example.com/a", role: "a", bundle: "prod/a", keyspace: "k", alsoRevoked: [] },
        [field]: text,
      } as unknown as Identities["admitted"][number]
      expect(() => render({ admitted: [admitted], dropped: [] }), JSON.stringify(text)).toThrow(
        expect.objectContaining({ code: "gateway-misconfigured" }),
      )
    }
  })

  it("is not written into DROP IDENTITY", () => {
    for (const identity of HOSTILE.map(text => `spiffe://example.com/${text}`)) {
      if (identity.endsWith("--")) continue // may be called so, and stands in quotes
      expect(
        () => render({ admitted: [], dropped: [{ identity, bundle: "prod/a", reason: "revoked" }] }),
        JSON.stringify(identity),
      ).toThrow(expect.objectContaining({ code: "gateway-misconfigured" }))
    }
  })

  const render = (identities: Identities) =>
    renderCassandra({
      cluster: { ...CLUSTER, authentication: "mutual-tls" },
      directory: "/etc/scb/prod",
      identities,
    })
})
