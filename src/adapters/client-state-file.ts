import { dirname } from "node:path"
import { ScbError } from "../domain/errors.ts"
import { formatInstant, parseInstant } from "../domain/instant.ts"
import { prettyJson } from "../domain/json.ts"
import { catalogSuccession, type SeenCatalog } from "../domain/seen-catalog.ts"
import type { ClientState } from "../ports.ts"
import { errno, makeDirectory, worldError, writeFileAtomically } from "./atomic-files.ts"
import { readRegular } from "./read-regular.ts"

type Sources = ReadonlyMap<string, SeenCatalog>

const MAXIMUM_BYTES = 1 << 20

/** A JSON file, readable by its owner only: where somebody fetches from is nobody else's business. */
export function clientStateFile(path: string): ClientState {
  return {
    async read(source) {
      return (await readSources(path)).get(source)
    },
    async remember(source, seen) {
      const sources = await readSources(path)
      const succession = catalogSuccession(sources.get(source), seen)
      if (succession !== "first" && succession !== "newer") return
      const bytes = new TextEncoder().encode(formatSources(new Map([...sources, [source, seen]])))
      await makeDirectory(dirname(path))
      await writeFileAtomically(path, bytes, 0o600)
    },
  }
}

async function readSources(path: string): Promise<Sources> {
  let bytes: Uint8Array
  try {
    bytes = await readRegular(path, MAXIMUM_BYTES)
  } catch (cause) {
    if (errno(cause) === "ENOENT") return new Map()
    throw worldError(cause, `cannot read ${path}`)
  }
  const sources = parseSources(new TextDecoder().decode(bytes))
  if (sources !== undefined) return sources
  throw new ScbError("state-malformed", `${path} is not what scb has written there`, {
    hint: "restore it; deleting it gives up the protection against old catalogs until the next fetch",
  })
}

function formatSources(sources: Sources): string {
  const written = [...sources].map(([source, seen]) => [source, { ...seen, issuedAt: formatInstant(seen.issuedAt) }])
  return prettyJson({ apiVersion: "scb/v1", kind: "ClientState", sources: Object.fromEntries(written) })
}

/** Undefined for anything but what {@link formatSources} gives. */
function parseSources(text: string): Sources | undefined {
  const root = members(parseJson(text))
  const written = members(root?.["sources"])
  if (root?.["apiVersion"] !== "scb/v1" || root["kind"] !== "ClientState" || written === undefined) return undefined
  const sources = new Map<string, SeenCatalog>()
  for (const [source, value] of Object.entries(written)) {
    const seen = parseSeen(members(value))
    if (seen === undefined) return undefined
    sources.set(source, seen)
  }
  return sources
}

function parseSeen(written: Readonly<Record<string, unknown>> | undefined): SeenCatalog | undefined {
  const { version, epoch, issuedAt, indexSha256 } = written ?? {}
  const instant = typeof issuedAt === "string" ? parseInstant(issuedAt) : undefined
  if (!isCount(version) || !isCount(epoch) || instant === undefined) return undefined
  if (typeof indexSha256 !== "string" || !/^[0-9a-f]{64}$/.test(indexSha256)) return undefined
  return { version, epoch, issuedAt: instant, indexSha256 }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}

function members(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
