/** The JSON that releases carry. On the wire an instant is text; there is exactly one text for each value. */
import type { Static } from "typebox"
import type { CatalogBundle, CatalogIndex, CatalogShard, CatalogVersion } from "../domain/catalog.ts"
import { type ErrorCode, ScbError } from "../domain/errors.ts"
import { formatInstant } from "../domain/instant.ts"
import { type Json, prettyJson } from "../domain/json.ts"
import type { Manifest } from "../domain/manifest.ts"
import type { Plan } from "../domain/plan/plan.ts"
import { deprecationToWire, invalidationToWire, planToWire } from "../domain/plan/wire.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { BuildForm } from "./forms/build.ts"
import type { CatalogIndexForm, CatalogShardForm } from "./forms/catalog.ts"
import type { ManifestForm } from "./forms/manifest.ts"
import { ImpossibleInstant, instantFromWire } from "./instants.ts"
import { markingFromWire } from "./marking-wire.ts"
import { findProblems, type Validator } from "./problems.ts"
import { certificateFromWire, certificateToWire } from "./release-wire.ts"
import { invalidationFromWire, selectorFromWire } from "./selector.ts"
import { validateBuild, validateCatalogIndex, validateCatalogShard, validateManifest } from "./validators.generated.ts"

type WrittenManifest = Static<typeof ManifestForm>
type WrittenBuild = Static<typeof BuildForm>
type WrittenIndex = Static<typeof CatalogIndexForm>
type WrittenShard = Static<typeof CatalogShardForm>
type WrittenVersion = WrittenShard["bundles"][string]["versions"][string]

/** Throws `manifest-malformed` for anything but the exact bytes that {@link formatManifest} gives. */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parse(bytes, MANIFEST, written => ({
    ...written,
    createdAt: instantFromWire(written.createdAt),
    expiresAt: instantFromWire(written.expiresAt),
    certificate: certificateFromWire(written.certificate),
    support: { ...written.support, until: instantFromWire(written.support.until) },
  }))
}

export function formatManifest(manifest: Manifest): Uint8Array {
  return format({
    ...manifest,
    createdAt: formatInstant(manifest.createdAt),
    expiresAt: formatInstant(manifest.expiresAt),
    certificate: certificateToWire(manifest.certificate),
    support: { ...manifest.support, until: formatInstant(manifest.support.until) },
  } satisfies WrittenManifest)
}

/** Throws `catalog-malformed` for anything but the exact bytes that {@link formatCatalogIndex} gives. */
export function parseCatalogIndex(bytes: Uint8Array): CatalogIndex {
  return parse(bytes, INDEX, written => ({
    ...written,
    issuedAt: instantFromWire(written.issuedAt),
    expiresAt: instantFromWire(written.expiresAt),
    invalidations: written.invalidations.map(invalidationFromWire),
    revocationLists: mapValues(written.revocationLists, each => ({
      ...each,
      thisUpdate: instantFromWire(each.thisUpdate),
      nextUpdate: instantFromWire(each.nextUpdate),
    })),
  }))
}

export function formatCatalogIndex(index: CatalogIndex): Uint8Array {
  return format({
    ...index,
    issuedAt: formatInstant(index.issuedAt),
    expiresAt: formatInstant(index.expiresAt),
    invalidations: index.invalidations.map(invalidationToWire),
    revocationLists: mapValues(index.revocationLists, each => ({
      ...each,
      thisUpdate: formatInstant(each.thisUpdate),
      nextUpdate: formatInstant(each.nextUpdate),
    })),
  } satisfies WrittenIndex)
}

/** Throws `catalog-malformed` for anything but the exact bytes that {@link formatCatalogShard} gives. */
export function parseCatalogShard(bytes: Uint8Array): CatalogShard {
  return parse(bytes, SHARD, written => ({
    ...written,
    bundles: mapValues(
      written.bundles,
      ({ channels, versions }): CatalogBundle => ({ channels, versions: mapValues(versions, versionFromWire) }),
    ),
  }))
}

export function formatCatalogShard(shard: CatalogShard): Uint8Array {
  return format({
    ...shard,
    bundles: mapValues(shard.bundles, ({ channels, versions }) => ({
      channels,
      versions: mapValues(versions, versionToWire),
    })),
  } satisfies WrittenShard)
}

/** What travels from the job that holds keys to the one that may write: beside it lie the encrypted releases and the signed catalog. */
export interface BuildDocument {
  readonly plan: Plan
  /** A ledger commit, ready but for being made history. */
  readonly transaction?: {
    readonly parent: string | null
    readonly payload: string
    /** Armored. */
    readonly signature: string
    /** Whole text by ledger path. */
    readonly files: ReadonlyMap<string, string>
  }
}

