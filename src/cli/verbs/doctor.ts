import { setTimeout as wait } from "node:timers/promises"
import { type Command, Option } from "commander"
import type { DoctorOptions } from "../../app/doctor.ts"
import { hasErrors } from "../../domain/findings.ts"
import { formatInstant } from "../../domain/instant.ts"
import { canonicalJson, prettyJson } from "../../domain/json.ts"
import type { Diagnosis } from "../../domain/live/diagnosis.ts"
import { formatOption, instantOf, nowOption, secondsOf, styleOf, verb } from "../command.ts"
import { driversOption, parseDrivers } from "../drivers.ts"
import { EXIT } from "../exit-codes.ts"
import { readNamedFile } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"

interface Options {
  readonly format: "text" | "json" | "junit"
  readonly drivers?: string
  readonly username?: string
  readonly timeout: string
  readonly watch?: string | true
  readonly offline?: true
  readonly resolve: readonly string[]
  readonly now?: string
}

const WATCH_SECONDS = 30

export function doctorVerb(invocation: Invocation): Command {
  return verb("doctor", "find out why a driver does not connect: the bundle, and every step to the cluster", [
    "scb doctor secure-connect-checkout-payments-prod.zip",
    "scb doctor bundle.zip --drivers spark,python             # only what concerns these",
    "SCB_CQL_PASSWORD_FILE=pw scb doctor bundle.zip --username checkout",
    "scb doctor bundle.zip --resolve cass.example.com=10.0.0.5  # before DNS says so",
    "scb doctor bundle.zip --format junit > doctor.xml",
    "scb doctor bundle.zip --watch 60                           # again each minute; prints what changes",
  ])
    .argument("<file>", "the bundle: a ZIP, ours or anybody's")
    .addOption(driversOption("whose verdict is wanted"))
    .option("--username <name>", "log in, with the password in SCB_CQL_PASSWORD or the file SCB_CQL_PASSWORD_FILE")
    .addOption(new Option("--timeout <seconds>", "for each connection").default("5"))
    .addOption(new Option("--watch [seconds]", `repeat, every ${WATCH_SECONDS} seconds by default, until interrupted`))
    .option("--offline", "look at the file only")
    .addOption(
      new Option("--resolve <name=address>", "take this address for that of a name; may be repeated")
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([], "as DNS has it"),
    )
    .addOption(formatOption(["text", "json", "junit"]))
    .addOption(nowOption())
    .action(async (file: string, options: Options) => {
      const { io } = invocation
      if (options.watch !== undefined && options.format === "junit") {
        throw new UsageError("--watch: expected --format text or json, got junit")
      }
      const pause =
        options.watch === undefined
          ? undefined
          : secondsOf("--watch", String(options.watch === true ? WATCH_SECONDS : options.watch))
      const examine = await examination(options, io)
      const render = await renderer(options, io)
      const stopped = pause === undefined ? undefined : io.stopRequested()
      let before: string | undefined
      for (;;) {
        const diagnosis = await examine(await readNamedFile(file, io))
        invocation.exitCode = hasErrors(diagnosis.findings) ? EXIT.findings : EXIT.agreed
        const essence = essenceOf(diagnosis)
        if (essence !== before) io.stdout(render(diagnosis))
        before = essence
        if (pause === undefined || stopped === undefined) return
        const over = await Promise.race([stopped.then(() => true), wait(pause, false)])
        if (over) return
      }
    })
}

type Examine = (bundle: Uint8Array) => Promise<Diagnosis>

/** Reads everything that is asked for once, so that a mistake shows before the first look. */
async function examination(options: Options, io: Io): Promise<Examine> {
  const [{ diagnose }, { loadPlatforms }] = await Promise.all([
    import("../../app/doctor.ts"),
    import("../../adapters/platform-catalogue.ts"),
  ])
  const drivers = parseDrivers(options.drivers, loadPlatforms())
  const login = await loginOf(options, io)
  const network = options.offline === true ? undefined : await networkOf(options)
  instantOf(options, io)
  return bundle => {
    const chosen: DoctorOptions = { now: instantOf(options, io), drivers, ...(login === undefined ? {} : { login }) }
    return diagnose(bundle, network, chosen)
  }
}

async function networkOf({ timeout, resolve }: Options) {
  const { nodeNetwork } = await import("../../adapters/network-node.ts")
  const timeoutMillis = secondsOf("--timeout", timeout)
  if (timeoutMillis === 0) throw new UsageError("--timeout: expected more than 0 seconds")
  return nodeNetwork({ timeoutMillis, addresses: addressesOf(resolve) })
}

function addressesOf(pairs: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, readonly string[]>()
  for (const pair of pairs) {
    const [, name, address] = /^([^=\s]+)=([\da-fA-F.:]+)$/.exec(pair) ?? []
    if (name === undefined || address === undefined) {
      throw new UsageError(`--resolve: expected NAME=ADDRESS, got ${JSON.stringify(pair)}`)
    }
    const key = name.toLowerCase()
    addresses.set(key, [...(addresses.get(key) ?? []), address])
  }
  return addresses
}

async function loginOf({ username }: Options, io: Io): Promise<DoctorOptions["login"]> {
  if (username === undefined) return undefined
  const { environmentSecrets } = await import("../../adapters/secrets-environment.ts")
  const password = await environmentSecrets(io.env).read("env:SCB_CQL_PASSWORD")
  if (password !== undefined) return { username, password }
  throw new UsageError("--username: expected its password in SCB_CQL_PASSWORD or SCB_CQL_PASSWORD_FILE, got neither")
}

type Render = (diagnosis: Diagnosis) => string

/** While watching, JSON is one object a line, and text says when. */
async function renderer({ format, watch }: Options, io: Io): Promise<Render> {
  const { diagnosisJson, renderDiagnosisText } = await import("../../render/diagnosis.ts")
  if (format === "junit") return (await import("../../render/junit.ts")).renderJunit
  if (format === "json") {
    return diagnosis =>
      watch === undefined ? prettyJson(diagnosisJson(diagnosis)) : `${canonicalJson(diagnosisJson(diagnosis))}\n`
  }
  const style = styleOf(io)
  return diagnosis =>
    `${watch === undefined ? "" : `${formatInstant(diagnosis.at)}\n`}${renderDiagnosisText(diagnosis, style)}`
}

/** What counts as a change: not how long a step took. */
function essenceOf({ steps, findings, verdicts }: Diagnosis): string {
  const lines = steps.map(({ title, outcome, detail }) => [title, outcome, detail])
  return JSON.stringify([lines, findings, verdicts])
}
