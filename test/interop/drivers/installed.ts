import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Cloud } from "../../support/cloud.ts"
import { INTEROP_CACHE } from "../../support/tools.ts"

const run = promisify(execFile)
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A bundle, the name in it, and who resolves that name. */
export type Reachable = Pick<Cloud, "bundle" | "host" | "dns">

export interface Driver {
  /** With the version where several are tried, as the client reports it. */
  readonly name: string
  readonly installed: boolean
  /** Program and arguments of a client that prints one {@link Report}. */
  command(cloud: Reachable, credentials: readonly string[]): Promise<readonly [string, readonly string[]]>
}

export interface Report {
  readonly driver: string
  readonly hostIds: readonly string[]
  readonly words: string
}

function python(version: string): Driver {
  const interpreter = join(INTEROP_CACHE, `python-${version}`, "bin", "python")
  return {
    name: `python ${version}`,
    installed: isThere(interpreter),
    command: async ({ bundle, host }, credentials) => [
      interpreter,
      [here("python/client.py"), bundle, host, "127.0.0.1", ...credentials],
    ],
  }
}

/** A JVM that begins on a busy machine takes longer than the driver's 2 s for a request. */
const PATIENCE = [
  "basic.request.timeout",
  "advanced.connection.init-query-timeout",
  "advanced.control-connection.timeout",
].map(option => `datastax-java-driver.${option}=20 seconds`)

/** Unmodified drivers, each told by its own means that the gateway's name is 127.0.0.1. */
export const DRIVERS: readonly Driver[] = [
  {
    name: "nodejs",
    installed: true,
    command: async ({ bundle, dns }, credentials) => [
      process.execPath,
      [here("nodejs/client.mjs"), bundle, `127.0.0.1:${dns.port}`, ...credentials],
    ],
  },
  python("3.28.0"),
  python("3.30.1"),
  {
    name: "java",
    installed: isThere(join(INTEROP_CACHE, "java", "client")),
    async command({ bundle, host }, credentials) {
      const hosts = `${bundle}.hosts`
      await writeFile(hosts, `127.0.0.1 ${host}\n`)
      const classPath = [join(INTEROP_CACHE, "java", "*"), join(INTEROP_CACHE, "java", "client")].join(":")
      const properties = [`jdk.net.hosts.file=${hosts}`, ...PATIENCE].map(property => `-D${property}`)
      return ["java", ["-XX:TieredStopAtLevel=1", ...properties, "-cp", classPath, "Client", bundle, ...credentials]]
    },
  },
  {
    name: "gocql-astra",
    installed: isThere(join(INTEROP_CACHE, "go", "client")),
    command: async ({ bundle, dns }, credentials) => [
      join(INTEROP_CACHE, "go", "client"),
      [bundle, `127.0.0.1:${dns.port}`, ...credentials],
    ],
  },
]

/** Rejects with what the client wrote to stderr. */
export async function connectWith(
  driver: Driver,
  cloud: Reachable,
  credentials: readonly string[] = [],
): Promise<Report> {
  const [program, programArguments] = await driver.command(cloud, credentials)
  const { stdout } = await run(program, [...programArguments], { timeout: 60_000 })
  return JSON.parse(stdout) as Report
}

/** Where CI promises that everything is there, a missing driver fails its tests. */
function isThere(path: string): boolean {
  return process.env["CI"] === "true" || existsSync(path)
}
