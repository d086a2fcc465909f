/** The fake as a process of its own, for programs that are not ours. */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { githubCertificate } from "./certificate.ts"
import { isObject } from "./contract.ts"
import type { Fault } from "./faults.ts"
import { plant, type Seed } from "./seed.ts"
import { type FakeGithub, startFakeGithub } from "./server.ts"
import { bodyOf } from "./wire.ts"

const USAGE = `npx tsx test/support/github/main.ts [options] [-- command …]

  --tls          HTTPS, by a CA of its own
  --enterprise   one origin, as GitHub Enterprise Server
  --port N       one listener for GitHub's true names, e.g. 443 within scripts/in-namespace.sh
  --seed FILE    users, tokens, repositories and releases to begin with, as JSON (seed.ts)

Prints one line of JSON: {"urls", "control", "ca"}. Without a command it runs until it is told to end. With one it runs that,
with FAKE_GITHUB (the line) and the CA for curl, git, Go and Node, and ends as it does, or with 70 when a promise was broken.

GET control/state gives violations, requests, unmet faults. POST control/faults {operation, fault}, control/person
{login, repository, act, args}; answers are JSON.
`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    tls: { type: "boolean", default: false },
    enterprise: { type: "boolean", default: false },
    port: { type: "string" },
    seed: { type: "string" },
    help: { type: "boolean", default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else await main()

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fake-github-"))
  const tls = values.tls ? await githubCertificate() : undefined
  const ca = join(folder, "ca.pem")
  if (tls !== undefined) writeFileSync(ca, tls.ca)
  const github = await startFakeGithub({
    now: Date.now,
    enterprise: values.enterprise,
    demandsVersion: false,
    ...(tls === undefined ? {} : { tls }),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  })
  if (values.seed !== undefined) await plant(github, JSON.parse(readFileSync(values.seed, "utf8")) as Seed)
  const control = await startControl(github)
  const line = JSON.stringify({ urls: github.urls, control: control.url, ...(tls === undefined ? {} : { ca }) })
  const end = async (code: number): Promise<void> => {
    control.stop()
    await github.close()
    rmSync(folder, { recursive: true, force: true })
    for (const violation of github.violations) process.stderr.write(`fake github: ${violation}\n`)
    process.exit(code === 0 && github.violations.length > 0 ? 70 : code)
  }
  const [command, ...args] = positionals
  if (command === undefined) {
    process.stdout.write(`${line}\n`)
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(0))
    return
  }
  const trust =
    tls === undefined ? {} : { SSL_CERT_FILE: ca, CURL_CA_BUNDLE: ca, NODE_EXTRA_CA_CERTS: ca, GIT_SSL_CAINFO: ca }
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...trust, FAKE_GITHUB: line } })
  child.once("error", error => {
    process.stderr.write(`fake github: ${error.message}\n`)
    void end(127)
  })
  child.once("exit", code => void end(code ?? 1))
}

async function startControl(github: FakeGithub): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((request, response) => {
    carryOut(github, request).then(
      result => response.end(JSON.stringify(result ?? null)),
      (error: unknown) => {
        response.statusCode = 400
        response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
      },
    )
  })
  await new Promise<void>(done => server.listen(0, "127.0.0.1", done))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => void server.close() }
}

async function carryOut(github: FakeGithub, request: IncomingMessage): Promise<unknown> {
  const text = (await bodyOf(request)).toString()
  const body: unknown = text === "" ? {} : JSON.parse(text)
  const given = isObject(body) ? body : {}
  switch (request.url) {
    case "/state":
      return { violations: github.violations, requests: github.requests, unmet: github.faults.unmet }
    case "/faults":
      return github.faults.next(String(given["operation"]), given["fault"] as unknown as Fault)
    case "/person": {
      const person = github.person(String(given["login"]), String(given["repository"]))
      const act = person[String(given["act"]) as keyof typeof person] as (...args: unknown[]) => unknown
      return act.apply(person, Array.isArray(given["args"]) ? given["args"] : [])
    }
    default:
      throw new Error(`there is no ${request.url}`)
  }
}
