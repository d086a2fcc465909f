import { beforeAll, describe, expect, it } from "vitest"
import { type DoctorOptions, diagnose } from "../../../src/app/doctor.ts"
import { commonName, EXTENDED_KEY_USAGE } from "../../../src/artifact/x509.ts"
import { CLIENTS, type Client } from "../../../src/domain/clients.ts"
import { later } from "../../../src/domain/instant.ts"
import type { Diagnosis } from "../../../src/domain/live/diagnosis.ts"
import type { CqlOutcome, HttpProbe } from "../../../src/domain/live/probes.ts"
import { astraBundle } from "../../support/astra-bundle.ts"
import { configured, type GoodBundle, makeGoodBundle, replaced } from "../../support/mutations.ts"
import {
  ADDRESS,
  document,
  failure,
  goodAnswers,
  HOST_IDS,
  httpAnswer,
  memoryNetwork,
  type NetworkAnswers,
  node,
  resolved,
} from "../../support/network.ts"
import { certify } from "../../support/pki.ts"

const HOST = "cass.example.com"
const PROXY = "cql.example.com"
const DRIVERS = CLIENTS.map(client => ({ name: client, client }))
const ASKING = CLIENTS.filter(client => client !== "cqlsh")

let good: GoodBundle
let answers: NetworkAnswers
beforeAll(async () => {
  good = await makeGoodBundle()
  answers = goodAnswers(good.pki)
})

interface Case {
  readonly zip?: Uint8Array
  readonly drivers?: DoctorOptions["drivers"]
  readonly login?: NonNullable<DoctorOptions["login"]>
}

async function doctor(change: Partial<NetworkAnswers> = {}, { zip, drivers = DRIVERS, login }: Case = {}) {
  const network = memoryNetwork({ ...answers, ...change })
  const more = login === undefined ? {} : { login }
  const diagnosis = await diagnose(zip ?? good.zip, network, { now: good.now, drivers, ...more })
  return { ...diagnosis, looks: network.looks }
}

/** `[code cause severity, clients that fail]`. */
function summary({ findings, verdicts }: Diagnosis): readonly [readonly string[], readonly Client[]] {
  const said = new Set(findings.map(({ code, cause, severity }) => `${code} ${cause} ${severity}`))
  return [[...said], verdicts.filter(each => each.verdict === "fails").map(each => each.client)]
}

const tls = () => ({ version: "TLSv1.3", chain: good.pki.server.chain })

/** Who is answered so, and who as ever. */
type Asking = (probe: HttpProbe) => boolean
const bySni: Asking = ({ serverName }) => serverName !== undefined
const plainly: Asking = ({ httpVersion }) => httpVersion === "1.0"
const everybody: Asking = ({ identity }) => identity !== undefined

function metadata(body: string | Uint8Array, parts: Partial<Parameters<typeof httpAnswer>[1]> = {}, whom = everybody) {
  return {
    request: (probe: HttpProbe) =>
      whom(probe) && everybody(probe) ? httpAnswer(body, { tls: tls(), ...parts }) : answers.request(probe),
  }
}

function outcome(whom: string | undefined | "everywhere", said: CqlOutcome): Partial<NetworkAnswers> {
  return {
    converse: probe =>
      probe.identity !== undefined && (whom === "everywhere" || probe.serverName === whom)
        ? { kind: "answered", tls: tls(), outcome: said, millis: 1 }
        : answers.converse(probe),
  }
}

/** The server's certificate with other contents, wherever it is shown to whom the test says. */
function certified(profile: Partial<Parameters<typeof certify>[1]>) {
  const { pki, now } = good
  const key = { publicKey: pki.server.publicKey, privateKey: pki.server.privateKey }
  const leaf = certify(
    key as never,
    {
      subject: commonName(HOST),
      notBefore: later(now, -86_400_000),
      notAfter: later(now, 86_400_000 * 90),
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: [EXTENDED_KEY_USAGE.serverAuth],
      alternativeNames: [{ kind: "dns", value: HOST }],
      ...profile,
    },
    pki.issuer.signer,
  )
  return [leaf.certificate, pki.issuer.certificate]
}

