import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { hostProblem } from "../../src/domain/host.ts"
import { type ProxiedCluster, type ProxyFacts, proxyFacts } from "../../src/gateway/configurations/proxy-facts.ts"
import { PROXY_TARGETS, type ProxyTarget, renderProxy } from "../../src/gateway/configurations/targets.ts"
import { TEXTS } from "../../src/schema/texts.ts"
import { name } from "../support/records.ts"

const port = fc.integer({ min: 1, max: 65_535 })
const host = fc.domain().filter(text => hostProblem(text) === undefined)
const address = fc
  .tuple(
    fc.oneof(
      fc.ipV4(),
      host,
      fc.ipV6().map(text => `[${text}]`),
    ),
    port,
  )
  .map(([place, number]) => `${place}:${number}`)
  .filter(text => new RegExp(TEXTS.address.pattern).test(text))
const node = fc.record({ hostId: fc.uuid(), address })

/** Any cluster that the front door lets in. */
const cluster: fc.Arbitrary<ProxiedCluster> = fc.record({
  file: name.map(folder => `bundles/${folder}/cluster.yaml`),
  name,
  endpoint: fc.record({ host, metadataPort: port, cqlPort: port }),
  datacenter: fc.stringMatching(new RegExp(TEXTS.word.pattern)),
  nodes: fc.uniqueArray(node, { minLength: 1, maxLength: 60, selector: ({ hostId }) => hostId }),
})

const facts: fc.Arbitrary<ProxyFacts> = fc
  .record({ cluster, listen: fc.oneof(fc.ipV4(), fc.ipV6()), idleSeconds: fc.integer({ min: 1, max: 86_400 }) })
  .map(({ cluster: any, ...settings }) =>
    proxyFacts(any, {
      ...settings,
      mode: "passthrough",
      directory: `/etc/scb/${any.name}`,
      checksRevocation: false,
    }),
  )

/** The server names that a configuration routes, as the program reads it. */
function routedNames(target: ProxyTarget, facts: ProxyFacts): readonly string[] {
  const files = new Map(renderProxy(target, facts).map(({ name, text }) => [name, text]))
  switch (target) {
    case "haproxy":
      return [...(files.get("hosts.map") ?? "").matchAll(/^([^#\s]\S*) \S+$/gm)].map(([, key = ""]) => key)
    case "nginx": {
      const [, map = ""] = /map \$ssl_preread_server_name [^{]*\{([^}]*)\}/.exec(files.get("nginx.conf") ?? "") ?? []
      return [...map.matchAll(/^ +\\{0,2}([\w.-]+) \S+;/gm)].flatMap(([, key = ""]) => (key === "default" ? [] : key))
    }
    case "envoy": {
      const [, cql] = parse(files.get("envoy.yaml") ?? "").static_resources.listeners
      return cql.filter_chains.flatMap(
        (chain: { readonly filter_chain_match: { readonly server_names?: readonly string[] } }) =>
          chain.filter_chain_match.server_names ?? [],
      )
    }
    case "traefik": {
      const { routers } = parse(files.get("dynamic.yaml") ?? "").tcp
      return Object.values(routers).flatMap(
        router => /^HostSNI\(`([^*`]+)`\)$/.exec((router as { readonly rule: string }).rule)?.[1] ?? [],
      )
    }
  }
}

describe("any valid cluster", () => {
  it.each(PROXY_TARGETS)("is rendered for %s with every host id, and the host, exactly once", target => {
    fc.assert(
      fc.property(facts, each => {
        expect([...routedNames(target, each)].sort()).toEqual(
          [each.host, ...each.nodes.map(({ hostId }) => hostId)].sort(),
        )
      }),
      { numRuns: 60 },
    )
  })

  it.each(PROXY_TARGETS)(
    "is rendered for %s to the same bytes twice, without tabs, carriage returns or long silence",
    target => {
      fc.assert(
        fc.property(facts, each => {
          const once = renderProxy(target, each)
          expect(renderProxy(target, each)).toEqual(once)
          for (const { text } of once) expect(text).toMatch(/^[\x20-\x7e…\n]*\n$/)
        }),
        { numRuns: 30 },
      )
    },
  )

  it.each(["envoy", "traefik"] as const)("is rendered for %s as YAML that reads the same addresses", target => {
    fc.assert(
      fc.property(facts, each => {
        const yaml = renderProxy(target, each).filter(({ name }) => name.endsWith(".yaml"))
        const read = JSON.stringify(yaml.map(({ text }) => parse(text)))
        for (const { host, port } of each.nodes) {
          expect(read).toContain(target === "envoy" ? `"address":"${host}","port_value":${port}` : `${port}"`)
        }
      }),
      { numRuns: 30 },
    )
  })
})
