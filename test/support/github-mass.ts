import { pace } from "../../src/adapters/github/pace.ts"
import type { GithubTarget } from "../../src/adapters/github/release-forge.ts"
import { type Fetch, unanswered } from "../../src/adapters/secure-fetch.ts"
import { githubLimits } from "../../src/domain/forge/limits.ts"
import type { WaveLimits } from "../../src/domain/forge/waves.ts"
import type { NewRelease } from "../../src/ports.ts"
import { virtualClock } from "./forge/clock.ts"
import type { Repository } from "./github/model.ts"
import type { FakeGithub } from "./github/server.ts"
import { clientOf, fetchFrom, memoryBranch, newRepository, openGithubReleases, startGithub } from "./github-releases.ts"

export interface MassPublished {
  readonly github: FakeGithub
  readonly repository: Repository
  /** Milliseconds by GitHub's clock. */
  readonly millis: number
  /** Of those that are counted: bytes of assets are not. */
  readonly requests: number
}

/** Publishes with GitHub's limits in force, on a clock that stands still but for waiting. */
export async function massPublish(
  versions: readonly NewRelease[],
  options: {
    readonly layout: GithubTarget["layout"]
    readonly waveLimits?: WaveLimits
    /** One in so many requests goes wrong. */
    readonly oneIn?: number
  },
): Promise<MassPublished> {
  const { layout, waveLimits, oneIn } = options
  const clock = virtualClock(Date.UTC(2026, 10, 22, 12))
  const github = await startGithub({ limits: "github", now: clock.now })
  const repository = await newRepository(github, { name: "mass" })
  const fetch = oneIn === undefined ? fetchFrom(github) : unreliable(fetchFrom(github), oneIn)
  const client = clientOf(github, "job", { clock, pace: pace(githubLimits(), clock), fetch })
  const releases = openGithubReleases(github, repository, {
    client,
    layout,
    branch: memoryBranch(),
    ...(waveLimits === undefined ? {} : { waveLimits }),
  })
  const began = clock.now()
  await clock.until(releases.publishAll(versions))
  const requests = github.requests.filter(({ host }) => host !== "assets").length
  return { github, repository, millis: clock.now() - began, requests }
}

/** Lost on the way there, lost on the way back, 502, and told to wait, in turn. */
function unreliable(fetch: Fetch, oneIn: number): Fetch {
  let asked = 0
  return async (input, init) => {
    asked += 1
    if (asked % oneIn !== 0) return fetch(input, init)
    const lost = () => unanswered(new TypeError("fetch failed"), "github.test")
    switch ((asked / oneIn) % 4) {
      case 0:
        throw lost()
      case 1:
        await (await fetch(input, init)).body?.cancel()
        throw lost()
      case 2:
        return answer(502, {})
      default:
        return answer(429, { "retry-after": "2" })
    }
  }
}

function answer(status: number, headers: Readonly<Record<string, string>>): Response {
  const json = { "content-type": "application/json; charset=utf-8", ...headers }
  return new Response(JSON.stringify({ message: "not now" }), { status, headers: json })
}
