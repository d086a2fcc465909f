import { beforeEach, describe, expect, it } from "vitest"
import { cachedFiles } from "../../../src/adapters/published-cache.ts"
import { fetchBundle, type ReleaseRequest } from "../../../src/app/fetch.ts"
import { type WatchEvent, type WatchWorld, watch } from "../../../src/app/watch.ts"
import { type Instant, later } from "../../../src/domain/instant.ts"
import type { SeenCatalog } from "../../../src/domain/seen-catalog.ts"
import type { WatchSettings } from "../../../src/domain/watch.ts"
import type { PublishedFiles } from "../../../src/ports.ts"
import { DAY, NOW, trusted } from "../../support/pgp.ts"
import { BUNDLE, makePublisher, type Publisher } from "../../support/published.ts"

const SETTINGS: WatchSettings = { interval: 60_000, jitterPercent: 0, maximumStaleness: DAY, removeWhenRevoked: false }

/** What happens while it sleeps, one after another; then somebody stops it. */
type Happening = () => Promise<void> | void

interface Machine extends WatchWorld {
  readonly events: WatchEvent[]
  /** Paths that were asked for. */
  readonly asked: string[]
  disk: Uint8Array | undefined
}

function machineOf(publisher: Publisher, happenings: readonly Happening[], hooks: readonly boolean[] = []): Machine {
  let now: Instant = NOW
  const pending = [...happenings]
  const answers = [...hooks]
  const seen = new Map<string, SeenCatalog>()
  const asked: string[] = []
  const files = cachedFiles(listening(publisher.releases, asked))
  const machine: Machine = {
    events: [],
    asked,
    disk: undefined,
    now: () => now,
    async sleep(until) {
      now = until
      const next = pending.shift()
      if (next === undefined) return "stop"
      await next()
      return "over"
    },
    chance: () => 0.5,
    request: (at): ReleaseRequest => ({
      bundle: BUNDLE,
      selector: { channel: "stable" },
      source: "memory:",
      releases: files,
      anchors: [trusted(publisher.signerKey)],
      state: { read: async name => seen.get(name), remember: async (name, catalog) => void seen.set(name, catalog) },
      now: at,
    }),
    obtain: request => fetchBundle({ ...request, identity: { privateKeyArmored: publisher.alice.privateKeyArmored } }),
    read: async () => machine.disk,
    write: async bytes => {
      machine.disk = bytes
    },
    remove: async () => {
      machine.disk = undefined
    },
    hook: async () => ({ succeeded: answers.shift() ?? true, message: "ended" }),
    report: event => {
      if (event.kind === "failed") files.forget()
      machine.events.push(event)
    },
    health: async () => {},
  }
  return machine
}

function listening(files: PublishedFiles, asked: string[]): PublishedFiles {
  return {
    readAsset: (bundle, version, asset, maximum) => {
      asked.push(asset)
      return files.readAsset(bundle, version, asset, maximum)
    },
    readCatalogFile: (path, maximum) => {
      asked.push(path)
      return files.readCatalogFile(path, maximum)
    },
  }
}

/** Kinds of events, alarms by their own. */
const kindsOf = ({ events }: Machine) => events.map(event => (event.kind === "alarm" ? event.alarm : event.kind))

