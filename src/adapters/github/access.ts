import { setTimeout as sleep } from "node:timers/promises"
import { githubAddresses } from "../../domain/forge/addresses.ts"
import { githubLimits } from "../../domain/forge/limits.ts"
import { GITHUB } from "../../domain/source-address.ts"
import { circuitBreaker } from "../circuit-breaker.ts"
import { type GitRemote, type GitRemoteOptions, gitRemote } from "../git-remote.ts"
import { environmentSecrets } from "../secrets-environment.ts"
import { proxySettings, secureFetch } from "../secure-fetch.ts"
import type { GithubClient } from "./client.ts"
import { pace } from "./pace.ts"

/** The ways to GitHub that the environment opens. `server` as GITHUB_SERVER_URL; default https://github.com. */
export interface GithubAccess {
  /** Undefined where there is none for this server. */
  token(server?: string): string | undefined
  /** One for each server: what asks it shares its limits. */
  client(server?: string): Promise<GithubClient>
  /** `repository` is `owner/name`. */
  remote(repository: string, directory: string, server?: string): GitRemote
  remoteOptions(repository: string, directory: string, server?: string): GitRemoteOptions
}

/**
 * SCB_GITHUB_TOKEN or GITHUB_TOKEN, or the files that …_FILE name, for the server GITHUB_SERVER_URL alone: a policy that
 * names another gets no token. SCB_CA_FILE, HTTPS_PROXY and NO_PROXY say how to get there. Throws `key-unreadable`.
 */
export async function githubAccess(env: Readonly<Record<string, string | undefined>>): Promise<GithubAccess> {
  const secrets = environmentSecrets(env)
  const secret = (await secrets.read("env:SCB_GITHUB_TOKEN")) ?? (await secrets.read("env:GITHUB_TOKEN"))
  const ca = await secrets.read("env:SCB_CA")
  const caFile = env["SCB_CA_FILE"]
  const home = new URL(env["GITHUB_SERVER_URL"] || GITHUB).origin
  const clients = new Map<string, Promise<GithubClient>>()

  const token = (server = GITHUB): string | undefined => (new URL(server).origin === home ? secret : undefined)

  async function open(server: string): Promise<GithubClient> {
    const { githubClient } = await import("./client.ts") // octokit takes as long as a small plan
    const { hosts } = githubAddresses(server)
    const known = token(server)
    return githubClient({
      server,
      fetch: secureFetch({ hosts, proxy: proxySettings(env), ...(ca !== undefined && { ca }) }),
      clock: CLOCK,
      pace: pace(githubLimits(), CLOCK),
      breaker: circuitBreaker(new URL(server).host, { failures: 5, openMillis: 60_000 }, CLOCK.now),
      userAgent: "scb",
      reserve: RESERVE,
      ...(known !== undefined && { token: known }),
    })
  }

  function remoteOptions(repository: string, directory: string, server = GITHUB): GitRemoteOptions {
    const known = token(server)
    return {
      directory,
      url: `${githubAddresses(server).web}/${repository}.git`,
      ...(known !== undefined && { token: known }),
      ...(caFile ? { caFile } : {}),
    }
  }

  return {
    token,
    client(server = GITHUB) {
      const client = clients.get(server) ?? open(server)
      clients.set(server, client)
      return client
    },
    remoteOptions,
    remote: (repository, directory, server) => gitRemote(remoteOptions(repository, directory, server)),
  }
}

/** So that a revocation finds some of the hour's requests left, whatever was published before. */
const RESERVE = 50
const CLOCK = { now: () => Date.now(), sleep: (millis: number) => sleep(millis) }
