/** The ledger as files: `ledger.yaml` and one file a bundle. */
import type { Static } from "typebox"
import { ScbError } from "../domain/errors.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import { lazyMap } from "../domain/lazy-map.ts"
import { type BundleName, parseBundleName } from "../domain/names.ts"
import { invalidationToWire, markingToWire } from "../domain/plan/wire.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  type LedgerState,
  type ReleaseInput,
  type ReleaseRecord,
} from "../domain/release.ts"
import { AUTHORIZATION_FOLDER } from "./authorization-record.ts"
import type { BundleHistoryForm, LedgerForm } from "./forms/ledger.ts"
import { ImpossibleInstant, instantFromWire } from "./instants.ts"
import { markingFromWire } from "./marking-wire.ts"
import { readRecord } from "./record-text.ts"
import { certificateFromWire, certificateToWire } from "./release-wire.ts"
import { invalidationFromWire } from "./selector.ts"
import { validateBundleHistory, validateLedger } from "./validators.generated.ts"
import { yamlText } from "./yaml-text.ts"

const LEDGER_FILE = "ledger.yaml"

function historyFile(bundle: BundleName): string {
  return `bundles/${bundle}.yaml`
}

type WrittenLedger = Static<typeof LedgerForm>
type WrittenHistory = Static<typeof BundleHistoryForm>
type WrittenRelease = WrittenHistory["releases"][number]

/** All files of a ledger, by path; with `changed`, of its bundles only those. */
export function formatLedger(state: LedgerState, changed?: Iterable<BundleName>): ReadonlyMap<string, string> {
  const { sequence, epoch, authorization } = state
  const head: WrittenLedger = {
    apiVersion: "scb/v1",
    kind: "Ledger",
    sequence,
    epoch,
    ...(authorization === undefined ? {} : { authorization }),
    invalidations: state.invalidations.map(invalidationToWire),
  }
  const histories = [...(changed ?? state.bundles.keys())].flatMap(name => {
    const history = state.bundles.get(name)
    return history === undefined ? [] : [[historyFile(name), formatHistory(history)] as const]
  })
  return new Map([[LEDGER_FILE, yamlText(head as unknown as { readonly [key: string]: Json })], ...histories])
}

function formatHistory(history: BundleHistory): string {
  const written: WrittenHistory = {
    apiVersion: "scb/v1",
    kind: "BundleHistory",
    bundle: history.bundle,
    releases: history.releases.map(releaseToWire),
    marks: history.marks.map(({ version, at, ...marking }) => ({
      version,
      at: formatInstant(at),
      ...markingToWire(marking),
    })),
    moves: history.moves.map(({ at, ...move }) => ({ ...move, at: formatInstant(at) })),
    attempts: history.attempts.map(({ at, ...attempt }) => ({ at: formatInstant(at), ...attempt })),
  }
  return yamlText(written as unknown as { readonly [key: string]: Json })
}

/** The inverse of {@link formatLedger}. Throws `ledger-corrupt` naming file, line and column. */
export function parseLedger(files: ReadonlyMap<string, string>): LedgerState {
  if (files.size === 0) return EMPTY_LEDGER
  const head = files.get(LEDGER_FILE)
  if (head === undefined) throw corrupt(LEDGER_FILE, "it is missing")
  const bundles = historyFiles(files).map(file => parseHistory(file, files.get(file) ?? ""))
  return { ...parseHead(head), bundles: new Map(bundles.map(history => [history.bundle, history])) }
}

/** The same, each history read when it is asked for: all of them at once take five times the memory of their texts. */
export function parseLedgerLazily(files: ReadonlyMap<string, string>): LedgerState {
  const head = files.get(LEDGER_FILE)
  if (head === undefined) return parseLedger(files)
  const histories = historyFiles(files).map(file => bundleOf(file))
  const history = (bundle: BundleName): BundleHistory =>
    parseHistory(historyFile(bundle), files.get(historyFile(bundle)) ?? "")
  return { ...parseHead(head), bundles: lazyMap(histories, history, REMEMBERED_HISTORIES) }
}

/** How changes were authorised is read by those who ask for it (schema/authorization-record.ts). */
function historyFiles(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files.keys()].filter(file => file !== LEDGER_FILE && !file.startsWith(AUTHORIZATION_FOLDER)).sort()
}

/** Environments of one application look at each other. */
const REMEMBERED_HISTORIES = 512

/** Throws `ledger-corrupt`. */
function bundleOf(file: string): BundleName {
  const match = /^bundles\/([^/]+)\/([^/]+)\.yaml$/.exec(file)
  const name = match === null ? undefined : `${match[1]}/${match[2]}`
  if (name === undefined || parseBundleName(name) === undefined) throw corrupt(file, "it is no file of a ledger")
  return name as BundleName
}

function parseHead(text: string): Omit<LedgerState, "bundles"> {
  const { sequence, epoch, authorization, invalidations } = readRecord<WrittenLedger>(
    LEDGER_FILE,
    text,
    validateLedger,
    corrupt,
  )
  return meant(LEDGER_FILE, () => ({
    sequence,
    epoch,
    ...(authorization === undefined ? {} : { authorization }),
    invalidations: invalidations.map(invalidationFromWire),
  }))
}

function parseHistory(file: string, text: string): BundleHistory {
  const written = readRecord<WrittenHistory>(file, text, validateBundleHistory, corrupt)
  if (historyFile(written.bundle) !== file) throw corrupt(file, `it speaks of ${written.bundle}`)
  return meant(file, () => ({
    bundle: written.bundle,
    releases: written.releases.map(releaseFromWire),
    marks: written.marks.map(({ version, at, ...marking }) => ({
      version,
      at: instantFromWire(at),
      ...markingFromWire(marking),
    })),
    moves: written.moves.map(({ at, ...move }) => ({ ...move, at: instantFromWire(at) })),
    attempts: written.attempts.map(({ at, ...attempt }) => ({ ...attempt, at: instantFromWire(at) })),
  }))
}

/** Throws `ledger-corrupt` for a 30 February. */
function meant<T>(file: string, meaning: () => T): T {
  try {
    return meaning()
  } catch (error) {
    throw error instanceof ImpossibleInstant ? corrupt(file, error.message) : error
  }
}

function corrupt(file: string, why: string, at?: { readonly line: number; readonly column: number }): ScbError {
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`
  return new ScbError("ledger-corrupt", `the ledger's ${place} cannot be read: ${why}`, {
    hint: "only scb writes the ledger; go back to its last signed commit",
  })
}

/** Members in the order in which a person asks: what, when, why, then the proofs. */
function releaseToWire(release: ReleaseRecord): WrittenRelease {
  const { version, predecessor, publishedAt, change, reason, cause, commit, policyDigest, inputDigest, certificate } =
    release
  return {
    version,
    ...(predecessor === undefined ? {} : { predecessor }),
    publishedAt: formatInstant(publishedAt),
    change,
    reason,
    cause,
    commit,
    policyDigest,
    inputDigest,
    certificate: certificateToWire(certificate),
    manifest: release.manifest,
    payload: release.payload,
    skeletonSha256: release.skeletonSha256,
    generator: release.generator,
    ...(release.gates === undefined ? {} : { gates: release.gates }),
    input: release.input,
  }
}

function releaseFromWire(written: WrittenRelease): ReleaseRecord {
  return {
    ...written,
    publishedAt: instantFromWire(written.publishedAt),
    certificate: certificateFromWire(written.certificate),
    input: written.input as ReleaseInput,
  }
}
