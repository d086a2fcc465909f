import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { GithubClient } from "../../../../src/adapters/github/client.ts"
import { secureFetch } from "../../../../src/adapters/secure-fetch.ts"
import { githubAddresses } from "../../../../src/domain/forge/addresses.ts"
import { instantFromMillis } from "../../../../src/domain/instant.ts"
import { type LedgerForge, ledgerForge } from "../../../support/forge/ledger-forge.ts"
import type { Fault } from "../../../support/github/faults.ts"
import { clientOf } from "../../../support/github-releases.ts"
import { makePki } from "../../../support/pki.ts"

const HERE = { owner: "acme", repo: "bundles" }
let forge: LedgerForge
let client: GithubClient
beforeEach(async () => {
  forge = await ledgerForge()
  client = clientOf(forge.github, forge.token)
})
afterEach(async () => {
  const { faults, violations } = forge.github
  await forge.close()
  expect({ unmet: faults.unmet, violations }).toEqual({ unmet: [], violations: [] })
})

const createDraft = () => client.rest.repos.createRelease({ ...HERE, tag_name: "v1", draft: true })
const drafts = () => [...forge.github.model.repositories.values()].flatMap(({ releases }) => releases)
const asked = (operation: string) => forge.github.requests.filter(request => request.operation === operation)
const fault = (operation: string, ...faults: readonly Fault[]): void => {
  for (const each of faults) forge.github.faults.next(operation, each)
}

describe("a GitHub that fails, over real sockets", () => {
  it.each<Fault>([{ kind: "lost-answer" }, { kind: "502-after-effect" }, { kind: "truncated" }])(
    "has done once what it was asked once, though nobody was told: $kind",
    async each => {
      fault("repos/create-release", each)
      await expect(createDraft()).rejects.toMatchObject({ code: "forge-unreachable" })
      expect(drafts()).toHaveLength(1)
      expect(asked("repos/create-release")).toHaveLength(1)
    },
  )

  it("is asked again where asking changes nothing", async () => {
    fault("repos/get", { kind: "reset" }, { kind: "truncated" }, { kind: "502" }, { kind: "503" })
    expect((await client.rest.repos.get(HERE)).data.full_name).toBe("acme/bundles")
    expect(asked("repos/get")).toHaveLength(5)
  })

  it("has done nothing where it limits, and is asked again when it says", async () => {
    const limits: readonly Fault[] = [
      { kind: "403-secondary", retryAfter: 30 },
      { kind: "403-secondary" },
      { kind: "429", retryAfter: 5 },
      { kind: "429" },
    ]
    fault("repos/create-release", ...limits)
    await createDraft()
    expect(drafts()).toHaveLength(1)
    expect(asked("repos/create-release")).toHaveLength(5)
  })

  it("is not waited for longer than a request may take", async () => {
    forge.github.faults.always("repos/create-release", { kind: "hang" })
    const signal = AbortSignal.timeout(50)
    const work = client.rest.repos.createRelease({ ...HERE, tag_name: "v1", request: { signal } })
    await expect(work).rejects.toMatchObject({ code: "forge-unreachable", message: expect.stringMatching(/in time/) })
  })

  it("refuses a token that has expired, and one that may not write", async () => {
    const { github } = forge
    github.addToken("old", { login: "github-actions[bot]", expiresAt: github.now() - 1 })
    github.addToken("reader", { login: "github-actions[bot]", permissions: { contents: "read" } })
    await expect(clientOf(github, "old").rest.repos.get(HERE)).rejects.toMatchObject({
      code: "forge-refused",
      status: 401,
      hint: "the token is expired, revoked or wrong",
    })
    const writing = clientOf(github, "reader").rest.repos.createRelease({ ...HERE, tag_name: "v1" })
    await expect(writing).rejects.toMatchObject({
      code: "forge-refused",
      hint: expect.stringMatching(/lacks a permission: contents/),
    })
  })

  it("gets whole files from where it sends to, without the token", async () => {
    const { data: release } = await createDraft()
    const { data: asset } = await client.request({
      method: "POST",
      url: release.upload_url,
      name: "a.bin",
      data: new Uint8Array([1, 2, 3]),
      headers: { "content-type": "application/octet-stream" },
    })
    const { data } = await client.rest.repos.getReleaseAsset({
      ...HERE,
      asset_id: asset.id,
      headers: { accept: "application/octet-stream" },
    })
    expect(new Uint8Array(data as unknown as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]))
  })
})

describe("a GitHub that speaks TLS 1.2 at most", () => {
  it("gets no request", async () => {
    const pki = await makePki({ host: "localhost", now: instantFromMillis(Date.now()), name: "Forge" })
    const tls = { cert: pki.server.chainPem, key: pki.server.keyPem, maxVersion: "TLSv1.2" } as const
    const old = await ledgerForge({ tls })
    const { hosts } = githubAddresses(old.github.urls.web)
    const fetch = secureFetch({ hosts, ca: pki.root.certificatePem })
    const work = clientOf(old.github, old.token, { fetch }).rest.repos.get(HERE)
    await expect(work).rejects.toMatchObject({ message: expect.stringMatching(/does not speak TLS 1\.3/) })
    expect(old.github.requests).toEqual([])
    await old.close()
  })
})
