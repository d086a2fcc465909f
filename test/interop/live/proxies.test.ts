import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { connect as connectTcp } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ConnectionOptions, connect } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePorts } from "../../../scripts/demo/free-ports.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { metadataDocument } from "../../../src/gateway/metadata.ts"
import { IDENTITY } from "../../support/bundle.ts"
import { bundleFor } from "../../support/cloud.ts"
import { type CqlNode, startCqlCluster } from "../../support/cql-node.ts"
import { type CertifiedLeaf, makePki, type Pki } from "../../support/pki.ts"
import {
  ENVOY,
  type ProxyOptions,
  type RunningProxy,
  startEnvoy,
  startHaproxy,
  startNginx,
  startTraefik,
  TRAEFIK,
} from "../../support/proxies.ts"
import { revocationList } from "../../support/revocation-list.ts"
import { hasTool } from "../../support/tools.ts"
import { CLIENT_PROGRAMS, type ClientAnswer, isThere, startClient } from "../clients/client.ts"

const HOST_IDS = ["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"]
const UNKNOWN_HOST_ID = "aaaaaaaa-0000-4000-8000-000000000009"
const PROXY_IDENTITY = "spiffe://example.com/proxy"
const PROVEN = new Set(["nodejs 4.10.0", "java 4.19.3", "python 3.30.1"])
const CLIENTS = CLIENT_PROGRAMS.filter(({ name, version, installed }) => installed && PROVEN.has(`${name} ${version}`))

const PROXIES = [
  {
    name: "HAProxy, passing through",
    start: startHaproxy,
    installed: hasTool("haproxy"),
    terminates: false,
    reloads: true,
  },
  { name: "HAProxy, terminating", start: startHaproxy, installed: hasTool("haproxy"), terminates: true, reloads: true },
  { name: "nginx", start: startNginx, installed: hasTool("nginx"), terminates: false, reloads: true },
  { name: "Envoy", start: startEnvoy, installed: isThere(ENVOY), terminates: false, reloads: false },
  {
    name: "Traefik",
    start: startTraefik,
    installed: isThere(TRAEFIK) && hasTool("nginx"),
    terminates: false,
    reloads: false,
  },
] as const

