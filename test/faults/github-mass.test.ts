import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { gitRemoteCatalog } from "../../src/adapters/git-remote-catalog.ts"
import { branchOfCatalog } from "../../src/adapters/github/catalog-branch.ts"
import { buildCatalog } from "../../src/app/catalog.ts"
import { versionsRequests, wavesRequests } from "../../src/app/estimate.ts"
import { readCatalog } from "../../src/app/fetch.ts"
import { estimate } from "../../src/domain/forge/estimate.ts"
import { githubLimits } from "../../src/domain/forge/limits.ts"
import type { WaveLimits } from "../../src/domain/forge/waves.ts"
import { later } from "../../src/domain/instant.ts"
import type { BundleName } from "../../src/domain/names.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  emptyHistory,
  invalidates,
  type LedgerState,
  type ReleaseRecord,
  selectableOf,
} from "../../src/domain/release.ts"
import { git, temporaryDirectory } from "../support/git.ts"
import { type MassPublished, massPublish } from "../support/github-mass.ts"
import { endState, newVersions, openGithubReleases, publishedIn, sha256 } from "../support/github-releases.ts"
import { DAY, NOW, trusted } from "../support/pgp.ts"
import { BUNDLE, customerOf, makePublisherTo, verdict } from "../support/published.ts"

const COUNT = 10_000
const CLUSTERS = 20
/** Some hundred and forty shards: as many as ten thousand real bundles make of 32 MiB each, several times over. */
const SHARDS: WaveLimits = { shardBytes: 1 << 17, files: 60_000, assets: 100 }
const VERSIONS = newVersions(COUNT, CLUSTERS)

const temporary = temporaryDirectory()
const open: MassPublished[] = []
afterAll(async () => {
  for (const { github } of open) {
    expect(github.violations).toEqual([])
    await github.close()
  }
  temporary.remove()
})

async function published(options: Parameters<typeof massPublish>[1], versions = VERSIONS): Promise<MassPublished> {
  const done = await massPublish(versions, options)
  open.push(done)
  return done
}

const within20Percent = (seen: number, estimated: number): void => {
  expect(seen / estimated).toBeGreaterThan(0.8)
  expect(seen / estimated).toBeLessThan(1.2)
}

let calm: MassPublished

describe("ten thousand changed bundles, with GitHub's limits in force", () => {
  it("are published in the time that was estimated", async () => {
    calm = await published({ layout: "automatic", waveLimits: SHARDS })
    const estimated = estimate(wavesRequests(VERSIONS, SHARDS).requests, githubLimits())
    within20Percent(calm.millis, estimated.millis)
    within20Percent(calm.requests, estimated.requests)
    expect(calm.github.impatient).toBe(0)
  })

  it("are all there, each with its own files", async () => {
    const reader = openGithubReleases(calm.github, calm.repository)
    for (const { bundle, version, files } of VERSIONS.toSorted((a, b) => (a.bundle < b.bundle ? -1 : 1))) {
      const wanted = files.find(({ name }) => name === "payload.zip.gpg")
      const bytes = await reader.readAsset(bundle, version, "payload.zip.gpg", 1e6)
      if (sha256(bytes) !== wanted?.sha256) throw new Error(`${bundle} is another`)
    }
    expect(publishedIn(calm.repository)).toEqual(calm.repository.releases)
  })

  it("come to the same end when one request in fifty fails", async () => {
    const stormy = await published({ layout: "automatic", waveLimits: SHARDS, oneIn: 50 })
    expect(endState(stormy.repository)).toEqual(endState(calm.repository))
  })

  it("are all revoked for customers by one commit of the catalog and no release", async () => {
    const { github, repository } = calm
    const here = join(temporary.path, "here")
    git(temporary.path, "init", "--quiet", here)
    const remote = { directory: here, url: `${github.urls.web}/acme/mass.git`, token: "job", branch: "catalog" }
    const author = { name: "scb", email: "scb@localhost" }
    const releases = () =>
      openGithubReleases(github, repository, {
        layout: "wave",
        branch: branchOfCatalog(gitRemoteCatalog({ ...remote, author, now: () => NOW })),
      })
    const publisher = await makePublisherTo(releases())
    const record = await publisher.release()
    const bundles = new Map(
      [BUNDLE, ...VERSIONS.map(({ bundle }) => bundle)].map(bundle => [bundle, historyOf(bundle, record)]),
    )
    const publish = async (ledger: LedgerState): Promise<void> => {
      const at = later(NOW, 1000 * ledger.sequence)
      await releases().publishCatalog(await buildCatalog(ledger, at, DAY, publisher.signer))
    }
    const before: LedgerState = { ...EMPTY_LEDGER, sequence: 1, bundles }
    await publish(before)
    const customer = customerOf(publisher)
    expect(await verdict(customer.fetch({ releases: releases() }))).toBe("accepted")

    const asked = github.requests.length
    const select = { bundles: ["*/*"] }
    const leak = { name: "leak", at: later(NOW, 2000), select, revocation: { reason: "keyCompromise" } } as const
    await publish({ ...before, sequence: 2, epoch: 1, invalidations: [leak] })
    const requests = github.requests.slice(asked)
    const isPush = (each: (typeof requests)[number]) => each.operation === "git-receive-pack" && each.method === "POST"
    expect(requests.filter(isPush)).toHaveLength(1)
    expect(requests.filter(({ host, method }) => host === "api" && method !== "GET")).toEqual([])
    expect(requests.length).toBeLessThan(10)

    expect(await verdict(customer.fetch({ releases: releases() }))).toBe("version-revoked")
    const source = { releases: releases(), anchors: [trusted(publisher.signerKey)], now: later(NOW, 60_000) }
    const { index } = await readCatalog(source, undefined)
    const isRevoked = ({ bundle }: { readonly bundle: BundleName }): boolean =>
      index.invalidations.some(each => invalidates(each, { ...selectableOf(bundle, record), bundle }))
    expect(VERSIONS.filter(isRevoked)).toHaveLength(COUNT)
  })

  it("would take days one by one: a hundred and thirty take what is estimated", async () => {
    const some = VERSIONS.slice(0, 130)
    const { millis } = await published({ layout: "per-version" }, some)
    within20Percent(millis, estimate(versionsRequests(some), githubLimits()).millis)
    expect(estimate(versionsRequests(VERSIONS), githubLimits()).millis).toBeGreaterThan(3 * DAY)
  })
})

function historyOf(bundle: BundleName, record: ReleaseRecord): BundleHistory {
  const move = { channel: "stable", version: record.version, at: NOW, reason: "first", cause: "first release" } as const
  return { ...emptyHistory(bundle), releases: [record], moves: [move] }
}
