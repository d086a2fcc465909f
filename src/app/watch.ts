import { sha256 } from "../artifact/digest.ts"
import { ScbError } from "../domain/errors.ts"
import type { Instant } from "../domain/instant.ts"
import {
  type Alarm,
  afterCheck,
  afterHook,
  afterRemoval,
  alarmsOf,
  type CheckOutcome,
  checkNow,
  type HeldBundle,
  nextStep,
  startWatch,
  type WatchSettings,
  type WatchState,
} from "../domain/watch.ts"
import {
  type FetchedBundle,
  type ReleaseRequest,
  readManifest,
  readShard,
  type SealedBundle,
  visitCatalog,
} from "./fetch.ts"
import { namesOf, type Selector, selectVersion } from "./trust.ts"
import { unlessImpossible } from "./unless-impossible.ts"

export type WatchEvent =
  | { readonly kind: "changed" | "unchanged"; readonly version: string; readonly expiresAt: Instant }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "removed"; readonly version: string }
  | { readonly kind: "hook-ended"; readonly succeeded: boolean; readonly message: string }
  | { readonly kind: "alarm"; readonly alarm: Alarm["kind"]; readonly message: string }
  | { readonly kind: "alarm-over"; readonly alarm: Alarm["kind"] }
  | { readonly kind: "stopped" }

/** What a watch sees of the outside, each thing as long as it lasts. */
export interface WatchWorld {
  now(): Instant
  /** Ends at `until`, or before that because somebody asks for a check, or for an end. */
  sleep(until: Instant): Promise<"over" | "check" | "stop">
  /** From 0 up to 1. */
  chance(): number
  /** What to ask for and whom to believe, at an instant. */
  request(now: Instant): ReleaseRequest
  /** Fetches it anew, opened or still encrypted. */
  obtain(request: ReleaseRequest): Promise<FetchedBundle | SealedBundle>
  /** The bytes on disk, if there are any. */
  read(): Promise<Uint8Array | undefined>
  write(bytes: Uint8Array): Promise<void>
  remove(): Promise<void>
  /** Tells of a change, if somebody wants to know; `held` is undefined when the bundle was removed. Never throws. */
  readonly hook?: (held: HeldBundle | undefined) => Promise<{ readonly succeeded: boolean; readonly message: string }>
  report(event: WatchEvent): void
  /** After every step, for whoever supervises. */
  health(state: WatchState, alarms: readonly Alarm[], now: Instant): Promise<void>
}

export interface WatchResult {
  readonly state: WatchState
  readonly alarms: readonly Alarm[]
}

/**
 * Goes on until it is stopped; with `once`, until there is nothing left to do now. What the world does wrong is reported
 * and tried again; throws only our own mistakes, and what {@link WatchWorld.health} throws.
 */
export async function watch(world: WatchWorld, settings: WatchSettings, once = false): Promise<WatchResult> {
  let state = startWatch(world.now())
  let alarms: readonly Alarm[] = []
  let warnings: ReadonlySet<string> = new Set()
  for (;;) {
    const now = world.now()
    const step = nextStep(state, settings, now)
    switch (step.kind) {
      case "check": {
        const told = new Set<string>()
        const outcome = await check(world, state.held, now, told)
        for (const message of told) if (!warnings.has(message)) world.report({ kind: "warning", message })
        warnings = told
        reportOutcome(outcome, state, world)
        state = afterCheck(state, outcome, settings, now, world.chance())
        break
      }
      case "remove":
        await world.remove()
        if (state.held !== undefined) world.report({ kind: "removed", version: state.held.version })
        state = afterRemoval(state, now)
        break
      case "run-hook": {
        const ended = await world.hook?.(state.held)
        if (ended !== undefined) world.report({ kind: "hook-ended", ...ended })
        state = afterHook(state, ended?.succeeded ?? true, settings, now)
        break
      }
      case "wait": {
        if (once) return { state, alarms }
        const woken = await world.sleep(step.until)
        if (woken === "stop") {
          world.report({ kind: "stopped" })
          return { state, alarms }
        }
        if (woken === "check") state = checkNow(state, world.now())
        break
      }
    }
    const before = alarms
    alarms = alarmsOf(state, settings, world.now())
    reportAlarms(before, alarms, world)
    await world.health(state, alarms, now)
  }
}

