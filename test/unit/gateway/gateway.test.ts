import { describe, expect, it } from "vitest"
import type { GatewayOptions } from "../../../src/gateway/gateway.ts"
import { hostId, pkiOfToday, runGateway } from "./gateway-for-tests.ts"

const node = { hostId: hostId(1), address: "127.0.0.1:9042" }
const loopback = { address: "127.0.0.1", port: 0 }

async function tls(): Promise<GatewayOptions["metadata"]> {
  const { server, root } = await pkiOfToday()
  const { chainPem, keyPem } = server
  return { listen: loopback, certificatePem: chainPem, privateKeyPem: keyPem, clientCaPem: root.certificatePem }
}

const misconfigured = (text: RegExp) =>
  expect.objectContaining({ code: "gateway-misconfigured", message: expect.stringMatching(text) })

describe("startGateway", () => {
  it.each<[string, readonly GatewayOptions["nodes"][number][], RegExp]>([
    ["no nodes", [], /at least one/],
    ["one host id twice", [node, { ...node, hostId: node.hostId.toUpperCase() }], /once, got twice/],
    ["a name for a host id", [{ ...node, hostId: "node1" }], /host id/],
    ["an address without port", [{ ...node, address: "10.0.0.1" }], /address:port/],
  ])("refuses %s", async (_, nodes, message) => {
    await expect(runGateway({ nodes })).rejects.toThrow(misconfigured(message))
  })

  it("refuses a certificate that does not name the host", async () => {
    await expect(runGateway({ host: "other.example.com", metadata: await tls() })).rejects.toThrow(
      misconfigured(/DNS SAN other\.example\.com, got DNS:cass\.example\.com/),
    )
  })

  it("refuses an address for a host, which no driver could verify", async () => {
    await expect(runGateway({ host: "127.0.0.1" })).rejects.toThrow(misconfigured(/DNS SAN/))
  })

  it("refuses a key that is not the certificate's, and does not print it", async () => {
    const { keyPem } = await (await pkiOfToday()).client()

    await expect(runGateway({ metadata: { ...(await tls()), privateKeyPem: keyPem } })).rejects.toThrow(
      misconfigured(/^metadata private key: expected the key of the certificate, got another$/),
    )
  })

  it("refuses client CAs that do not reach a root", async () => {
    const { issuer } = await pkiOfToday()

    await expect(runGateway({ metadata: { ...(await tls()), clientCaPem: issuer.certificatePem } })).rejects.toThrow(
      misconfigured(/self-signed/),
    )
  })

  it.each(["certificatePem", "privateKeyPem", "clientCaPem", "crlPem"] as const)("refuses a broken %s", async field => {
    const broken = "-----BEGIN X-----\nAAAA\n-----END X-----\n"

    await expect(runGateway({ metadata: { ...(await tls()), [field]: broken } })).rejects.toThrow(
      misconfigured(/^metadata/),
    )
  })

  it("names the port that is in use, and leaves nothing open", async () => {
    const first = await runGateway()
    const metadata = { ...(await tls()), listen: { ...loopback, port: first.metadataPort } }

    await expect(runGateway({ metadata })).rejects.toThrow(
      expect.objectContaining({ code: "port-in-use", message: expect.stringContaining(String(first.metadataPort)) }),
    )
  })

  it("refuses an address that is not this machine's", async () => {
    await expect(runGateway({ cql: { listen: { address: "192.0.2.1", port: 0 } } })).rejects.toThrow(
      misconfigured(/CQL proxy at 192\.0\.2\.1:0: cannot listen/),
    )
  })

  it("says where it listens", async () => {
    const gateway = await runGateway()

    expect(gateway.events).toEqual([
      { kind: "listening", role: "cql", port: gateway.cqlPort },
      { kind: "listening", role: "metadata", port: gateway.metadataPort },
    ])
  })
})
