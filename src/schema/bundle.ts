import type { Static } from "typebox"
import {
  type Bundle,
  type ChannelName,
  type ChannelRule,
  DEFAULT_CHANNELS,
  type KeySource,
  type Rollout,
  type VersionDecision,
} from "../domain/bundle.ts"
import { bundleName } from "../domain/names.ts"
import { durationFrom } from "./durations.ts"
import type { BundleForm } from "./forms/bundle.ts"
import { beside, instantAt, report, type Written } from "./written.ts"

export type WrittenBundle = Static<typeof BundleForm>
type WrittenChannel = NonNullable<WrittenBundle["channels"]>[string]
type WrittenDecision = NonNullable<WrittenBundle["versions"]>[string]

export function bundleFrom(written: Written<WrittenBundle>, cluster: string, defaultLifetime: number): Bundle {
  const { document, value } = written
  const { name, application, owner, identity, role, keyspace, drivers, recipients, bump } = value
  const { channels, key, lifetime, versions, overrides, reissue } = value
  return {
    name,
    application,
    owner,
    identity,
    role,
    ...(keyspace === undefined ? {} : { keyspace }),
    drivers,
    recipients,
    ...(bump === undefined ? {} : { bump }),
    file: document.file,
    cluster,
    fullName: bundleName(cluster, name),
    key: keyFrom(key, document.file),
    lifetime: lifetime === undefined ? defaultLifetime : durationFrom(lifetime),
    channels: channelsFrom(written, channels ?? {}),
    versions: new Map(
      Object.entries(versions ?? {}).map(([version, each]) => [version, decisionFrom(written, version, each)]),
    ),
    overrides: (overrides ?? []).flatMap(({ until, ...override }, index) => {
      const at = instantAt(written, ["overrides", index, "until"], until)
      return at === undefined ? [] : [{ ...override, until: at }]
    }),
    ...reissueFrom(written, reissue),
  }
}

function keyFrom(key: WrittenBundle["key"], file: string): KeySource {
  switch (key.source) {
    case "generated":
      return { kind: "generated", algorithm: key.algorithm }
    case "csr":
      return { kind: "csr", request: beside(file, key.csr) }
  }
}

function reissueFrom(written: Written<unknown>, reissue: WrittenBundle["reissue"]): Pick<Bundle, "reissue"> {
  if (reissue === undefined) return {}
  const before = instantAt(written, ["reissue", "before"], reissue.before)
  return before === undefined ? {} : { reissue: { before, reason: reissue.reason } }
}

/** In the order in which they follow each other; a circle is a finding, and left out. */
function channelsFrom(
  written: Written<unknown>,
  channels: Readonly<Record<ChannelName, WrittenChannel>>,
): ReadonlyMap<ChannelName, ChannelRule> {
  const names = [...new Set([...DEFAULT_CHANNELS, ...Object.keys(channels)])]
  const rules = new Map(names.map(name => [name, ruleFrom(written, name, channels[name] ?? {})] as const))
  const ordered = new Map<ChannelName, ChannelRule>()
  for (let progress = true; progress; ) {
    progress = false
    for (const [name, rule] of rules) {
      if (ordered.has(name) || !(rule.follow === "latest" || ordered.has(rule.follow))) continue
      ordered.set(name, rule)
      progress = true
    }
  }
  for (const [name, { follow }] of rules) {
    if (ordered.has(name)) continue
    const why = rules.has(follow)
      ? `follows ${follow}, which does not begin at latest`
      : `there is no channel ${follow}`
    report(written, "R60", ["channels", name, "follow"], why)
  }
  return ordered
}

function ruleFrom(written: Written<unknown>, name: ChannelName, channel: WrittenChannel): ChannelRule {
  const { follow, after, versions, pin, reason, until, blueGreen, rollout } = channel
  const at = (key: string) => ["channels", name, key]
  if (pin !== undefined && reason === undefined) report(written, "R61", at("pin"), "a hold without a reason")
  if (pin === undefined && (reason ?? until) !== undefined) {
    report(written, "R61", at(reason === undefined ? "until" : "reason"), "belongs to a hold, and nothing is pinned")
  }
  if (rollout !== undefined && blueGreen !== undefined) {
    report(written, "R62", at("blueGreen"), "expected stages or blueGreen, got both")
  }
  const ends = until === undefined ? undefined : instantAt(written, at("until"), until)
  return {
    follow: follow ?? (name === "candidate" ? "latest" : "candidate"),
    after: after === undefined ? 0 : durationFrom(after),
    rollout: rolloutFrom(written, name, channel),
    ...(versions === undefined ? {} : { versions }),
    ...(pin === undefined
      ? {}
      : { pin: { version: pin, reason: reason ?? "", ...(ends === undefined ? {} : { until: ends }) } }),
  }
}

function rolloutFrom(written: Written<unknown>, name: ChannelName, { rollout, blueGreen }: WrittenChannel): Rollout {
  if (blueGreen !== undefined) return { kind: "blue-green", keep: durationFrom(blueGreen.keep) }
  if (rollout === undefined) return { kind: "at-once" }
  const stages = rollout.map(stage => ({
    percent: stage.percent,
    ...(stage.for === undefined ? {} : { for: durationFrom(stage.for) }),
  }))
  const rises = stages.every(({ percent }, index) => percent > (stages[index - 1]?.percent ?? 0))
  if (!rises || stages.at(-1)?.percent !== 100) {
    report(written, "R62", ["channels", name, "rollout"], "expected rising percentages, the last of them 100")
  }
  for (const [index, stage] of stages.entries()) {
    if ((stage.for === undefined) === (index === stages.length - 1)) continue
    report(written, "R62", ["channels", name, "rollout", index], "expected `for` in every stage but the last")
  }
  return { kind: "stages", stages }
}

function decisionFrom(written: Written<unknown>, version: string, decision: WrittenDecision): VersionDecision {
  const { deprecated, ...rest } = decision
  if (deprecated === undefined) return rest
  const at = (...path: readonly string[]) => ["versions", version, "deprecated", ...path]
  const from = instantAt(written, at("from"), deprecated.from)
  if (from === undefined) return rest
  const { extended, reason, replacement } = deprecated
  const until = extended && instantAt(written, at("extended", "until"), extended.until)
  return {
    ...rest,
    deprecated: {
      from,
      reason,
      replacement,
      ...(extended === undefined || until === undefined ? {} : { extended: { until, reason: extended.reason } }),
    },
  }
}
