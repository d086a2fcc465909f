import { resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { githubAddresses } from "../domain/forge/addresses.ts"
import { GITHUB, type SourceAddress } from "../domain/source-address.ts"
import type { PublishedFiles } from "../ports.ts"
import type { BoundedGet } from "./bounded-get.ts"
import { githubPublished } from "./published-github.ts"
import { httpPublished } from "./published-http.ts"
import { directoryReleases } from "./releases-directory.ts"
import { environmentSecrets } from "./secrets-environment.ts"

type Environment = Readonly<Record<string, string | undefined>>

export interface PlaceOptions {
  /** HTTPS_PROXY, NO_PROXY, SCB_CA_FILE, SCB_GITHUB_TOKEN or GITHUB_TOKEN for GITHUB_SERVER_URL. */
  readonly env: Environment
  /** Relative directories are seen from here. */
  readonly workingDirectory: string
  /** Of GitHub: the numeric id that is expected, and where the catalog is (default `catalog`). */
  readonly repositoryId?: number
  readonly catalogBranch?: string
}

/** Where a customer reads. Throws `key-unreadable` when a file that the environment names cannot be read. */
export async function openPlace(address: SourceAddress, options: PlaceOptions): Promise<PublishedFiles> {
  switch (address.kind) {
    case "directory":
      return directoryReleases(resolve(options.workingDirectory, address.path))
    case "http":
      return httpPublished(address.url, await getFrom([new URL(address.url).host], options.env))
    case "github": {
      const { repository, server } = address
      const { repositoryId, catalogBranch = "catalog", env } = options
      const token = await tokenFor(server, env)
      const place = {
        repository,
        server,
        catalogBranch,
        ...(repositoryId !== undefined && { repositoryId }),
        ...(token !== undefined && { token }),
      }
      return githubPublished(place, await getFrom(githubAddresses(server).hosts, env))
    }
  }
}

async function getFrom(hosts: readonly string[], env: Environment): Promise<BoundedGet> {
  const [{ boundedGet }, { proxySettings, secureFetch }] = await Promise.all([
    import("./bounded-get.ts"),
    import("./secure-fetch.ts"), // undici takes longer than all else that reads a directory
  ])
  const ca = await environmentSecrets(env).read("env:SCB_CA")
  const fetch = secureFetch({ hosts, proxy: proxySettings(env), ...(ca !== undefined && { ca }) })
  return boundedGet({ fetch, sleep: millis => sleep(millis) })
}

/** A token is for the server that the environment is about (GITHUB_SERVER_URL), and no other gets to see it. */
async function tokenFor(server: string, env: Environment): Promise<string | undefined> {
  if (new URL(env["GITHUB_SERVER_URL"] || GITHUB).origin !== server) return undefined
  const secrets = environmentSecrets(env)
  return (await secrets.read("env:SCB_GITHUB_TOKEN")) ?? (await secrets.read("env:GITHUB_TOKEN"))
}
