import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasTool } from "../../support/tools.ts"
import { HOST, hostId, pkiOfToday, plainNode, runGateway } from "./gateway-for-tests.ts"

/** Everything that `openssl s_client` prints, with `input` typed after the handshake. */
function sClient(port: number, extraArguments: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...extraArguments])
    let output = ""
    for (const stream of [client.stdout, client.stderr]) {
      stream.on("data", chunk => {
        output += String(chunk)
      })
    }
    client.once("error", reject)
    client.once("close", () => resolve(output))
    client.stdin.on("error", () => {})
    if (input === "") client.stdin.end()
    else client.stdin.write(input)
  })
}

describe.runIf(hasTool("openssl"))("openssl s_client", () => {
  let folder = ""
  let trusted: readonly string[] = []
  let certified: readonly string[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "scb-gateway-"))
    const pki = await pkiOfToday()
    const client = await pki.client()
    const file = async (name: string, content: string) => {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    }
    trusted = [
      "-CAfile",
      await file("ca.pem", pki.root.certificatePem),
      "-verify_return_error",
      "-verify_hostname",
      HOST,
    ]
    const chain = await file("cert.pem", client.chainPem)
    certified = ["-cert", chain, "-cert_chain", chain, "-key", await file("key.pem", client.keyPem)]
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([
    ["-tls1_2", "-noservername"],
    ["-tls1_2", "-servername", HOST],
    ["-tls1_3", "-noservername"],
    ["-tls1_3", "-servername", HOST],
  ])("gets the metadata with HTTP/1.0 by %s %s", async (...options) => {
    const gateway = await runGateway()

    const request = "GET /metadata?version=1 HTTP/1.0\r\n\r\n"
    const output = await sClient(gateway.metadataPort, [...options, ...trusted, ...certified, "-quiet"], request)

    expect(output).toMatch(/HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n.*\}\}$/s)
  })

  it.each([
    ["-tls1_1", /alert protocol version|no protocols available|unsupported protocol|no ciphers available/],
    ["-tls1_2", /alert handshake failure/],
    ["-tls1_3", /alert certificate required/],
  ])("is refused without a certificate, or with an old TLS, by %s", async (version, alert) => {
    const gateway = await runGateway()

    const output = await sClient(gateway.metadataPort, [version, ...trusted], "GET /metadata HTTP/1.0\r\n\r\n")

    expect(output).toMatch(alert)
    expect(output).not.toContain("200 OK")
  })

  it.each(["-tls1_2", "-tls1_3"])("sees the alert unrecognized_name for an unknown host id by %s", async version => {
    const gateway = await runGateway({ nodes: [await plainNode(1)] })

    const output = await sClient(gateway.cqlPort, [version, "-servername", hostId(9)])

    expect(output).toMatch(/alert number 112/)
  })
})
