import { readFile, rm } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import type { Command } from "commander"
import type { ReleaseRequest } from "../../app/fetch.ts"
import type { PublishedPlaces } from "../../app/sources.ts"
import type { WatchWorld } from "../../app/watch.ts"
import { parseDuration } from "../../domain/duration.ts"
import { encodeUtf8 } from "../../domain/utf8.ts"
import type { WatchSettings } from "../../domain/watch.ts"
import {
  renderWatchEventJson,
  renderWatchEventText,
  renderWatchHealth,
  renderWatchMetrics,
} from "../../render/watch.ts"
import { formatOption, instantOf, pathOf, type ResultFormat, verb } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"
import {
  fetchKeys,
  fetchWith,
  PASSPHRASES,
  type ReleaseOptions,
  releaseOptions,
  releaseRequest,
} from "../release-request.ts"

interface Options extends ReleaseOptions {
  readonly out: string
  readonly interval: string
  readonly jitter: string
  readonly maxStaleness: string
  readonly onChange?: string
  readonly once?: boolean
  readonly removeWhenRevoked?: boolean
  readonly health?: string
  readonly metrics?: string
  readonly format: ResultFormat
}

export function watchVerb(invocation: Invocation): Command {
  const command = verb("watch", "keep a bundle on disk current: fetch, verify and replace it when it changes", [
    "scb watch payments-prod/checkout --from github:acme/bundles --trust release.asc --out /run/secrets/scb.zip",
    "scb watch payments-prod/checkout --out scb.zip --on-change 'systemctl reload checkout'",
    "scb watch payments-prod/checkout --out scb.zip --once --max-staleness 24h    # from cron",
    "scb watch payments-prod/checkout --out scb.zip --health /run/scb/health.json --metrics /var/lib/node_exporter/scb.prom",
  ])
    .argument("<cluster/bundle>", "full name of the bundle")
    .requiredOption("--out <file>", "the file that is kept current, mode 0600; replaced as a whole")
    .option("--interval <duration>", "how often to look, e.g. 15m", "15m")
    .option("--jitter <percent>", "by how much that is longer or shorter each time, e.g. 10%", "10%")
    .option("--max-staleness <duration>", "how long looking may fail, or the catalog be overdue, without alarm", "24h")
    .option("--on-change <command>", "run by the shell after each change, with SCB_BUNDLE_PATH and SCB_BUNDLE_VERSION")
    .option("--once", "look once; exit 1 if there is an alarm, 3 if looking failed")
    .option(
      "--remove-when-revoked",
      "remove the file when its version is revoked (default: keep it, and raise the alarm)",
    )
    .option("--health <file>", "write there how it is, as JSON, after every look")
    .option("--metrics <file>", "the same as OpenMetrics, for node_exporter's textfile collector")
  for (const option of releaseOptions()) command.addOption(option)
  return command
    .addOption(formatOption())
    .addHelpText("after", PASSPHRASES)
    .addHelpText("after", SIGNALS)
    .action((name: string, options: Options) => run(name, options, invocation))
}

const SIGNALS = `
Signals:
  SIGHUP           look now
  SIGTERM, SIGINT  stop`

async function run(name: string, options: Options, invocation: Invocation): Promise<void> {
  const { io } = invocation
  const settings = settingsOf(options)
  if (options.now !== undefined && options.once !== true)
    throw new UsageError("--now is one instant: it is for --once", { hint: "scb fetch --now tells what happens then" })
  const [{ watch }, request, keys] = await Promise.all([
    import("../../app/watch.ts"),
    releaseRequest(name, options, io),
    fetchKeys(options, io),
  ])
  const world = await watchWorld(request, keys, options, io)
  const { state, alarms } = await watch(world, settings, options.once === true)
  if (options.once !== true) return
  if (state.problem !== undefined) invocation.exitCode = EXIT.world
  else if (alarms.length > 0) invocation.exitCode = EXIT.findings
}

/** Throws a usage error. */
function settingsOf(options: Options): WatchSettings {
  const percent = /^(\d{1,2})%?$/.exec(options.jitter)?.[1]
  if (percent === undefined)
    throw new UsageError(`--jitter: expected a percentage below 100, got ${JSON.stringify(options.jitter)}`)
  return {
    interval: durationOf("--interval", options.interval),
    jitterPercent: Number(percent),
    maximumStaleness: durationOf("--max-staleness", options.maxStaleness),
    removeWhenRevoked: options.removeWhenRevoked === true,
  }
}

