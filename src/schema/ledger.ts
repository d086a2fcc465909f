/** The ledger as files: `ledger.yaml` and one file a bundle. */
import type { Static } from "typebox"
import { ScbError } from "../domain/errors.ts"
import { formatInstant } from "../domain/instant.ts"
import type { Json } from "../domain/json.ts"
import type { BundleName } from "../domain/names.ts"
import {
  type BundleHistory,
  EMPTY_LEDGER,
  type LedgerState,
  type Mark,
  type PointerMove,
  type ReleaseInput,
  type ReleaseRecord,
} from "../domain/release.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { BundleHistoryForm, LedgerForm } from "./forms/ledger.ts"
import { ImpossibleInstant, instantFromWire } from "./instants.ts"
import { findProblems, type Validator } from "./problems.ts"
import { certificateFromWire, certificateToWire } from "./release-wire.ts"
import { validateBundleHistory, validateLedger } from "./validators.generated.ts"
import { readYaml, type YamlLimits } from "./yaml.ts"
import { parseYamlText, yamlText } from "./yaml-text.ts"

const LEDGER_FILE = "ledger.yaml"

function historyFile(bundle: BundleName): string {
  return `bundles/${bundle}.yaml`
}

type WrittenLedger = Static<typeof LedgerForm>
type WrittenHistory = Static<typeof BundleHistoryForm>
type WrittenRelease = WrittenHistory["releases"][number]

/** All files of a ledger, by path. */
export function formatLedger(state: LedgerState): ReadonlyMap<string, string> {
  const { sequence, epoch } = state
  const head: WrittenLedger = { apiVersion: "scb/v1", kind: "Ledger", sequence, epoch }
  const histories = [...state.bundles.values()].map(
    history => [historyFile(history.bundle), formatHistory(history)] as const,
  )
  return new Map([[LEDGER_FILE, yamlText(head)], ...histories])
}

function formatHistory(history: BundleHistory): string {
  const written: WrittenHistory = {
    apiVersion: "scb/v1",
    kind: "BundleHistory",
    bundle: history.bundle,
    releases: history.releases.map(releaseToWire),
    marks: history.marks.map(({ version, kind, at, revocation }) => ({
      version,
      kind,
      at: formatInstant(at),
      revocation,
    })),
    moves: history.moves.map(({ channel, version, at }) => ({ channel, version, at: formatInstant(at) })),
  }
  return yamlText(written as unknown as { readonly [key: string]: Json })
}

/** The inverse of {@link formatLedger}. Throws `ledger-corrupt` naming file, line and column. */
export function parseLedger(files: ReadonlyMap<string, string>): LedgerState {
  if (files.size === 0) return EMPTY_LEDGER
  const head = files.get(LEDGER_FILE)
  if (head === undefined) throw corrupt(LEDGER_FILE, "it is missing")
  const { sequence, epoch } = read<WrittenLedger>(LEDGER_FILE, head, validateLedger)
  const histories = [...files.keys()].filter(file => file !== LEDGER_FILE).sort()
  const bundles = histories.map(file => parseHistory(file, files.get(file) ?? ""))
  return { sequence, epoch, bundles: new Map(bundles.map(history => [history.bundle, history])) }
}

/** Throws `ledger-corrupt`. */
function parseHistory(file: string, text: string): BundleHistory {
  const written = read<WrittenHistory>(file, text, validateBundleHistory)
  if (historyFile(written.bundle) !== file) throw corrupt(file, `it speaks of ${written.bundle}`)
  try {
    return {
      bundle: written.bundle,
      releases: written.releases.map(releaseFromWire),
      marks: written.marks.map((mark): Mark => ({ ...mark, at: instantFromWire(mark.at) })),
      moves: written.moves.map((move): PointerMove => ({ ...move, at: instantFromWire(move.at) })),
    }
  } catch (error) {
    throw error instanceof ImpossibleInstant ? corrupt(file, error.message) : error
  }
}

/** Machines write these files, and a bundle's history only grows. */
const LIMITS: YamlLimits = { maximumBytes: 1 << 25, maximumTokens: 1 << 23, maximumDepth: 12 }

/** The slow reader is for texts that we did not write: it knows why and where they are wrong. */
function read<W>(file: string, text: string, validator: Validator): W {
  const quick = parseYamlText(text)
  if (quick !== undefined && findProblems(validator, quick).length === 0) return quick as W
  const { document, findings } = readYaml(file, encodeUtf8(text), LIMITS)
  const [finding] = findings
  if (finding !== undefined) throw corrupt(file, finding.message, finding.at)
  if (document === undefined) throw new Error(`${file} has neither a document nor a finding`)
  const [problem] = findProblems(validator, document.value)
  if (problem !== undefined) throw corrupt(file, problem.message, document.place(problem))
  return document.value as W
}

function corrupt(file: string, why: string, at?: { readonly line: number; readonly column: number }): ScbError {
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`
  return new ScbError("ledger-corrupt", `the ledger's ${place} cannot be read: ${why}`, {
    hint: "only scb writes the ledger; go back to its last signed commit",
  })
}

/** Members in the order in which a person asks: what, when, why, then the proofs. */
function releaseToWire(release: ReleaseRecord): WrittenRelease {
  const { version, predecessor, publishedAt, cause, commit, policyDigest, inputDigest, certificate } = release
  return {
    version,
    ...(predecessor === undefined ? {} : { predecessor }),
    publishedAt: formatInstant(publishedAt),
    cause,
    commit,
    policyDigest,
    inputDigest,
    certificate: certificateToWire(certificate),
    manifest: release.manifest,
    payload: release.payload,
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