function nodesShow(chain: readonly Uint8Array[]): Partial<NetworkAnswers> {
  return {
    converse: probe => {
      const answer = answers.converse(probe)
      return answer.kind === "failed" ? answer : { ...answer, tls: { ...answer.tls, chain } }
    },
  }
}

describe("a good bundle and a good cluster", () => {
  it("have no finding, and every driver connects", async () => {
    const diagnosis = await doctor()
    expect(summary(diagnosis)).toEqual([[], []])
    expect(diagnosis.verdicts.map(each => each.verdict)).toEqual(CLIENTS.map(() => "connects"))
    expect(diagnosis.steps.filter(each => each.outcome !== "passed")).toEqual([])
    expect(diagnosis.likelyCause).toBeUndefined()
    expect(diagnosis.oldFashioned).toEqual([])
  })

  it("are looked at in the order of a driver, and as each of them would", async () => {
    expect((await doctor()).looks).toEqual([
      `resolve ${HOST}`,
      `connect ${ADDRESS}:29080`,
      `request ${ADDRESS}:29080 ${HOST}`, // without a certificate
      `request ${ADDRESS}:29080 ${HOST}`,
      `request ${ADDRESS}:29080 ${HOST}`, // TLS 1.2
      `request ${ADDRESS}:29080`, // C++
      `connect ${ADDRESS}:29042`,
      ...HOST_IDS.map(hostId => `converse ${ADDRESS}:29042 ${hostId}`),
      `converse ${ADDRESS}:29042 ${HOST_IDS[0]}`, // TLS 1.2
      `converse ${ADDRESS}:29042`, // cqlsh
      `converse ${ADDRESS}:29042 ${HOST_IDS[0]}`, // without a certificate
      `converse ${ADDRESS}:29042 ffffffff-ffff-4fff-bfff-ffffffffffff`,
    ])
  })
})

