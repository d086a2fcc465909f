import { CLIENTS, type Client } from "../domain/clients.ts"
import type { Instant } from "../domain/instant.ts"
import { type Evidence, evidenceFor, type Measurements, measuredAt } from "../domain/measurements.ts"
import { EXAMPLES_FOLDER } from "./layout.ts"
import { renderTemplate } from "./template.ts"

/** Something that connects with a bundle: a driver, or a program or framework that stands on one. */
export interface Platform {
  /** As a bundle's `drivers` names it; also the folder of its example. */
  readonly name: string
  readonly title: string
  /** Whose code reads the bundle, and so whose rules apply. */
  readonly client: Client
  /** Package URL without a version (https://github.com/package-url/purl-spec). */
  readonly package: string
  /** The oldest version that this example works with. */
  readonly minimumVersion: string
  /** How to run the example from the folder that holds the ZIP and the extracted `examples/`; a template. */
  readonly run: string
  /** What its user must know; templates. */
  readonly notes: readonly string[]
  readonly evidence: Evidence
  /** When it, or the client that reads the bundle for it, was last measured; absent for one by rule. */
  readonly measuredAt?: Instant
  /** Template text by path below `examples/<name>/`, in order. */
  readonly files: ReadonlyMap<string, string>
}

/** Platforms by name. */
export type PlatformCatalogue = ReadonlyMap<string, Platform>

/** What the examples of one bundle say. */
export interface ExampleValues {
  /** Full name of the bundle. */
  readonly bundle: string
  /** The bundle's name inside its cluster. */
  readonly name: string
  /** File name of the ZIP. */
  readonly bundleFile: string
  readonly host: string
  readonly metadataPort: number
  readonly cqlPort: number
  readonly keyspace?: string
  readonly authentication: "mutual-tls" | "password"
}

export interface Example {
  readonly platform: Platform
  /** Command line, and hints, ready to read. */
  readonly run: string
  readonly notes: readonly string[]
  /** Text by entry name, `examples/<platform>/…`. */
  readonly files: ReadonlyMap<string, string>
}

/** Values stand in the source text of many languages: nothing that any of them gives a meaning to. */
const HARMLESS = /^[A-Za-z0-9._/-]*$/

/** Fills in one platform's templates. Throws a plain Error for a template that is wrong or a value that is not harmless in source text. */
export function renderExample(platform: Platform, values: ExampleValues): Example {
  const { authentication, metadataPort, cqlPort, ...texts } = values
  const filled = {
    ...texts,
    metadataPort: String(metadataPort),
    cqlPort: String(cqlPort),
    minimumVersion: platform.minimumVersion,
  }
  for (const [name, value] of Object.entries(texts)) {
    if (!HARMLESS.test(value)) throw new Error(`${name} is not fit for an example: ${JSON.stringify(value)}`)
  }
  const conditions = { password: authentication === "password", keyspace: values.keyspace !== undefined }
  const render = (template: string): string => renderTemplate(template, filled, conditions)
  return {
    platform,
    run: render(platform.run),
    notes: platform.notes.map(render),
    files: new Map(
      [...platform.files].map(([path, template]) => [`${EXAMPLES_FOLDER}/${platform.name}/${path}`, render(template)]),
    ),
  }
}

/** One `platform.json` with the texts of its files. Throws a plain Error that names what is wrong: the catalogue is our own. */
export function parsePlatform(
  name: string,
  json: string,
  texts: ReadonlyMap<string, string>,
  measured: Measurements,
): Platform {
  const value: unknown = JSON.parse(json)
  const fail = (what: string): Error => new Error(`platform ${name}: ${what}`)
  if (!isRecord(value)) throw fail("expected an object")
  const { title, client, package: purl, minimumVersion, run, notes, files, ...unknown } = value
  const [surplus] = Object.keys(unknown)
  if (surplus !== undefined) throw fail(`unknown key ${surplus}`)
  if (!isText(title)) throw fail("title is missing")
  if (!CLIENTS.some(each => each === client)) throw fail("client is none of ours")
  if (!isText(purl) || !/^pkg:[a-z]+\/\S+$/.test(purl)) throw fail("package is no package URL")
  if (!isText(minimumVersion) || !/^\d+\.\d+\.\d+$/.test(minimumVersion)) throw fail("minimumVersion is not x.y.z")
  if (!isText(run)) throw fail("run is missing")
  if (!isTexts(notes)) throw fail("notes is no list of texts")
  if (!isTexts(files) || files.length === 0) throw fail("files is no list of paths")
  const forgotten = [...texts.keys()].find(path => !files.includes(path))
  if (forgotten !== undefined) throw fail(`${forgotten} is not listed in files`)
  const templates = files.map((path): [string, string] => {
    const text = texts.get(path)
    if (text === undefined) throw fail(`${path} does not exist`)
    return [path, text]
  })
  const measuredOn = measuredAt({ name, client: String(client) }, measured)
  return {
    name,
    title,
    client: client as Client,
    package: purl,
    minimumVersion,
    run,
    notes,
    evidence: evidenceFor({ name, client: String(client) }, measured),
    ...(measuredOn === undefined ? {} : { measuredAt: measuredOn }),
    files: new Map(templates),
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== ""
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}