function durationOf(option: string, text: string): number {
  const duration = parseDuration(text)
  if (duration !== undefined) return duration
  throw new UsageError(`${option}: expected a duration such as 15m or 24h, got ${JSON.stringify(text)}`)
}

async function watchWorld(
  opened: ReleaseRequest,
  keys: Awaited<ReturnType<typeof fetchKeys>>,
  options: Options,
  io: Io,
): Promise<WatchWorld> {
  const [{ writeFileAtomically }, { nodeEntropy }, { asConsumer }, { cached }] = await Promise.all([
    import("../../adapters/atomic-files.ts"),
    import("../../adapters/entropy-node.ts"),
    import("../../app/fetch.ts"),
    cachedPlaces(opened),
  ])
  const path = pathOf(options.out, io)
  const selector = keys === undefined ? opened.selector : await asConsumer({ selector: opened.selector, ...keys })
  const show = options.format === "json" ? renderWatchEventJson : renderWatchEventText
  const now = options.now === undefined ? io.now : () => instantOf(options, io)
  const entropy = nodeEntropy()
  const report: WatchWorld["report"] = event => {
    if (event.kind === "failed") cached.forget()
    io.stdout(show(event, opened.bundle, now()))
  }
  return {
    now,
    sleep: options.once === true ? async () => "stop" : sleeper(io),
    chance: () => (entropy.bytes(1)[0] ?? 0) / 256,
    request: at => ({
      ...opened,
      ...cached.places,
      selector,
      now: at,
    }),
    obtain: request => fetchWith(keys, request),
    read: () => readFile(path).catch(() => undefined),
    write: bytes => writeFileAtomically(path, bytes, 0o600),
    remove: () => rm(path, { force: true }),
    ...(options.onChange !== undefined && { hook: hookOf(options.onChange, path, opened.bundle, io) }),
    report,
    async health(state, alarms, at) {
      const health = { bundle: opened.bundle, path, state, alarms, now: at }
      if (options.health !== undefined)
        await writeFileAtomically(pathOf(options.health, io), encodeUtf8(renderWatchHealth(health)))
      if (options.metrics !== undefined)
        await writeFileAtomically(pathOf(options.metrics, io), encodeUtf8(renderWatchMetrics(health)))
    },
  }
}

/** While nothing changes, the index alone is asked for. */
async function cachedPlaces({ releases, mirrors = [] }: PublishedPlaces) {
  const { cachedFiles } = await import("../../adapters/published-cache.ts")
  const first = cachedFiles(releases)
  const others = mirrors.map(mirror => ({ source: mirror.source, releases: cachedFiles(mirror.releases) }))
  return {
    cached: {
      places: { releases: first, mirrors: others },
      forget: () => {
        for (const files of [first, ...others.map(other => other.releases)]) files.forget()
      },
    },
  }
}

/** Timers of Node run for 24 days at most. */
const LONGEST_SLEEP = 86_400_000

function sleeper(io: Io): WatchWorld["sleep"] {
  const stopped = io.stopRequested().then(() => "stop" as const)
  let asked = false
  let wake = (): void => {}
  io.onReload(() => {
    asked = true
    wake()
  })
  return async until => {
    const awake = new AbortController()
    wake = () => awake.abort()
    if (asked) wake() // while it was busy
    const millis = Math.min(LONGEST_SLEEP, Math.max(0, until - io.now()))
    const over = delay(millis, undefined, { signal: awake.signal }).then(
      () => "over" as const,
      () => "check" as const,
    )
    const first = await Promise.race([stopped, over])
    if (first === "check") asked = false
    wake()
    return first
  }
}

/** What a command that somebody else wrote has no use for. */
const SECRETS = /^SCB_\w*(?:KEY|PASSPHRASE|TOKEN)|^(?:GITHUB|GH)_(?:ENTERPRISE_)?TOKEN/
const HOOK_TIMEOUT = 300_000

function hookOf(command: string, path: string, bundle: string, io: Io): NonNullable<WatchWorld["hook"]> {
  const env = Object.fromEntries(Object.entries(io.env).filter(([name]) => !SECRETS.test(name)))
  return async held => {
    const { runHook } = await import("../../adapters/hook-process.ts")
    return runHook({
      command,
      env: { ...env, SCB_BUNDLE: bundle, SCB_BUNDLE_PATH: path, SCB_BUNDLE_VERSION: held?.version ?? "" },
      workingDirectory: io.workingDirectory,
      timeoutMillis: HOOK_TIMEOUT,
      print: io.stderr,
    })
  }
}
