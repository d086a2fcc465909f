import { describe, expect, it } from "vitest"
import type { Cluster } from "../../../../src/domain/cluster.ts"
import { identitiesOf } from "../../../../src/domain/revocation/identities.ts"
import { renderCassandra } from "../../../../src/gateway/configurations/cassandra.ts"
import { type ProxySettings, proxyFacts } from "../../../../src/gateway/configurations/proxy-facts.ts"
import { defaultDirectory } from "../../../../src/gateway/configurations/proxy-files.ts"
import { PROXY_TARGETS, renderProxy, supportsMode } from "../../../../src/gateway/configurations/targets.ts"
import { parseRepository } from "../../../../src/schema/repository.ts"
import { sampleRepository } from "../../../support/repository-files.ts"
import { START } from "../../../support/world.ts"

const { repository } = parseRepository(sampleRepository())
const clusters = [...(repository?.clusters.values() ?? [])].filter(({ environment }) => environment === "production")

function settings(cluster: Cluster, more: Partial<ProxySettings> = {}): ProxySettings {
  return {
    mode: "passthrough",
    directory: defaultDirectory(cluster.name),
    listen: "0.0.0.0",
    idleSeconds: 3600,
    checksRevocation: false,
    ...more,
  }
}

describe.each(clusters)("what is rendered for $name of the sample", cluster => {
  it.each(PROXY_TARGETS)("is this for %s", async target => {
    for (const { name, text } of renderProxy(target, proxyFacts(cluster, settings(cluster)))) {
      await expect(text).toMatchFileSnapshot(`expected/${cluster.name}/${target}/${name}.expected`)
    }
  })

  it("is this for HAProxy that terminates, with revocation lists", async () => {
    const facts = proxyFacts(cluster, settings(cluster, { mode: "terminate", checksRevocation: true }))
    for (const { name, text } of renderProxy("haproxy", facts)) {
      await expect(text).toMatchFileSnapshot(`expected/${cluster.name}/haproxy-terminate/${name}.expected`)
    }
  })

  it("is this for Cassandra", async () => {
    const bundles = [...(repository?.bundles.values() ?? [])].filter(bundle => bundle.cluster === cluster.name)
    const identities = identitiesOf(bundles, [], START)
    for (const { name, text } of renderCassandra({ cluster, directory: "/etc/scb/nodes", identities })) {
      await expect(text).toMatchFileSnapshot(`expected/${cluster.name}/cassandra/${name}.expected`)
    }
  })
})

describe("a configuration", () => {
  const [cluster] = clusters
  if (cluster === undefined) throw new Error("the sample has a production cluster")

  it.each(PROXY_TARGETS)("for %s says every setting that is not the default in its first lines", target => {
    const facts = proxyFacts(
      cluster,
      settings(cluster, { directory: "/srv/gate", listen: "::1", idleSeconds: 600, checksRevocation: true }),
    )
    const [first] = renderProxy(target, facts)
    expect(first?.text.split("\n")[1]).toContain(
      `scb gateway render ${cluster.name} --target ${target} --directory /srv/gate --listen ::1 --idle-timeout 600 --crl\``,
    )
  })

  it.each(PROXY_TARGETS)("for %s brings the CAs of the clients where they are known", target => {
    const facts = proxyFacts(cluster, settings(cluster, { clientCaPem: "PEM\n" }))
    const files = renderProxy(target, facts)
    expect(files.find(({ name }) => name === "clients-ca.crt")).toEqual({ name: "clients-ca.crt", text: "PEM\n" })
    expect(files[0]?.text).not.toContain("#   clients-ca.crt")
  })

  it("opens TLS in HAProxy only", () => {
    expect(PROXY_TARGETS.filter(target => supportsMode(target, "terminate"))).toEqual(["haproxy"])
    expect(PROXY_TARGETS.filter(target => supportsMode(target, "passthrough"))).toEqual(PROXY_TARGETS)
  })
})