describe("watch", () => {
  let publisher: Publisher
  let publishNext: Happening

  beforeEach(async () => {
    publisher = await makePublisher()
    await publisher.release({ version: "1.0.0" })
    await publisher.catalog({ lifetime: 30 * DAY })
    publishNext = async () => {
      await publisher.release({ version: "1.0.1", at: later(NOW, 60_000) })
      await publisher.catalog({ at: later(NOW, 60_000), lifetime: 30 * DAY })
    }
  })

  it("brings each new version to disk and tells of it", async () => {
    const machine = machineOf(publisher, [() => {}, publishNext, () => {}])
    const { state, alarms } = await watch(machine, SETTINGS)
    expect(kindsOf(machine)).toEqual(["changed", "hook-ended", "changed", "hook-ended", "stopped"])
    expect(state.held?.version).toBe("1.0.1")
    expect(alarms).toEqual([])
  })

  it("asks for the index alone while nothing changes", async () => {
    const machine = machineOf(publisher, [() => void machine.asked.splice(0), () => {}, () => {}])
    await watch(machine, SETTINGS)
    expect(machine.asked).toEqual(Array(3).fill("catalog/index.json"))
  })

  it("leaves the right file alone when it starts, and tells nobody", async () => {
    const before = machineOf(publisher, [])
    await watch(before, SETTINGS)
    const machine = machineOf(publisher, [])
    machine.disk = before.disk
    await watch(machine, SETTINGS)
    expect(kindsOf(machine)).toEqual(["unchanged", "stopped"])
  })

  it("puts the file back when somebody has touched it", async () => {
    const touch: Happening = () => {
      machine.disk = new Uint8Array([1])
    }
    const machine = machineOf(publisher, [touch, () => {}])
    await watch(machine, SETTINGS)
    expect(kindsOf(machine).filter(kind => kind === "changed")).toHaveLength(2)
    expect(machine.disk?.length).toBeGreaterThan(1)
  })

  it("keeps the file, and goes on looking, while the catalog cannot be believed", async () => {
    const whole = new Map(publisher.releases.files)
    const machine = machineOf(publisher, [
      () => void publisher.releases.files.set("catalog/index.json", new Uint8Array([1])),
      () => {
        for (const [path, bytes] of whole) publisher.releases.files.set(path, bytes)
      },
    ])
    const { state } = await watch(machine, SETTINGS)
    expect(kindsOf(machine).slice(2)).toEqual(["failed", "unchanged", "stopped"])
    expect(state).toMatchObject({ failures: 0, held: { version: "1.0.0" } })
  })

  it("tries the command again until it succeeds", async () => {
    const machine = machineOf(publisher, [() => {}, () => {}], [false, false, true])
    const { state } = await watch(machine, SETTINGS)
    const told = machine.events.flatMap(event => (event.kind === "hook-ended" ? [event.succeeded] : []))
    expect(told).toEqual([false, false, true])
    expect(kindsOf(machine)).toContain("alarm-over")
    expect(state.hook).toBeUndefined()
  })

  const revoke: Happening = async () => {
    publisher.revoke("1.0.0")
    await publisher.catalog({ at: later(NOW, 60_000) })
  }

  it("raises the alarm over a revocation and keeps the file", async () => {
    const machine = machineOf(publisher, [revoke])
    const { alarms } = await watch(machine, SETTINGS)
    expect(alarms.map(({ kind }) => kind)).toEqual(["revoked"])
    expect(machine.disk).toBeDefined()
  })

  it("removes what is revoked when it is told to", async () => {
    const machine = machineOf(publisher, [revoke, () => {}])
    const { state, alarms } = await watch(machine, { ...SETTINGS, removeWhenRevoked: true })
    expect(machine.disk).toBeUndefined()
    expect(state.held).toBeUndefined()
    expect(alarms.map(({ kind }) => kind)).toEqual(["nothing-held"])
    expect(kindsOf(machine).filter(kind => kind === "removed")).toHaveLength(1)
  })

  it("finds out what a campaign has revoked, of which the shard says nothing", async () => {
    const machine = machineOf(publisher, [
      async () => {
        publisher.invalidate({ clusters: ["payments-prod"] } as never, later(NOW, 30_000))
        await publisher.catalog({ at: later(NOW, 60_000) })
      },
    ])
    const { alarms } = await watch(machine, SETTINGS)
    expect(alarms.map(({ kind }) => kind)).toEqual(["revoked"])
  })

  it("goes over to the replacement of what was revoked without an alarm", async () => {
    const machine = machineOf(publisher, [
      async () => {
        publisher.revoke("1.0.0")
        await publisher.release({ version: "1.0.1" })
        await publisher.catalog({ at: later(NOW, 60_000), lifetime: 30 * DAY })
      },
      () => {},
    ])
    const { state, alarms } = await watch(machine, { ...SETTINGS, removeWhenRevoked: true })
    expect(state.held?.version).toBe("1.0.1")
    expect(alarms).toEqual([])
    expect(kindsOf(machine)).not.toContain("removed")
  })

  it("looks once when that is all that is asked", async () => {
    const machine = machineOf(publisher, [])
    const { state } = await watch(machine, SETTINGS, true)
    expect(kindsOf(machine)).toEqual(["changed", "hook-ended"])
    expect(state.held?.version).toBe("1.0.0")
  })
})
