import { Option } from "commander"
import type { PlatformCatalogue } from "../artifact/platforms.ts"
import { CLIENTS, type Client } from "../domain/clients.ts"
import type { Driver } from "../domain/live/diagnosis.ts"
import { UsageError } from "./invocation.ts"

export function driversOption(what: string): Option {
  return new Option("--drivers <list>", `${what}: ${CLIENTS.join(", ")}, or a platform, e.g. spark`)
}

/** Clients by name, and platforms that stand on one: `java,spark`. Undefined: every client. Throws a usage error. */
export function parseDrivers(list: string | undefined, platforms: PlatformCatalogue): readonly Driver[] {
  if (list === undefined) return CLIENTS.map(client => ({ name: client, client }))
  const names = [...new Set(list.split(",").map(name => name.trim()))]
  const drivers = names.flatMap(name => {
    const client = clientOf(name, platforms)
    return client === undefined ? [] : [{ name, client }]
  })
  const unknown = names.filter(name => !drivers.some(driver => driver.name === name))
  if (unknown.length === 0) return drivers
  const known = [...new Set<string>([...CLIENTS, ...platforms.keys()])].join(", ")
  throw new UsageError(`--drivers: expected names out of ${known}; got ${unknown.join(", ")}`)
}

function clientOf(name: string, platforms: PlatformCatalogue): Client | undefined {
  return CLIENTS.find(client => client === name) ?? platforms.get(name)?.client
}
