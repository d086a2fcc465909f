import type { Bundle, ChannelRule, Pin } from "../../domain/bundle.ts"
import { formatInstant, type Instant, parseInstant } from "../../domain/instant.ts"
import { type BundleName, bundleName, parseBundleName } from "../../domain/names.ts"
import { type BundleHistory, emptyHistory, findRelease, type ReleaseRecord } from "../../domain/release.ts"
import { type RolloutVersion, type RolloutVersions, rolloutVersions } from "../../domain/rollout/versions.ts"
import { isVersion } from "../../domain/versions/versions.ts"
import { textOf } from "../read-repository.ts"
import { type EditScene, type Proposal, Refusal } from "./proposal.ts"

/** The bundle that an edit is about. */
export interface Subject {
  readonly scene: EditScene
  readonly bundle: Bundle
  readonly history: BundleHistory
  /** Of its file. */
  readonly text: string
  /** What has been released of it. */
  readonly versions: RolloutVersions
}

export function subjectOf(scene: EditScene, name: string): Subject {
  const { repository, tree, ledger, moment } = scene
  const bundle = repository.bundles.get(name as BundleName)
  if (bundle === undefined) throw new Refusal(`there is no bundle ${name}`, absence(scene, name))
  const history = ledger.bundles.get(bundle.fullName) ?? emptyHistory(bundle.fullName)
  const versions = rolloutVersions({ history, ledger, moment }, undefined)
  return { scene, bundle, history, text: textOf(tree, bundle.file), versions }
}

/** `<cluster>/<bundle>@<version>`; the version is undefined where there is no `@`. */
export function parseTarget(text: string): { readonly bundle: BundleName; readonly version: string | undefined } {
  const [name = "", version, ...rest] = text.split("@")
  const parts = parseBundleName(name)
  if (parts === undefined || rest.length > 0 || (version !== undefined && !isVersion(version))) {
    throw new Refusal(`expected <cluster>/<bundle> or <cluster>/<bundle>@<version>, got ${JSON.stringify(text)}`)
  }
  return { bundle: bundleName(parts.cluster, parts.bundle), version }
}

/** The same where there must be a version. */
export function parseVersionTarget(text: string): { readonly bundle: BundleName; readonly version: string } {
  const { bundle, version } = parseTarget(text)
  if (version !== undefined) return { bundle, version }
  throw new Refusal(`expected <cluster>/<bundle>@<version>, got ${JSON.stringify(text)}`)
}

export function releaseOf({ bundle, history }: Subject, version: string): ReleaseRecord {
  const release = findRelease(history, version)
  if (release !== undefined) return release
  throw new Refusal(`${bundle.fullName} has no version ${version}`, released(history))
}

/** A version that a channel may lead to. */
export function offeredVersion(subject: Subject, version: string): RolloutVersion {
  const found = subject.versions.get(releaseOf(subject, version).version)
  if (found === undefined) throw new Error(`${version} was released and is not among the versions`)
  if (found.withheld === undefined) return found
  const good = [...subject.versions.values()].filter(each => each.withheld === undefined).map(each => each.version)
  throw new Refusal(`${subject.bundle.fullName} ${version} is ${found.withheld}: no channel leads there`, known(good))
}

export function channelOf({ bundle }: Subject, channel: string): ChannelRule {
  const rule = bundle.channels.get(channel)
  if (rule !== undefined) return rule
  throw new Refusal(`${bundle.fullName} has no channel ${channel}`, known([...bundle.channels.keys()]))
}

/** The hold of a channel, unless its end has come. */
export function holdOf(subject: Subject, channel: string): Pin | undefined {
  const { pin } = channelOf(subject, channel)
  return pin?.until !== undefined && subject.scene.moment.reached(pin.until) ? undefined : pin
}

/** Of the bundle's own file. */
export function proposal({ bundle, text }: Subject, edited: string, title: string, reason?: string): Proposal {
  const files = new Map(edited === text ? [] : [[bundle.file, edited]])
  return { title, files, ...(reason === undefined ? {} : { reason }) }
}

/** A day stays a day. */
export function instantText(option: string, text: string): { readonly at: Instant; readonly text: string } {
  const at = parseInstant(text)
  if (at === undefined) {
    throw new Refusal(`${option}: expected a day or an instant in UTC, got ${JSON.stringify(text)}`, "e.g. 2026-12-01")
  }
  return { at, text: text.length === 10 ? text : formatInstant(at) }
}

export function futureText({ moment }: EditScene, option: string, text: string): ReturnType<typeof instantText> {
  const instant = instantText(option, text)
  if (!moment.reached(instant.at)) return instant
  throw new Refusal(`${option}: expected an instant after ${formatInstant(moment.now)}, got ${text}`)
}

/** What is gone from the YAML can still be revoked. */
function absence({ repository, ledger }: EditScene, name: string): string {
  return ledger.bundles.has(name as BundleName)
    ? `its file is gone: bring it back, or cut it off with scb revoke --bundle ${name}`
    : known([...repository.bundles.keys()])
}

function released({ releases }: BundleHistory): string {
  return `released so far: ${releases.map(({ version }) => version).join(", ") || "none"}`
}

/** For a hint: some names, if there are many. */
export function known(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""
  return `known here: ${names.slice(0, MOST_NAMES).join(", ") || "none"}${more}`
}

const MOST_NAMES = 12
