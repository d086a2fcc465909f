import type { Client } from "../../domain/clients.ts"
import type { Finding } from "../../domain/findings.ts"
import { EXAMPLES_FOLDER, METADATA_ENTRY, ROOT_ENTRIES, type RootEntry } from "../layout.ts"
import type { ZipProblem } from "../zip-problems.ts"
import { readZip, type ZipReadingEntry } from "../zip-read.ts"
import { except, isRootEntry, PYTHON, READERS, union } from "./readers.ts"
import { judgeZipProblem, quote, z4 } from "./zip-findings.ts"

export interface CheckedArchive {
  readonly findings: readonly Finding[]
  /**
   * Bytes of every entry that can be trusted to be what drivers see, under the name that it should have. Where a
   * finding says why an entry cannot be read, or that drivers would read different ones, the entry is not here.
   */
  readonly contents: ReadonlyMap<RootEntry, Uint8Array>
  /** Entries that are not in the archive under any name. Empty when its listing cannot be trusted. */
  readonly missing: ReadonlySet<RootEntry>
  /** `metadata.json`, where the bundle is of our own making. */
  readonly metadata: Uint8Array | undefined
}

/** Rows Z1–Z4 and Z6; who misses what is missing (Z5) depends on what kind of bundle it is. */
export function checkArchive(bytes: Uint8Array): CheckedArchive {
  const { entries, problems } = readZip(bytes)
  const stray = findStray(entries)
  const strayNames = new Set(stray.keys())
  const doubtful = new Set(problems.flatMap(doubtfulEntry))
  const contents = new Map<RootEntry, Uint8Array>()
  for (const { name, data } of entries) {
    const entry = isRootEntry(name) ? name : stray.get(name)?.entry
    if (entry !== undefined && data !== undefined && !doubtful.has(name)) contents.set(entry, data)
  }
  const named = new Set(entries.map(({ name }) => stray.get(name)?.entry ?? name))
  return {
    findings: [
      ...problems.flatMap(problem => judgeZipProblem(problem, strayNames)),
      ...judgeStray([...stray.values()]),
      ...judgeShadows(entries),
    ],
    contents,
    missing: new Set(problems.some(hidesEntries) ? [] : ROOT_ENTRIES.filter(name => !named.has(name))),
    metadata: entries.find(({ name }) => name === METADATA_ENTRY)?.data,
  }
}

/** An entry that drivers look for under another name. */
interface Stray {
  readonly name: string
  readonly entry: RootEntry
  readonly folder: string
  readonly caseDiffers: boolean
}

/** By the name in the archive. Only entries that are absent from the root are searched, and not among our own examples. */
function findStray(entries: readonly ZipReadingEntry[]): ReadonlyMap<string, Stray> {
  const names = new Set(entries.map(({ name }) => name))
  const found = new Map<RootEntry, Stray>()
  for (const name of names) {
    if (name.startsWith(`${EXAMPLES_FOLDER}/`)) continue
    const base = name.replace(/^.*[/\\]/, "")
    const entry = ROOT_ENTRIES.find(each => each.toLowerCase() === base.toLowerCase())
    if (entry === undefined || names.has(entry) || found.has(entry)) continue
    found.set(entry, { name, entry, folder: name.slice(0, name.length - base.length), caseDiffers: base !== entry })
  }
  return new Map([...found.values()].map(stray => [stray.name, stray]))
}

/** One finding for all that lies in one folder: its cause is one. */
function judgeStray(strays: readonly Stray[]): readonly Finding[] {
  const named = strays.filter(each => each.caseDiffers)
  const moved = strays.filter(each => !each.caseDiffers)
  const folders = [...new Set(moved.map(each => each.folder))]
  return [
    ...named.map(({ name, entry }) =>
      z4(name, `entry ${quote(name)} is not found by drivers: expected ${entry}`, READERS[entry]),
    ),
    ...folders.map(folder => {
      const inside = moved.filter(each => each.folder === folder)
      const entries = inside.map(each => each.entry).join(", ")
      const breaks = union(...inside.map(each => READERS[each.entry]))
      return z4(
        folder,
        `${entries} ${inside.length === 1 ? "lies" : "lie"} below ${quote(folder)}: expected at the root`,
        except(breaks, ...tolerant(folder)),
      )
    }),
  ]
}

/** C# looks at the last part of a name only, and Python's extraction drops `./`. */
function tolerant(folder: string): readonly Client[] {
  if (folder === "./") return [...PYTHON, "csharp"]
  return folder.endsWith("\\") ? [] : ["csharp"]
}

/** C# takes the first entry whose last part fits, wherever it lies (SecureConnectionBundleParser.cs). */
function judgeShadows(entries: readonly ZipReadingEntry[]): readonly Finding[] {
  const names = entries.map(({ name }) => name)
  return (["config.json", "ca.crt", "cert.pfx"] as const).flatMap(entry => {
    const first = names.find(name => name === entry || name.endsWith(`/${entry}`))
    if (first === undefined || first === entry || !names.includes(entry)) return []
    return [z4(first, `entry ${quote(first)} comes before ${entry}, and C# takes it for that`, ["csharp"])]
  })
}

/** After these the list of entries is not all that there is. */
function hidesEntries(problem: ZipProblem): boolean {
  const { kind } = problem
  return (
    kind === "not-a-zip" ||
    (kind === "truncated" && problem.entry === undefined) ||
    kind === "archive-too-large" ||
    kind === "too-many-entries" ||
    kind === "entry-count-differs" ||
    kind === "directory-malformed" ||
    kind === "zip64-contradiction" ||
    kind === "multiple-disks"
  )
}

/** The entry that drivers may see differently from us. */
function doubtfulEntry(problem: ZipProblem): readonly string[] {
  switch (problem.kind) {
    case "crc-mismatch":
    case "size-mismatch":
    case "data-corrupt":
    case "headers-differ":
    case "duplicate-name":
    case "second-name":
      return [problem.entry]
    case "overlap":
      return [problem.entry, problem.other]
    default:
      return []
  }
}
