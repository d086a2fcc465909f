import type { Command } from "commander"
import { FORGE_LIMIT } from "../../domain/forecast/forecast.ts"
import { type Instant, later, parseInstant } from "../../domain/instant.ts"
import { renderForecastCalendar, renderForecastJson, renderForecastText } from "../../render/forecast.ts"
import { type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { openWorld } from "../world.ts"

type ForecastFormat = "text" | "json" | "ical"

interface Options extends RepositoryOptions<ForecastFormat> {
  readonly from?: string
  readonly until?: string
  readonly rate: string
}

const YEAR = 365 * 86_400_000
/** Beyond it, nothing that is foretold would mean anything. */
const FARTHEST = 10 * YEAR

export function forecastVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "forecast",
    "what lies ahead: every expiry, renewal, phase and deadline, and hours in which too much is due; reads only",
    [
      "scb forecast --until 2027-12-31",
      "scb forecast --rate 80                               # a forge that takes less",
      "scb forecast --format ical > scb.ics                 # for a calendar",
      "scb forecast --format json | jq '.events[] | select(.kind == \"expiry\")'",
    ],
    ["text", "json", "ical"],
  )
    .option("--until <instant>", "where it ends (default: a year later)")
    .option("--from <instant>", "where it begins (default: now, or --now)")
    .option("--rate <writes>", "things that the forge lets be created in an hour", String(FORGE_LIMIT))
    .action(async (options: Options) => {
      const { forecastRepository } = await import("../../app/forecast.ts")
      const { io } = invocation
      const world = await openWorld(options.from === undefined ? options : { ...options, now: options.from }, io)
      const forecast = await forecastRepository(world, { until: endOf(options, world.now), limit: rateOf(options) })
      switch (options.format) {
        case "json":
          return io.stdout(renderForecastJson(forecast))
        case "ical":
          return io.stdout(renderForecastCalendar(forecast))
        case "text":
          return io.stdout(renderForecastText(forecast, styleOf(io)))
      }
    })
}

function endOf({ until }: Options, from: Instant): Instant {
  if (until === undefined) return later(from, YEAR)
  const end = parseInstant(until)
  if (end !== undefined && from < end && end <= later(from, FARTHEST)) return end
  throw new UsageError(
    `--until: expected an instant at most ten years after the beginning, got ${JSON.stringify(until)}`,
  )
}

function rateOf({ rate }: Options): number {
  if (/^[1-9]\d{0,6}$/.test(rate)) return Number(rate)
  throw new UsageError(`--rate: expected a whole number of writes in an hour, got ${JSON.stringify(rate)}`)
}
