import validRange from "semver/ranges/valid.js"
import { formatDuration } from "../duration.ts"
import { type Finding, finding } from "../findings.ts"
import type { Repository } from "../repository.ts"
import type { Advisory } from "../revocation/campaigns.ts"
import { numberOf } from "./advisories.ts"

/** How long certificates live and when they are tried again. */
export function* checkRenewal({ policies, locate }: Repository): Generator<Finding, void> {
  const { renewal, cryptography } = policies
  const { file, defaultLifetime, backoff } = renewal
  if (defaultLifetime > cryptography.maximumLifetime) {
    yield finding(
      "R55",
      file,
      `the default lifetime is ${formatDuration(defaultLifetime)}, expected at most ${formatDuration(cryptography.maximumLifetime)}`,
      { at: locate(file, ["defaultLifetime"]) },
    )
  }
  if (backoff.first > backoff.most) {
    yield finding(
      "R76",
      file,
      `the first wait is ${formatDuration(backoff.first)}, expected at most the longest, ${formatDuration(backoff.most)}`,
      { at: locate(file, ["backoff", "first"]) },
    )
  }
}

/** Whom advisories concern. */
export function* checkAdvisories(
  { policies, locate }: Repository,
  platforms: ReadonlySet<string>,
): Generator<Finding, void> {
  for (const advisory of policies.advisories.values()) {
    const { file, name, select, drivers, serials } = advisory
    const at = (...path: readonly (string | number)[]) => ({ at: locate(file, path) })
    if (concernsNobody(advisory)) {
      yield finding("R73", name, `advisory ${name} concerns nobody`, {
        ...at("name"),
        hint: "say whom by select, drivers or serials",
      })
    }
    for (const [platform, range] of drivers ?? []) {
      if (!platforms.has(platform)) yield unknown(name, platform, platforms, at("drivers", platform))
      if (validRange(range) === null) yield noRange(name, range, at("drivers", platform))
    }
    for (const [index, platform] of (select.drivers ?? []).entries()) {
      if (!platforms.has(platform)) yield unknown(name, platform, platforms, at("select", "drivers", index))
    }
    if (select.versions !== undefined && validRange(select.versions) === null) {
      yield noRange(name, select.versions, at("select", "versions"))
    }
    if (serials !== undefined && numberOf(serials.from) > numberOf(serials.to)) {
      yield finding("R75", name, `advisory ${name}: its serials end before they begin`, at("serials", "to"))
    }
  }
}

function concernsNobody({ select, drivers, serials }: Advisory): boolean {
  return Object.keys(select).length === 0 && (drivers?.size ?? 0) === 0 && serials === undefined
}

function unknown(name: string, platform: string, platforms: ReadonlySet<string>, at: Pick<Finding, "at">): Finding {
  const hint = `known here: ${[...platforms].join(", ")}`
  return finding("R74", name, `advisory ${name}: the platform ${platform} is unknown`, { ...at, hint })
}

function noRange(name: string, range: string, at: Pick<Finding, "at">): Finding {
  return finding("R50", name, `advisory ${name}: ${JSON.stringify(range)} is no version range`, {
    ...at,
    hint: "npm's syntax, e.g. >=4.17.0 or ^3.25.0 || ^4.0.0",
  })
}
