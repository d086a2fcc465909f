import { connect, createServer } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { proxySettings, readBounded, type SecureFetchOptions, secureFetch } from "../../../src/adapters/secure-fetch.ts"
import { instantFromMillis } from "../../../src/domain/instant.ts"
import { type AnsweringServer, answering } from "../../support/forge/answering.ts"
import { makePki } from "../../support/pki.ts"

const CANARY = "ghs_CanaryCanaryCanary"
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()))
})

async function serve(...options: Parameters<typeof answering>): Promise<AnsweringServer> {
  const server = await answering(...options)
  closing.push(server.close)
  return server
}

const hostOf = (url: string): string => new URL(url).host
const fetchFrom = (server: AnsweringServer, options: Partial<SecureFetchOptions> = {}) =>
  secureFetch({ hosts: [hostOf(server.url)], ...options })

/** Names lead to this machine, as `/etc/hosts` would. */
const HERE: NonNullable<SecureFetchOptions["lookup"]> = (_name, { all }, callback) =>
  all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4)

async function tlsDesk(host: string, tls: { readonly maxVersion?: "TLSv1.2" } = {}) {
  const pki = await makePki({ host: "forge.example.com", now: instantFromMillis(Date.now()), name: "Forge" })
  const { chainPem: cert, keyPem: key } = pki.server
  const server = await serve((_, response) => response.end("in secret"), { cert, key, ...tls })
  const url = `https://${host}:${server.port}/`
  return { url, fetch: { hosts: [hostOf(url)], lookup: HERE }, ca: pki.root.certificatePem }
}

describe("secure fetch", () => {
  it("asks hosts of its list, over TLS 1.3, whose authority is known", async () => {
    const { url, fetch, ca } = await tlsDesk("forge.example.com")
    expect(await (await secureFetch({ ...fetch, ca })(url)).text()).toBe("in secret")
  })

  it("refuses a server that speaks TLS 1.2 at most", async () => {
    const { url, fetch, ca } = await tlsDesk("forge.example.com", { maxVersion: "TLSv1.2" })
    await expect(secureFetch({ ...fetch, ca })(url)).rejects.toMatchObject({
      code: "forge-unreachable",
      message: `${hostOf(url)} does not speak TLS 1.3`,
    })
  })

  it("refuses a certificate of an unknown authority, and says how to make it known", async () => {
    const { url, fetch } = await tlsDesk("forge.example.com")
    await expect(secureFetch(fetch)(url)).rejects.toMatchObject({
      code: "forge-unreachable",
      hint: "if it is your company's, name its PEM file in SCB_CA_FILE or NODE_EXTRA_CA_CERTS",
    })
  })

  it("refuses a certificate for another name", async () => {
    const { url, fetch, ca } = await tlsDesk("other.example.com")
    await expect(secureFetch({ ...fetch, ca })(url)).rejects.toMatchObject({
      code: "forge-unreachable",
      message: `${hostOf(url)} shows a certificate that is for another name`,
    })
  })

  it.each([
    { why: "a host that is not listed", url: "https://evil.example.com/" },
    { why: "a listed host at another port", url: "https://forge.example.com:8443/" },
    { why: "plain http", url: "http://forge.example.com/" },
    { why: "another scheme", url: "file:///etc/passwd" },
    { why: "a password in the address", url: `https://user:${CANARY}@forge.example.com/` },
  ])("refuses $why before it asks anybody", async ({ url }) => {
    const failing = secureFetch({ hosts: ["forge.example.com"] })(url)
    await expect(failing).rejects.toMatchObject({ code: "forge-refused" })
    expect(String(await failing.catch(String))).not.toContain(CANARY)
  })

  it("says that a name has no address", async () => {
    const lookup: NonNullable<SecureFetchOptions["lookup"]> = (_name, _options, callback) =>
      callback(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }), "", 4)
    await expect(
      secureFetch({ hosts: ["forge.example.com"], lookup })("https://forge.example.com/"),
    ).rejects.toMatchObject({
      code: "forge-unreachable",
      message: "forge.example.com has no address here",
    })
  })

  it("says that nobody listens", async () => {
    const server = await answering(() => {})
    await server.close()
    await expect(fetchFrom(server)(server.url)).rejects.toMatchObject({
      code: "forge-unreachable",
      message: `${hostOf(server.url)} takes no connection`,
    })
  })

  it("waits no longer than it is told, for the head and for the body", async () => {
    const silent = await serve((_, response) => void response.write("half"))
    const mute = await serve(() => {})
    const inTime = { totalTimeoutMillis: 100 }
    await expect(fetchFrom(mute, inTime)(mute.url)).rejects.toMatchObject({
      code: "forge-unreachable",
      message: `${hostOf(mute.url)} does not answer in time`,
    })
    const reading = fetchFrom(silent, inTime)(silent.url).then(response => readBounded(response, 100))
    await expect(reading).rejects.toMatchObject({ code: "forge-unreachable" })
  })

  it("gives back the caller's own abort", async () => {
    const mute = await serve(() => {})
    const controller = new AbortController()
    const failing = fetchFrom(mute)(mute.url, { signal: controller.signal })
    controller.abort()
    await expect(failing).rejects.toMatchObject({ name: "AbortError" })
  })
})