describe("the way to the metadata", () => {
  it("L5: nobody knows the name", async () => {
    const nowhere = { kind: "failed", reason: "ENOTFOUND" } as const
    const diagnosis = await doctor({ resolve: () => ({ ipv4: nowhere, ipv6: nowhere, system: nowhere, millis: 1 }) })
    expect(summary(diagnosis)).toEqual([["L5 name-unknown error"], CLIENTS])
    expect(diagnosis.verdicts.find(each => each.client === "java")?.says).toContain(
      "Unable to resolve host for cloud metadata service. Please make sure your cluster is not terminated",
    )
  })

  it("L5: the name has no A record, or none in DNS", async () => {
    const ipv6 = await doctor({ resolve: () => resolved(["fd00::5"]) })
    expect(summary(ipv6)).toEqual([["L5 name-without-ipv4 error"], ["nodejs", "csharp", "cpp"]])
    const hosts = { ...resolved([ADDRESS]), ipv4: { kind: "failed", reason: "ENOTFOUND" } as const }
    expect(summary(await doctor({ resolve: () => hosts }))).toEqual([["L5 name-not-in-dns error"], ["nodejs"]])
  })

  it("L1: nothing listens; what is behind it is looked at by guess", async () => {
    const connect: NetworkAnswers["connect"] = ({ port }) =>
      port === 29080 ? (failure("tcp", "ECONNREFUSED") as never) : { kind: "open", millis: 1 }
    const diagnosis = await doctor({ connect })
    expect(summary(diagnosis)).toEqual([["L1 service-unreachable error"], ASKING])
    expect(diagnosis.looks).toContain(`converse ${ADDRESS}:29042`)
    expect(diagnosis.likelyCause?.finding.message).toBe(
      `the metadata service at ${ADDRESS}:29080 refuses the connection: nothing listens there`,
    )
  })

  it("L1: one address of several is dead, which is a warning", async () => {
    const diagnosis = await doctor({
      resolve: () => resolved(["10.0.0.4", ADDRESS]),
      connect: ({ address, port }) =>
        address === ADDRESS || port === 29042 ? { kind: "open", millis: 1 } : (failure("tcp", "ETIMEDOUT") as never),
    })
    expect(summary(diagnosis)).toEqual([["L1 service-unreachable warning"], []])
  })

  it.each([
    ["does not speak TLS", "ERR_SSL_WRONG_VERSION_NUMBER", undefined, "tls-version"],
    ["refuses the certificate", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", 45, "client-certificate-refused"],
    ["is silent", "ETIMEDOUT", undefined, "service-tls"],
  ])("L1: the service %s", async (_, reason, alert, cause) => {
    const diagnosis = await doctor({ request: () => failure("tls", reason, alert) })
    expect(summary(diagnosis)).toEqual([[`L1 ${cause} error`], ASKING])
  })

  it("L1: C# and C++ miss TLS 1.2, and C++ alone an answer without server name", async () => {
    const modern = await doctor({
      request: probe =>
        probe.highest === "TLSv1.2"
          ? failure("tls", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", 70)
          : answers.request(probe),
    })
    expect(summary(modern)).toEqual([["L1 tls-version error"], ["csharp", "cpp"]])
    const named = await doctor({
      request: probe =>
        bySni(probe) ? answers.request(probe) : failure("tls", "ERR_SSL_TLSV1_UNRECOGNIZED_NAME", 112),
    })
    expect(summary(named)).toEqual([["L1 service-tls error"], ["cpp"]])
  })

  it("L8: the service answers without a certificate", async () => {
    const diagnosis = await doctor({ request: () => httpAnswer(document(HOST), { tls: tls() }) })
    expect(summary(diagnosis)).toEqual([["L8 anonymous warning"], []])
  })
})

describe("the service's certificate", () => {
  const shows = (chain: readonly Uint8Array[]) => metadata(document(HOST), { tls: { version: "TLSv1.3", chain } })

  it("L2: is of another name, which Python does not see", async () => {
    const chain = certified({
      subject: commonName("other"),
      alternativeNames: [{ kind: "dns", value: "other.example" }],
    })
    expect(summary(await doctor(shows(chain)))).toEqual([
      ["L2 service-name error"],
      ASKING.filter(client => client !== "python"),
    ])
  })

  it("L2: has a common name alone, which Go does not read", async () => {
    const { alternativeNames: _, ...profile } = { alternativeNames: undefined }
    const chain = certified({ ...profile, alternativeNames: [] as never })
    expect(summary(await doctor(shows(chain)))[1]).toEqual(["gocql-astra", "cql-proxy", "zdm-proxy"])
  })

  it("L2: comes without its intermediate, from a stranger, too late, or for clients", async () => {
    const { server } = good.pki
    const cases: readonly (readonly [string, readonly Uint8Array[]])[] = [
      ["L2 chain-untrusted error", server.chain.slice(0, 1)],
      ["L2 chain-untrusted error", good.stranger.server.chain],
      ["L2 chain-expired error", certified({ notAfter: later(good.now, -1000) })],
      ["L2 chain-purpose error", certified({ extendedKeyUsage: [EXTENDED_KEY_USAGE.clientAuth] })],
    ]
    for (const [said, chain] of cases) expect(summary(await doctor(shows(chain)))).toEqual([[said], ASKING])
  })

  it("L2: leads to the second certificate of ca.crt, which C# does not look at", async () => {
    const { root } = good.pki
    const roots = Buffer.from(good.stranger.root.certificatePem + root.certificatePem)
    const diagnosis = await doctor({}, { zip: replaced(good, { "ca.crt": roots }) })
    expect(diagnosis.findings.filter(each => each.code === "L2")).toMatchObject([
      { cause: "chain-not-first", breaks: ["csharp"] },
    ])
  })
})

describe("the answer of the service", () => {
  it.each([
    [503, ASKING],
    [404, ASKING],
  ])("L3: is the error %i", async (status, fails) => {
    const change = metadata(`{"code":${status},"message":"parked"}`, { status })
    expect(summary(await doctor(change))).toEqual([["L3 metadata-status error"], fails])
  })

  it.each([
    [500, ["java", "java3", "python", "nodejs", "csharp", "cpp", "zdm-proxy"]],
    [201, ["python", "nodejs"]],
    [302, ["nodejs", "cpp"]],
  ])("L3: is good but for its status %i", async (status, fails) => {
    expect(summary(await doctor(metadata(document(HOST), { status })))).toEqual([["L3 metadata-status error"], fails])
  })

  it("L3: redirects, which most follow", async () => {
    const change = (location: string) => ({
      request: (probe: HttpProbe) =>
        everybody(probe) && !probe.path.startsWith("/moved")
          ? httpAnswer("", { tls: tls(), status: 301, headers: { Location: location } })
          : answers.request(probe),
    })
    const moved = await doctor(change("/moved"))
    expect(summary(moved)).toEqual([["L3 metadata-status error"], ["nodejs", "cpp"]])
    expect(moved.verdicts.find(each => each.client === "java")?.verdict).toBe("connects")
    const away = await doctor(change("https://other.example.com/metadata"))
    expect(away.verdicts.find(each => each.client === "java")?.verdict).toBe("unknown")
  })

  it("L3: is one that C++ cannot use", async () => {
    const [body, head] = [document(HOST), 100]
    const cases: readonly (readonly [string, Partial<NetworkAnswers>])[] = [
      ["metadata-content-type", metadata(body, { headers: { "Content-Type": "text/plain" } }, plainly)],
      ["metadata-pieces", metadata(body, { pieces: [head + 20] }, plainly)],
      ["metadata-pieces", metadata(`${body}${" ".repeat(9000)}`, {}, plainly)],
    ]
    for (const [cause, change] of cases) {
      expect(summary(await doctor(change))).toEqual([[`L3 ${cause} error`], ["cpp"]])
    }
  })

  it("L3: may come with its head apart from its body", async () => {
    const answer = httpAnswer(document(HOST), { tls: tls() })
    const whole = answer.kind === "answered" ? Buffer.concat(answer.pieces) : Buffer.alloc(0)
    const pieces = [whole.indexOf("\r\n\r\n") + 4]
    expect(summary(await doctor(metadata(document(HOST), { pieces }, plainly)))).toEqual([[], []])
  })

  it("L3: never ends, or is no HTTP", async () => {
    const endless = { kind: "answered", tls: tls(), pieces: [Buffer.alloc(10)], ended: "too-large", millis: 1 } as const
    const chatter = {
      kind: "answered",
      tls: tls(),
      pieces: [Buffer.from("220 smtp\r\n")],
      ended: "closed",
      millis: 1,
    } as const
    const ask = (answer: typeof endless | typeof chatter) => ({
      request: (probe: HttpProbe) => (everybody(probe) ? answer : answers.request(probe)),
    })
    expect(summary(await doctor(ask(endless)))).toEqual([["L3 metadata-endless error"], ASKING])
    expect(summary(await doctor(ask(chatter)))).toEqual([["L3 metadata-no-http error"], ASKING])
  })

  it("L1: is a page of nginx about the certificate", async () => {
    const page = "<html>400 The SSL certificate error</html>"
    expect(summary(await doctor(metadata(page, { status: 400 })))).toEqual([
      ["L1 client-certificate-refused error"],
      ASKING,
    ])
  })

  it("L4: is no document, or lacks what drivers need", async () => {
    const cases: readonly (readonly [string, string, readonly Client[]])[] = [
      ["metadata-document", "<html>", ASKING],
      ["metadata-document", "[]", ASKING],
      ["metadata-contact-info", "{}", ASKING],
      ["metadata-contact-points", document(HOST, {}, { contact_points: [] }), ASKING],
      ["metadata-proxy-address", document(HOST, {}, { sni_proxy_address: undefined }), ASKING],
      ["metadata-proxy-port", document(HOST, {}, { sni_proxy_address: HOST }), ASKING],
      ["metadata-local-dc", document(HOST, {}, { local_dc: undefined }), ["java", "java3", "python", "nodejs", "cpp"]],
      ["metadata-typed", document(HOST, { version: "1" }), ["gocql-astra", "cql-proxy", "zdm-proxy"]],
      ["wrong-region", document(HOST, { region: "elsewhere" }), ["cql-proxy"]],
    ]
    for (const [cause, body, fails] of cases) {
      const [said, failing] = summary(await doctor(metadata(body)))
      expect([cause, said, failing]).toEqual([cause, [`L4 ${cause} error`], fails])
    }
  })
})

describe("the nodes", () => {
  it("L6: one is not routed, which is a warning; none, and nobody connects", async () => {
    const lost = (hostIds: readonly string[]): Partial<NetworkAnswers> => ({
      converse: probe =>
        hostIds.includes(probe.serverName ?? "") ? failure("tls", "ECONNRESET") : answers.converse(probe),
    })
    expect(summary(await doctor(lost([HOST_IDS[1]])))).toEqual([["L6 node-unrouted warning"], []])
    expect(summary(await doctor(lost(HOST_IDS)))).toEqual([["L6 node-unrouted error"], ASKING])
  })

  it("L6: one of system tables alone is not routed, at which cql-proxy gives up", async () => {
    const peer = "aaaaaaaa-0000-4000-8000-000000000003"
    const told = { ...node(HOST_IDS[0]), peers: [peer] }
    const diagnosis = await doctor(outcome(HOST_IDS[0], { kind: "in", node: told }))
    expect(summary(diagnosis)).toEqual([["L6 node-unrouted error"], ["cql-proxy"]])
    expect(diagnosis.looks).toContain(`converse ${ADDRESS}:29042 ${peer}`)
  })

  it("L6: none goes by the host ids of the metadata, which cql-proxy and gocql cannot do without", async () => {
    const others = ["bbbbbbbb-0000-4000-8000-000000000001"]
    const diagnosis = await doctor({
      converse: probe => {
        const answer = answers.converse(probe)
        const isIn = answer.kind === "answered" && answer.outcome.kind === "in"
        return isIn ? { ...answer, outcome: { kind: "in", node: { ...node(others[0] ?? ""), peers: [] } } } : answer
      },
    })
    expect(summary(diagnosis)).toEqual([
      ["L7 misrouted error", "L6 node-unrouted error"],
      ["java", "gocql-astra", "cql-proxy"],
    ])
  })

  it("L6: their certificates name the proxy alone, or the host of config.json alone", async () => {
    const body = document(PROXY)
    const show = async (name: string) => {
      const chain = certified({ subject: commonName(name), alternativeNames: [{ kind: "dns", value: name }] })
      return summary(await doctor({ ...metadata(body), ...nodesShow(chain) }))
    }
    expect(await show(PROXY)).toEqual([["L6 node-name-config error"], ["csharp", "gocql-astra", "cql-proxy"]])
    expect(await show(HOST)).toEqual([
      ["L6 node-name-proxy error"],
      ["java", "java3", "python", "nodejs", "cpp", "zdm-proxy"],
    ])
  })

  it("L6: only Python up to 3.28 looks for the proxy's name", async () => {
    const chain = certified({ subject: commonName("x"), alternativeNames: [{ kind: "dns", value: "x.example" }] })
    const { verdicts } = await doctor(nodesShow(chain))
    expect(verdicts.find(each => each.client === "python")).toMatchObject({ verdict: "fails", versions: "<3.29.0" })
    expect(verdicts.find(each => each.client === "cqlsh")).toMatchObject({ verdict: "connects" })
  })

  it("L6: without a server name nobody is there, which cqlsh needs", async () => {
    const diagnosis = await doctor({
      converse: probe => (probe.serverName === undefined ? failure("tls", "ECONNRESET") : answers.converse(probe)),
    })
    expect(summary(diagnosis)).toEqual([["L6 node-unrouted error"], ["cqlsh"]])
  })

  it("L6: a host id that nobody has is led somewhere", async () => {
    const diagnosis = await doctor(
      outcome("ffffffff-ffff-4fff-bfff-ffffffffffff", { kind: "in", node: node(HOST_IDS[0]) }),
    )
    expect(summary(diagnosis)).toEqual([["L6 stranger-routed warning"], []])
  })

  it("L7: the identity is not known, or the login is wrong", async () => {
    const refused = (message: string) =>
      outcome("everywhere", { kind: "refused", code: 0x100, message, loggedIn: false })
    expect(summary(await doctor(refused("Certificate identity 'spiffe://x' not authorized")))).toEqual([
      ["L7 identity-refused error", "L6 stranger-routed warning"],
      CLIENTS,
    ])
    expect(summary(await doctor(refused("Provided username x and/or password are incorrect")))[0]).toContain(
      "L7 login-refused error",
    )
  })

  it("L7: a login is asked for, and none given: a note", async () => {
    const wants: CqlOutcome = { kind: "login-wanted", authenticator: "PasswordAuthenticator" }
    const diagnosis = await doctor({
      converse: probe => {
        const answer = answers.converse(probe)
        const isIn = answer.kind === "answered" && answer.outcome.kind === "in"
        return isIn ? { ...answer, outcome: wants } : answer
      },
    })
    expect(summary(diagnosis)).toEqual([["L7 login-wanted note"], []])
    expect(diagnosis.verdicts.map(each => each.verdict)).toEqual(CLIENTS.map(() => "unknown"))
  })

  it("L7: a login is asked for, and not looked at: a note, and whoever has one connects", async () => {
    const authenticator = "org.apache.cassandra.auth.MutualTlsAuthenticator"
    const asking: Partial<NetworkAnswers> = {
      converse: probe => {
        const answer = answers.converse(probe)
        if (answer.kind !== "answered" || answer.outcome.kind !== "in") return answer
        return { ...answer, outcome: { ...answer.outcome, authenticator } }
      },
    }
    const without = await doctor(asking)
    expect(summary(without)).toEqual([["L7 login-formal note"], []])
    expect(without.verdicts.map(each => each.verdict)).toEqual(CLIENTS.map(() => "unknown"))
    const having = await doctor(asking, { login: { username: "any", password: "any" } })
    expect(having.findings).toEqual([])
    expect(having.verdicts.map(each => each.verdict)).toEqual(CLIENTS.map(() => "connects"))
  })

  it("L7: one answers under another's host id", async () => {
    const diagnosis = await doctor(outcome(HOST_IDS[1], { kind: "in", node: node(HOST_IDS[0]) }))
    expect(summary(diagnosis)[0]).toEqual(["L7 misrouted error"])
  })

  it("L7: they are in another data centre than the metadata says", async () => {
    const diagnosis = await doctor(metadata(document(HOST, { region: undefined }, { local_dc: "DC1" })))
    expect(summary(diagnosis)).toEqual([
      ["L7 wrong-datacenter error"],
      ["java", "nodejs", "csharp", "cpp", "zdm-proxy"],
    ])
  })

  it("L7: they speak something else", async () => {
    const diagnosis = await doctor(outcome("everywhere", { kind: "malformed", problem: "it begins with HTTP" }))
    expect(summary(diagnosis)).toEqual([["L7 no-cql error", "L6 stranger-routed warning"], CLIENTS])
  })

  it("L8: they speak to somebody without a certificate", async () => {
    const diagnosis = await doctor({
      converse: probe => {
        const answer = answers.converse(probe)
        const silent = answer.kind === "answered" && answer.outcome.kind === "silent"
        return silent ? { ...answer, outcome: { kind: "login-wanted", authenticator: "x" } } : answer
      },
    })
    expect(summary(diagnosis)).toEqual([["L8 anonymous warning"], []])
  })
})

describe("the bundle itself", () => {
  it("is judged as verify does, and looked at live nevertheless", async () => {
    const diagnosis = await doctor({}, { zip: replaced(good, { "identity.jks": undefined }) })
    expect(summary(diagnosis)[1]).toEqual(["java", "java3"])
    expect(diagnosis.likelyCause?.finding.code).toBe("Z5")
    expect(diagnosis.looks.length).toBeGreaterThan(10)
  })

  it("leads nowhere without a host: what does not fail is not known", async () => {
    const diagnosis = await doctor({}, { zip: configured(good, { host: "" }) })
    expect(diagnosis.looks).toEqual([`resolve ${HOST}`, `connect ${ADDRESS}:29042`, `converse ${ADDRESS}:29042`])
    expect(summary(diagnosis)[1]).toEqual(expect.arrayContaining(ASKING))
  })

  it("is shown with its own key from whatever entry holds one", async () => {
    const diagnosis = await doctor({}, { zip: replaced(good, { key: undefined }) })
    const live = diagnosis.findings.filter(each => each.code.startsWith("L"))
    expect(live).toEqual([])
    expect(diagnosis.verdicts.filter(each => each.verdict === "connects").map(each => each.client)).toEqual([
      "java",
      "java3",
      "csharp",
    ])
  })

  it("of Astra's kind connects, and is told what is old-fashioned and why it works", async () => {
    const { oldFashioned, findings } = await doctor({}, { zip: (await astraBundle(good.now)).pack() })
    expect(oldFashioned.map(each => each.what)).toEqual([
      "the certificate is valid for 3650 days",
      "the certificate has a common name alone (CN=client.0a1b2c3d.db.example.com)",
      "the certificate is good for servers too",
      "cert.pfx is encrypted with RC2-40",
      "the key is in PKCS#1",
    ])
    expect(oldFashioned.filter(each => each.why === "")).toEqual([])
    expect(findings.filter(each => !each.code.startsWith("L") && each.severity === "error")).toEqual([])
  })
})

describe("options", () => {
  it("give a platform the verdict of its client, and leave out what concerns nobody asked for", async () => {
    const drivers = [{ name: "spark", client: "java" }] as const
    const named = await doctor(nodesShow(certified({ alternativeNames: [{ kind: "dns", value: "x.example" }] })), {
      drivers,
    })
    expect(named.verdicts).toMatchObject([{ name: "spark", client: "java", verdict: "fails" }])
    const plain = await doctor(metadata(document(HOST), { headers: { "Content-Type": "text/plain" } }), { drivers })
    expect(summary(plain)).toEqual([[], []])
  })

  it("give the login to nodes, and to nobody who was not asked to be one", async () => {
    const seen: (string | undefined)[] = []
    await doctor(
      {
        converse: probe => {
          if (probe.login !== undefined) seen.push(probe.serverName)
          return answers.converse(probe)
        },
      },
      { login: { username: "ann", password: "secret-of-ann" } },
    )
    expect(seen).toEqual([HOST_IDS[0], HOST_IDS[1], HOST_IDS[0], undefined])
  })

  it("look at the file alone without a network: nobody is known to connect", async () => {
    const diagnosis = await diagnose(good.zip, undefined, { now: good.now, drivers: DRIVERS })
    expect(diagnosis.findings).toEqual([])
    expect(diagnosis.verdicts.map(each => each.verdict)).toEqual(CLIENTS.map(() => "unknown"))
  })
})

describe("a diagnosis", () => {
  it("holds no secret of the bundle or the login", async () => {
    const wrong = outcome("everywhere", { kind: "refused", code: 256, message: "wrong", loggedIn: false })
    const diagnosis = await doctor(wrong, { login: { username: "ann", password: "secret-of-ann" } })
    const secrets = [...Object.values(good.passwords), "secret-of-ann", "PRIVATE KEY"]
    expect(secrets.filter(secret => JSON.stringify(diagnosis).includes(secret))).toEqual([])
  })
})