/** Some fifty thousand bundles of ten thousand bytes of ledger each; longer texts V8 cannot hold. */
export const MAXIMUM_BUILD_BYTES = 1 << 29

/** Throws `build-malformed` for anything but the exact bytes that {@link formatBuild} gives. */
export function parseBuild(bytes: Uint8Array): BuildDocument {
  return parse(bytes, BUILD, ({ plan, transaction }) => ({
    plan: planFromWire(plan),
    ...(transaction === undefined
      ? {}
      : { transaction: { ...transaction, files: new Map(transaction.files.map(({ path, text }) => [path, text])) } }),
  }))
}

export function formatBuild({ plan, transaction }: BuildDocument): Uint8Array {
  return format({
    apiVersion: "scb/v1",
    kind: "Build",
    plan: planToWire(plan),
    ...(transaction === undefined
      ? {}
      : { transaction: { ...transaction, files: [...transaction.files].map(([path, text]) => ({ path, text })) } }),
  } satisfies WrittenBuild)
}

function planFromWire({ now, nextAt, invalidations, steps, ...rest }: WrittenBuild["plan"]): Plan {
  return {
    ...rest,
    now: instantFromWire(now),
    ...(nextAt === undefined ? {} : { nextAt: instantFromWire(nextAt) }),
    invalidations: invalidations.map(({ select, ...each }) => ({ ...each, select: selectorFromWire(select) })),
    steps: steps.map(step => (step.kind === "mark" ? { ...step, mark: markingFromWire(step.mark) } : step)),
  }
}

/** What tells one kind of document from another. `W` is its written form. */
interface DocumentKind<W> {
  readonly what: string
  readonly malformed: ErrorCode
  readonly maximumBytes: number
  readonly validator: Validator
  /** Only carries the type. */
  readonly written?: W
}

const MANIFEST: DocumentKind<WrittenManifest> = {
  what: "the manifest",
  malformed: "manifest-malformed",
  maximumBytes: 1 << 20,
  validator: validateManifest,
}
const INDEX: DocumentKind<WrittenIndex> = {
  what: "the catalog index",
  malformed: "catalog-malformed",
  maximumBytes: 1 << 24,
  validator: validateCatalogIndex,
}
const SHARD: DocumentKind<WrittenShard> = {
  what: "the catalog shard",
  malformed: "catalog-malformed",
  maximumBytes: 1 << 26,
  validator: validateCatalogShard,
}
const BUILD: DocumentKind<WrittenBuild> = {
  what: "the build",
  malformed: "build-malformed",
  maximumBytes: MAXIMUM_BUILD_BYTES,
  validator: validateBuild,
}

/**
 * The form bounds depth and keys (`__proto__` is no key of ours). That the text is the canonical one rules out all that
 * two JSON readers could see differently: duplicate keys, number forms, escapes.
 */
function parse<W, T>(bytes: Uint8Array, kind: DocumentKind<W>, meaning: (written: W) => T): T {
  const refuse = (why: string): ScbError => new ScbError(kind.malformed, `${kind.what} is malformed: ${why}`)
  if (bytes.length > kind.maximumBytes) throw refuse(`expected at most ${kind.maximumBytes} bytes, got ${bytes.length}`)
  const text = decode(bytes)
  const value = text === undefined ? undefined : parseJson(text)
  if (value === undefined) throw refuse("it is not JSON in UTF-8")
  const [problem] = findProblems(kind.validator, value)
  if (problem !== undefined) throw refuse(`${["", ...problem.path].join("/")}: ${problem.message}`)
  if (prettyJson(value) !== text)
    throw refuse("it is not written in the canonical way (sorted keys, two spaces, each key once)")
  try {
    return meaning(value as W)
  } catch (error) {
    throw error instanceof ImpossibleInstant ? refuse(error.message) : error
  }
}

function format(written: object): Uint8Array {
  return encodeUtf8(prettyJson(written as Json))
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function versionFromWire({ publishedAt, notAfter, deprecation, ...rest }: WrittenVersion): CatalogVersion {
  return {
    ...rest,
    publishedAt: instantFromWire(publishedAt),
    notAfter: instantFromWire(notAfter),
    ...(deprecation === undefined
      ? {}
      : {
          deprecation: {
            ...deprecation,
            from: instantFromWire(deprecation.from),
            endOfLifeAt: instantFromWire(deprecation.endOfLifeAt),
          },
        }),
  }
}

function versionToWire({ publishedAt, notAfter, deprecation, ...rest }: CatalogVersion): WrittenVersion {
  return {
    ...rest,
    publishedAt: formatInstant(publishedAt),
    notAfter: formatInstant(notAfter),
    ...(deprecation === undefined ? {} : { deprecation: deprecationToWire(deprecation) }),
  }
}

function mapValues<A, B>(members: Readonly<Record<string, A>>, change: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, change(value)]))
}
