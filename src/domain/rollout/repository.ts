import satisfiesRange from "semver/functions/satisfies.js"
import intersects from "semver/ranges/intersects.js"
import validRange from "semver/ranges/valid.js"
import type { Bundle } from "../bundle.ts"
import { type Finding, finding, type Position } from "../findings.ts"
import { formatInstant } from "../instant.ts"
import type { RolloutPolicy } from "../policies.ts"
import type { Repository } from "../repository.ts"
import { rangesFor } from "./channel.ts"

/** What cannot be meant about channels and rollouts, whatever has happened so far. */
export function* checkRollout(repository: Repository): Generator<Finding, void> {
  const { policies, bundles, locate } = repository
  yield* checkPolicy(policies.rollout, repository)
  for (const bundle of bundles.values()) {
    for (const [name, { versions }] of bundle.channels) {
      if (versions === undefined || isRange(versions)) continue
      yield unreadable(bundle.fullName, versions, locate(bundle.file, ["channels", name, "versions"]))
    }
    yield* checkRanges(bundle, repository)
  }
}

function* checkPolicy({ file, freezes, ranges, environments }: RolloutPolicy, { clusters, locate }: Repository) {
  for (const [index, { name, from, until }] of freezes.entries()) {
    if (from < until) continue
    yield finding(
      "R68",
      name,
      `the freeze ${name} ends ${formatInstant(until)}, expected after ${formatInstant(from)}`,
      { at: locate(file, ["freezes", index, "until"]) },
    )
  }
  for (const [index, { application, versions }] of ranges.entries()) {
    if (isRange(versions)) continue
    yield unreadable(application, versions, locate(file, ["ranges", index, "versions"]))
  }
  if (environments.length === 0) return
  for (const { name, file: at, environment } of clusters.values()) {
    if (environments.includes(environment)) continue
    yield finding("R69", name, `${name} is in ${environment}, expected one of ${environments.join(", ")}`, {
      at: locate(at, ["environment"]),
    })
  }
}

/** Ranges that exclude each other, and holds outside them. */
function* checkRanges(bundle: Bundle, { policies, clusters, locate }: Repository) {
  const { fullName, file, application, cluster } = bundle
  const environment = clusters.get(cluster)?.environment ?? ""
  const shared = rangesFor(policies.rollout, application, environment).filter(isRange)
  for (const [name, { versions, pin }] of bundle.channels) {
    const ranges = versions === undefined || !isRange(versions) ? shared : [versions, ...shared]
    const conflict = ranges
      .flatMap((a, index) => ranges.slice(index + 1).map(b => [a, b] as const))
      .find(([a, b]) => !intersects(a, b))
    if (conflict !== undefined) {
      const [a, b] = conflict
      yield finding("R66", fullName, `${fullName} ${name}: no version is in ${show(a)} and in ${show(b)}`, {
        at: locate(file, ["channels", name, "versions"]),
        hint: `${policies.rollout.file} has the ranges of ${application} in ${environment}`,
      })
    }
    const outside = pin && ranges.find(range => !satisfiesRange(pin.version, range))
    if (pin === undefined || outside === undefined) continue
    yield finding("R67", fullName, `${fullName} ${name} is held at ${pin.version}, which is not in ${show(outside)}`, {
      at: locate(file, ["channels", name, "pin"]),
    })
  }
}

function unreadable(subject: string, range: string, at: Position): Finding {
  return finding("R50", subject, `${subject}: ${show(range)} is no version range`, {
    at,
    hint: "npm syntax, e.g. <2.0.0",
  })
}

function isRange(range: string): boolean {
  return validRange(range) !== null
}

const show = JSON.stringify
