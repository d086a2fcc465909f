import { afterEach, describe, expect, it } from "vitest"
import { type ClientProgram, type RunningClient, startClient } from "./client.ts"

const CONNECT = { task: "connect", bundle: "/nowhere.zip" } as const

let client: RunningClient
afterEach(() => client.stop())

/** A shell script that gets each request as `$line`. */
function program(...answers: readonly string[]): ClientProgram {
  const script = answers.map(answer => `read -r line; ${answer}`).join("\n")
  return {
    name: "test",
    version: "1.0.0",
    platform: "nodejs",
    command: ["sh", "-c", script],
    installed: true,
    keepsSessions: false,
  }
}

describe("a client program", () => {
  it("that ends fails one request, with its last words; the next finds a new process", async () => {
    client = await startClient(program(`echo oh >&2; exit 3`))

    expect(await client.ask(CONNECT)).toEqual({ ok: false, error: "test 1.0.0: the program ended (3): oh\n" })
    expect(await client.ask(CONNECT)).toEqual({ ok: false, error: "test 1.0.0: the program ended (3): oh\n" })
  })

  it("that does not answer is ended after its time and 2 s", async () => {
    client = await startClient(program(`echo '{"id":1,"ok":true}'`, "sleep 60"))
    expect(await client.ask(CONNECT)).toEqual({ ok: true })

    const asked = Date.now()
    expect(await client.ask(CONNECT, 100)).toEqual({ ok: false, error: "test 1.0.0: no answer in 100 ms: " })
    expect(Date.now() - asked).toBeLessThan(10_000)
  })

  it("is asked one thing at a time", async () => {
    client = await startClient(program(`echo '{"id":1,"ok":true,"words":"first"}'`, `echo '{"id":2,"ok":true}'`))

    expect(await Promise.all([client.ask(CONNECT), client.ask(CONNECT)])).toEqual([
      { ok: true, words: "first" },
      { ok: true },
    ])
  })

  it("that cannot be started is an answer too", async () => {
    client = await startClient({ ...program(), command: ["/nonesuch"] })

    expect(await client.ask(CONNECT)).toEqual({ ok: false, error: "test 1.0.0: spawn /nonesuch ENOENT" })
  })
})