describe("secure fetch that is redirected", () => {
  const HEADERS = { authorization: `Bearer ${CANARY}`, accept: "text/plain" }

  it("leaves credentials with the origin that they are for", async () => {
    const store = await serve((_, response) => response.end("bytes"))
    const forge = await serve((_, response) => response.writeHead(302, { location: `${store.url}/asset` }).end())
    const fetch = secureFetch({ hosts: [hostOf(forge.url), hostOf(store.url)] })
    expect(await (await fetch(forge.url, { headers: HEADERS })).text()).toBe("bytes")
    expect(forge.asked[0]?.headers.authorization).toBe(HEADERS.authorization)
    expect(store.asked[0]?.headers).not.toHaveProperty("authorization")
    expect(store.asked[0]?.headers.accept).toBe("text/plain")
  })

  it("keeps them within one origin", async () => {
    const forge = await serve((request, response) =>
      request.url === "/old" ? response.writeHead(301, { location: "/new" }).end() : response.end("there"),
    )
    expect(await (await fetchFrom(forge)(`${forge.url}/old`, { headers: HEADERS })).text()).toBe("there")
    expect(forge.asked[1]?.headers.authorization).toBe(HEADERS.authorization)
  })

  it.each(["https://evil.example.com/", "http://192.0.2.1/", "file:///etc/passwd"])(
    "does not follow to %s",
    async location => {
      const forge = await serve((_, response) => response.writeHead(302, { location }).end())
      await expect(fetchFrom(forge)(forge.url)).rejects.toMatchObject({ code: "forge-refused" })
    },
  )

  it("sends nothing on that writes", async () => {
    const forge = await serve((_, response) => response.writeHead(307, { location: "/elsewhere" }).end())
    await expect(fetchFrom(forge)(forge.url, { method: "POST", body: "{}" })).rejects.toMatchObject({
      code: "forge-refused",
      hint: "name the repository as it is called now: what writes is not sent on",
    })
    expect(forge.asked).toHaveLength(1)
  })

  it("does not go round for ever", async () => {
    const forge = await serve((_, response) => response.writeHead(302, { location: "/again" }).end())
    await expect(fetchFrom(forge)(forge.url)).rejects.toMatchObject({ code: "forge-refused" })
    expect(forge.asked).toHaveLength(6)
  })
})

describe("an answer that is read", () => {
  it("is kept up to its bound", async () => {
    const server = await serve((_, response) => response.end("12345"))
    expect(await readBounded(await fetchFrom(server)(server.url), 5)).toEqual(Buffer.from("12345"))
    await expect(readBounded(await fetchFrom(server)(server.url), 4)).rejects.toMatchObject({ code: "too-large" })
  })

  it("is not believed when it is cut off", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "10" })
      response.write("12345", () => response.destroy())
    })
    await expect(readBounded(await fetchFrom(server)(server.url), 100)).rejects.toMatchObject({
      code: "forge-unreachable",
    })
  })
})

describe("secure fetch behind a proxy", () => {
  /** CONNECT to wherever is asked for, on this machine. */
  async function proxy(answer: "200 OK" | "407 Proxy Authentication Required") {
    const asked: string[] = []
    const server = createServer(socket => {
      socket.on("error", () => {})
      socket.once("data", head => {
        const [, place = ""] = /^CONNECT (\S+) /.exec(head.toString()) ?? []
        asked.push(place)
        if (answer !== "200 OK") {
          socket.end(`HTTP/1.1 ${answer}\r\n\r\n`)
          return
        }
        const beyond = connect(Number(place.split(":")[1]), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n")
          socket.pipe(beyond).pipe(socket)
        })
        beyond.on("error", () => socket.destroy())
        socket.on("close", () => beyond.destroy())
      })
    })
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    closing.push(() => new Promise(resolve => server.close(() => resolve())))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return { asked, settings: proxySettings({ HTTPS_PROXY: `http://127.0.0.1:${port}` }) }
  }

  it("goes through it, and looks at certificates and versions as without", async () => {
    const { url, fetch, ca } = await tlsDesk("forge.example.com")
    const { asked, settings } = await proxy("200 OK")
    const { lookup: _, ...blind } = fetch
    const answer = await secureFetch({ ...blind, ca, proxy: settings })(url)
    expect(await answer.text()).toBe("in secret")
    expect(asked).toEqual([hostOf(url)])
    await expect(secureFetch({ ...blind, proxy: settings })(url)).rejects.toMatchObject({ code: "forge-unreachable" })
  })

  it("refuses TLS 1.2 through it as well", async () => {
    const { url, fetch, ca } = await tlsDesk("forge.example.com", { maxVersion: "TLSv1.2" })
    const { settings } = await proxy("200 OK")
    await expect(secureFetch({ ...fetch, ca, proxy: settings })(url)).rejects.toMatchObject({
      message: `${hostOf(url)} does not speak TLS 1.3`,
    })
  })

  it("says that it is the proxy that refuses", async () => {
    const { settings } = await proxy("407 Proxy Authentication Required")
    await expect(
      secureFetch({ hosts: ["forge.example.com"], proxy: settings })("https://forge.example.com/"),
    ).rejects.toMatchObject({ code: "forge-unreachable", hint: "see HTTPS_PROXY and NO_PROXY" })
  })

  it("reads the usual variables, small letters first", () => {
    expect(proxySettings({ https_proxy: "a", HTTPS_PROXY: "b", NO_PROXY: "c" })).toEqual({
      https: "a",
      http: "",
      exceptions: "c",
    })
  })
})