/** Asks what is current, and brings it to disk unless it is there already. */
async function check(
  world: WatchWorld,
  held: HeldBundle | undefined,
  now: Instant,
  warnings: Set<string>,
): Promise<CheckOutcome> {
  const request = { ...world.request(now), warn: (warning: string) => void warnings.add(warning) }
  const { current, withdrawn, ...seen } = await look(request, held)
  const outcome =
    current instanceof ScbError ? current : await unlessImpossible(bringToDisk(world, request, held, current, warnings))
  if (!(outcome instanceof ScbError)) return { ...seen, ...outcome }
  const { code, message } = outcome
  return { ...seen, kind: "failed", code, message, ...(withdrawn !== undefined && { withdrawn }) }
}

interface Look extends Pick<CheckOutcome, "catalog"> {
  /** What became of the version that is held. */
  readonly withdrawn?: WatchState["withdrawn"]
  /** Digest of the manifest that is current, or why there is none. */
  readonly current: string | ScbError
}

/** Reads no more than the catalog, and never the payload. */
async function look(request: ReleaseRequest, held: HeldBundle | undefined): Promise<Look> {
  const visited = await unlessImpossible(visitCatalog(request))
  if (visited instanceof ScbError) return { current: visited }
  const { index } = visited
  const catalog = { version: index.version, issuedAt: index.issuedAt, expiresAt: index.expiresAt }
  const shard = await unlessImpossible(readShard(request, index, namesOf(request.bundle).cluster))
  if (shard instanceof ScbError) return { catalog, current: shard }

  const select = async (selector: Selector) => {
    const selected = selectVersion(index, shard, request.bundle, selector)
    if (index.invalidations.length > 0) await readManifest(request, selected) // only it tells what a selector has revoked
    return selected.entry.manifest.sha256
  }
  const withdrawn = held && withdrawal(await unlessImpossible(select({ version: held.version })))
  const current = await unlessImpossible(select(request.selector))
  return { catalog, current, ...(withdrawn !== undefined && { withdrawn }) }
}

function withdrawal(answer: string | ScbError): WatchState["withdrawn"] {
  if (!(answer instanceof ScbError)) return undefined
  if (answer.code === "version-revoked") return "revoked"
  return answer.code === "version-ended" ? "ended" : undefined
}

/** `manifestSha256` is what the catalog says; nothing is fetched while it and the file are those that are held. */
async function bringToDisk(
  world: WatchWorld,
  request: ReleaseRequest,
  held: HeldBundle | undefined,
  manifestSha256: string,
  warnings: Set<string>,
): Promise<{ readonly kind: "unchanged" | "changed"; readonly held: HeldBundle }> {
  const onDisk = await world.read()
  const diskSha256 = onDisk && sha256(onDisk)
  if (held?.manifestSha256 === manifestSha256 && held.fileSha256 === diskSha256) return { kind: "unchanged", held }
  const fetched = await world.obtain(request)
  for (const warning of fetched.warnings) warnings.add(warning)
  const bytes = "zip" in fetched ? fetched.zip : fetched.payload
  const { version, manifest } = fetched
  const next = {
    version,
    manifestSha256: fetched.manifestSha256,
    fileSha256: sha256(bytes),
    expiresAt: manifest.expiresAt,
  }
  if (diskSha256 === next.fileSha256) return { kind: "unchanged", held: next }
  await world.write(bytes)
  return { kind: "changed", held: next }
}

function reportOutcome(outcome: CheckOutcome, before: WatchState, { report }: WatchWorld): void {
  if (outcome.kind === "failed") {
    report({ kind: "failed", code: outcome.code, message: outcome.message })
    return
  }
  const isNews = outcome.kind === "changed" || before.currentAt === undefined || before.failures > 0
  const { version, expiresAt } = outcome.held
  if (isNews) report({ kind: outcome.kind, version, expiresAt })
}

/** Each when it begins, and when it is over. */
function reportAlarms(before: readonly Alarm[], after: readonly Alarm[], { report }: WatchWorld): void {
  for (const { kind, message } of after)
    if (!before.some(alarm => alarm.kind === kind)) report({ kind: "alarm", alarm: kind, message })
  for (const { kind } of before)
    if (!after.some(alarm => alarm.kind === kind)) report({ kind: "alarm-over", alarm: kind })
}
