import { describe, expect, it } from "vitest"
import { type Instant, later } from "../../../src/domain/instant.ts"
import {
  type AlarmKind,
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
  type WatchStep,
} from "../../../src/domain/watch.ts"
import { DAY, NOW } from "../../support/pgp.ts"

const MINUTE = 60_000
const SETTINGS: WatchSettings = {
  interval: 15 * MINUTE,
  jitterPercent: 10,
  maximumStaleness: DAY,
  removeWhenRevoked: false,
}
const REMOVING = { ...SETTINGS, removeWhenRevoked: true }
const MIDDLE = 0.5 // of the jitter: none
const at = (millis: number): Instant => later(NOW, millis)

const HELD: HeldBundle = { version: "1.0.0", manifestSha256: "m", fileSha256: "f", expiresAt: at(60 * DAY) }
const CATALOG = { version: 1, issuedAt: NOW, expiresAt: at(4 * DAY) }
const CHANGED: CheckOutcome = { kind: "changed", held: HELD, catalog: CATALOG }
const UNCHANGED: CheckOutcome = { ...CHANGED, kind: "unchanged" }
const FAILED: CheckOutcome = { kind: "failed", code: "forge-unreachable", message: "no answer" }

const current: WatchState = afterCheck(startWatch(NOW), UNCHANGED, SETTINGS, NOW, MIDDLE)
const changed: WatchState = afterCheck(startWatch(NOW), CHANGED, SETTINGS, NOW, MIDDLE)
const failing: WatchState = afterCheck(current, FAILED, SETTINGS, NOW, MIDDLE)
const revoked: WatchState = afterCheck(current, { ...FAILED, withdrawn: "revoked" }, SETTINGS, NOW, MIDDLE)

interface StepCase {
  readonly state: WatchState
  readonly settings?: WatchSettings
  readonly after?: number
  readonly step: WatchStep
}

const STEPS: Readonly<Record<string, StepCase>> = {
  "looks at once when it starts": { state: startWatch(NOW), step: { kind: "check" } },
  "waits for the interval when all is well": { state: current, step: { kind: "wait", until: at(15 * MINUTE) } },
  "looks again when the interval is over": { state: current, after: 15 * MINUTE, step: { kind: "check" } },
  "tells of a change before it waits": { state: changed, step: { kind: "run-hook" } },
  "looks again soon after a failure": { state: failing, step: { kind: "wait", until: at(30_000) } },
  "keeps what is revoked unless told otherwise": { state: revoked, step: { kind: "wait", until: at(30_000) } },
  "removes what is revoked when told to": { state: revoked, settings: REMOVING, step: { kind: "remove" } },
  "tells of the removal": { state: afterRemoval(revoked, NOW), settings: REMOVING, step: { kind: "run-hook" } },
  "removes once": {
    state: afterHook(afterRemoval(revoked, NOW), true, REMOVING, NOW),
    settings: REMOVING,
    step: { kind: "wait", until: at(30_000) },
  },
  "tries a failed command again before it looks again": {
    state: afterHook(changed, false, SETTINGS, NOW),
    step: { kind: "wait", until: at(10_000) },
  },
  "leaves a command that has succeeded alone": {
    state: afterHook(changed, true, SETTINGS, NOW),
    step: { kind: "wait", until: at(15 * MINUTE) },
  },
  "looks at once when somebody asks": { state: checkNow(current, at(1000)), after: 1000, step: { kind: "check" } },
}

describe("nextStep", () => {
  it.each(Object.entries(STEPS))("%s", (_, { state, settings = SETTINGS, after = 0, step }) => {
    expect(nextStep(state, settings, at(after))).toEqual(step)
  })
})

describe("afterCheck", () => {
  it("doubles the pause with each failure, up to the interval", () => {
    const pauses: number[] = []
    let state = current
    for (let failure = 0; failure < 7; failure++) {
      state = afterCheck(state, FAILED, SETTINGS, NOW, MIDDLE)
      pauses.push((state.checkAt - NOW) / 1000)
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 900, 900])
    expect(afterCheck(state, UNCHANGED, SETTINGS, NOW, MIDDLE)).toMatchObject({ failures: 0, held: HELD })
  })

  it("spreads the next look evenly around the interval", () => {
    const pauses = [0, 0.5, 0.999].map(chance => afterCheck(current, UNCHANGED, SETTINGS, NOW, chance).checkAt - NOW)
    expect(pauses.map(pause => Math.round((pause / MINUTE) * 10) / 10)).toEqual([13.5, 15, 16.5])
  })

  it("keeps what it holds while it cannot look", () => {
    expect(failing).toMatchObject({ held: HELD, catalog: CATALOG, currentAt: NOW, failures: 1 })
  })

  it("forgets a withdrawal as soon as something good is there", () => {
    expect(afterCheck(revoked, CHANGED, SETTINGS, NOW, MIDDLE).withdrawn).toBeUndefined()
  })
})

interface AlarmCase {
  readonly state: WatchState
  readonly after?: number
  readonly alarms: readonly AlarmKind[]
}

const held = (changes: Partial<HeldBundle>): WatchState => ({ ...current, held: { ...HELD, ...changes } })
const lasting: WatchState = { ...current, catalog: { ...CATALOG, expiresAt: at(100 * DAY) } }

const ALARMS: Readonly<Record<string, AlarmCase>> = {
  "nothing when all is well": { state: current, alarms: [] },
  "nothing when one look fails": { state: failing, alarms: [] },
  "that there is no bundle": {
    state: afterCheck(startWatch(NOW), FAILED, SETTINGS, NOW, MIDDLE),
    alarms: ["nothing-held"],
  },
  "that looking has failed for too long": { state: { ...lasting, failures: 9 }, after: DAY + 1000, alarms: ["stale"] },
  "a catalog that was not renewed in time": {
    state: { ...current, currentAt: at(3 * DAY) },
    after: 3 * DAY,
    alarms: ["catalog-overdue"],
  },
  "a catalog that has ended": {
    state: { ...current, currentAt: at(4 * DAY) },
    after: 4 * DAY,
    alarms: ["catalog-overdue"],
  },
  "a bundle that ends soon": { state: held({ expiresAt: at(6 * DAY) }), alarms: ["expires-soon"] },
  "a bundle that has ended": { state: held({ expiresAt: NOW }), alarms: ["expired"] },
  "a revocation at once": { state: revoked, alarms: ["revoked"] },
  "the end of life of a version": {
    state: afterCheck(current, { ...FAILED, withdrawn: "ended" }, SETTINGS, NOW, MIDDLE),
    alarms: ["ended"],
  },
  "a command that has failed": { state: afterHook(changed, false, SETTINGS, NOW), alarms: ["hook-failed"] },
}

describe("alarmsOf", () => {
  it.each(Object.entries(ALARMS))("tells of %s", (_, { state, after = 0, alarms }) => {
    expect(alarmsOf(state, SETTINGS, at(after)).map(({ kind }) => kind)).toEqual(alarms)
  })
})