describe.each(PROXIES)("$name", ({ start, installed, terminates, reloads }) => {
  describe.runIf(installed)("as rendered", () => {
    let pki: Pki
    let nodes: readonly CqlNode[]
    let proxy: RunningProxy
    let options: ProxyOptions
    let client: CertifiedLeaf
    let folder: string
    let bundle: string

    beforeAll(async () => {
      pki = await makePki({ now: instantFromMillis(Date.now()) })
      client = await pki.client({ identity: IDENTITY })
      const shown = await pki.client({ identity: PROXY_IDENTITY, commonName: "proxy" })
      nodes = await startCqlCluster(2, {
        datacenter: "dc1",
        certificatePem: pki.server.chainPem,
        keyPem: pki.server.keyPem,
        clientCaPem: pki.root.certificatePem,
        authentication: { kind: "mutual-tls", roles: { [IDENTITY]: "checkout_rw", [PROXY_IDENTITY]: "proxy" } },
      })
      const metadataPort = await freePorts(2)
      options = {
        host: pki.host,
        datacenter: "dc1",
        nodes: nodes.map(({ clusterNode }) => clusterNode),
        metadataPort,
        cqlPort: metadataPort + 1,
        certificatePem: pki.server.chainPem,
        privateKeyPem: pki.server.keyPem,
        clientCaPem: pki.root.certificatePem,
        crlPem: lists([]),
        ...(terminates
          ? {
              terminate: {
                nodeCaPem: pki.root.certificatePem,
                certificatePem: shown.chainPem,
                privateKeyPem: shown.keyPem,
              },
            }
          : {}),
      }
      proxy = await start(options)
      folder = await mkdtemp(join(tmpdir(), "scb-proxies-"))
      bundle = await writeBundle("checkout", client)
    })

    afterAll(async () => {
      await proxy?.stop()
      await Promise.all(nodes.map(node => node.stop()))
      await rm(folder, { recursive: true })
    })

    const lists = (revoked: readonly CertifiedLeaf[]): string =>
      revocationList(pki.issuer, pki.now, revoked) + revocationList(pki.root, pki.now, [])

    async function writeBundle(name: string, of: CertifiedLeaf): Promise<string> {
      const path = join(folder, `${name}.zip`)
      await writeFile(path, await bundleFor(pki, proxy, of), { mode: 0o600 })
      return path
    }

    const asClient = (certified: CertifiedLeaf, more: ConnectionOptions = {}): ConnectionOptions => ({
      host: "127.0.0.1",
      ca: pki.root.certificatePem,
      cert: certified.chainPem,
      key: certified.keyPem,
      checkServerIdentity: () => undefined,
      ...more,
    })

    it.each(CLIENTS)("takes $name $version to every node, for a write and a read", async program => {
      const answer = await askOnce(program, bundle)
      expect(answer).toMatchObject({ ok: true, hostIds: HOST_IDS, words: expect.stringMatching(/^hello from /) })
    })

    it(terminates ? "shows its own certificate to the nodes" : "lets the nodes see the driver's certificate", () => {
      for (const { sessions, hostId } of nodes) {
        expect(sessions.length).toBeGreaterThan(0)
        for (const { identity, serverName } of sessions) {
          expect(identity).toBe(terminates ? PROXY_IDENTITY : IDENTITY)
          expect(serverName).toBe(terminates ? undefined : hostId)
        }
      }
    })

    it.each([
      [
        "HTTP/1.1",
        "GET /metadata HTTP/1.1\r\nHost: cass.example.com\r\nConnection: close\r\n\r\n",
        "TLSv1.3",
        "cass.example.com",
      ],
      ["HTTP/1.0 without a server name", "GET /metadata?version=1 HTTP/1.0\r\n\r\n", "TLSv1.2", ""],
    ] as const)("answers for metadata over %s, in one TLS record", async (_name, request, version, servername) => {
      const socket = connect({
        ...asClient(client, { minVersion: version, maxVersion: version, servername }),
        port: proxy.metadataPort,
      })
      await once(socket, "secureConnect")
      const chunks: Buffer[] = []
      socket.on("data", chunk => chunks.push(chunk)).on("error", () => undefined)
      socket.write(request)
      await once(socket, "close")
      const [head = "", body = ""] = Buffer.concat(chunks).toString("utf8").split("\r\n\r\n")
      expect(head).toMatch(/^HTTP\/1\.[01] 200 /)
      expect(head).toMatch(/^content-type: application\/json$/im)
      expect(head).toMatch(/^content-length: \d+$/im)
      expect(head).not.toMatch(/^transfer-encoding|^content-encoding/im)
      expect(body.trimEnd()).toBe(
        metadataDocument({ host: pki.host, cqlPort: proxy.cqlPort, datacenter: "dc1", nodes: options.nodes }),
      )
      // the C++ driver reads no second record
      expect(chunks[0]?.length).toBe(head.length + 4 + body.length)
    })

    it.each([
      ["GET /other", 404],
      ["POST /metadata", 405],
    ])("answers %s with %i", async (request, status) => {
      expect(await http(`${request} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status} `),
      )
    })

    it("tells nothing to those without a certificate", async () => {
      const { cert: _, key: __, ...nobody } = asClient(client)
      expect(await http("GET /metadata HTTP/1.0\r\n\r\n", nobody)).not.toContain("contact_points")
    })

    const http = async (request: string, who = asClient(client)): Promise<string> => {
      const socket = connect({ ...who, port: proxy.metadataPort, servername: pki.host })
      let answer = ""
      socket.on("data", chunk => (answer += String(chunk))).on("error", () => undefined)
      socket.on("secureConnect", () => socket.write(request))
      await new Promise(resolve => socket.once("close", resolve))
      return answer
    }

    /** Which node answers to OPTIONS under a server name; undefined where nobody does. */
    async function nodeBehind(servername: string): Promise<string | undefined> {
      const socket = connect({ ...asClient(client), port: proxy.cqlPort, servername })
      socket.on("error", () => undefined)
      socket.on("secureConnect", () => socket.write(Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0])))
      const answered = await Promise.race([
        new Promise<boolean>(resolve => socket.once("data", () => resolve(true))),
        new Promise<boolean>(resolve => socket.once("close", () => resolve(false))),
      ])
      socket.destroy()
      return answered ? "answered" : undefined
    }

    it("refuses a host id that no node has, and a name that is not its own", async () => {
      expect(await nodeBehind(UNKNOWN_HOST_ID)).toBeUndefined()
      expect(await nodeBehind("other.example.com")).toBeUndefined()
    })

    it("takes its own name, and none, to any node", async () => {
      expect(await nodeBehind(pki.host)).toBe("answered")
      expect(await nodeBehind("")).toBe("answered")
      expect(await nodeBehind(String(HOST_IDS[0]).toUpperCase())).toBe("answered")
    })

    it("closes what is no TLS", async () => {
      const socket = connectTcp({ host: "127.0.0.1", port: proxy.cqlPort })
      socket.on("error", () => undefined)
      socket.write("GET / HTTP/1.1\r\n\r\n")
      let received = ""
      socket.on("data", chunk => (received += String(chunk)))
      await new Promise(resolve => socket.once("close", resolve))
      expect(received).not.toContain("HTTP/1.1 200")
    })

    it("resumes no TLS session: every connection is verified anew", async () => {
      const sessions: Buffer[] = []
      const first = connect({ ...asClient(client), port: proxy.metadataPort, servername: pki.host })
      first.on("session", session => sessions.push(session)).on("error", () => undefined)
      first.on("secureConnect", () => first.write("GET /metadata HTTP/1.0\r\n\r\n")).resume()
      await new Promise(resolve => first.once("close", resolve))
      const [session] = sessions
      const second = connect({
        ...asClient(client),
        port: proxy.metadataPort,
        servername: pki.host,
        ...(session === undefined ? {} : { session }),
      })
      await once(second, "secureConnect")
      expect(second.isSessionReused()).toBe(false)
      second.destroy()
    })

    // Envoy and Traefik take their files at the start alone.
    if (!reloads) return

    it("refuses a driver whose certificate a new list revokes, and goes on with others", async () => {
      const leaked = await pki.client({ identity: IDENTITY })
      const leakedBundle = await writeBundle("leaked", leaked)
      const [program] = CLIENTS
      if (program === undefined) throw new Error("the driver of Node.js is always there")
      expect(await askOnce(program, leakedBundle)).toMatchObject({ ok: true })
      await proxy.reload({ crlPem: lists([leaked]) })
      expect(await askOnce(program, leakedBundle)).toMatchObject({ ok: false })
      expect(await askOnce(program, bundle)).toMatchObject({ ok: true })
    })

    it("leads to a node that was added, and no more to one that is gone", async () => {
      await proxy.reload({ nodes: options.nodes.slice(1) })
      expect(await nodeBehind(String(HOST_IDS[0]))).toBeUndefined()
      await proxy.reload({ nodes: options.nodes })
      expect(await nodeBehind(String(HOST_IDS[0]))).toBe("answered")
    })
  })
})

async function askOnce(program: (typeof CLIENT_PROGRAMS)[number], bundle: string): Promise<ClientAnswer> {
  const running = await startClient(program)
  try {
    return await running.ask({ task: "session", bundle, keyspace: "shop" })
  } finally {
    await running.stop()
  }
}
