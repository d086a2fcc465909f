import { CLIENTS, type Client } from "../../domain/clients.ts"
import { type Finding, finding, type Severity } from "../../domain/findings.ts"
import { EXAMPLES_FOLDER, METADATA_ENTRY, ROOT_ENTRIES, type RootEntry } from "../layout.ts"
import { printable } from "../printable.ts"
import type { ZipProblem } from "../zip-problems.ts"
import { readZip, type ZipReadingEntry } from "../zip-read.ts"
import { except, isRootEntry, JAVA, PYTHON, READERS, UNPACK_ALL, union } from "./readers.ts"

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
  const doubtful = new Set(problems.flatMap(doubtfulEntry))
  const contents = new Map<RootEntry, Uint8Array>()
  for (const { name, data } of entries) {
    const entry = isRootEntry(name) ? name : stray.get(name)?.entry
    if (entry !== undefined && data !== undefined && !doubtful.has(name)) contents.set(entry, data)
  }
  const named = new Set(entries.map(({ name }) => stray.get(name)?.entry ?? name))
  return {
    findings: [
      ...problems.flatMap(problem => judge(problem, stray)),
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

/** One problem of the archive in the words of the rows. What is a problem for no driver and nobody's safety gives none. */
function judge(problem: ZipProblem, stray: ReadonlyMap<string, Stray>): readonly Finding[] {
  switch (problem.kind) {
    case "not-a-zip":
      return [z1("archive", "the file is not a ZIP", CLIENTS)]
    case "truncated":
      return problem.entry === undefined
        ? [z1("archive", "the ZIP is cut off: its directory is missing", CLIENTS)]
        : [z1(problem.entry, `entry ${quote(problem.entry)} is cut off`, unpackers(problem.entry))]
    case "entry-count-differs":
      return [
        z1("archive", `the ZIP lists ${problem.found} entries: expected the ${problem.claimed} it claims`, CLIENTS),
      ]
    case "directory-malformed":
    case "zip64-contradiction":
      return [z1("archive", `the directory of the ZIP is malformed: ${problem.detail}`, CLIENTS)]
    case "multiple-disks":
      return [z1("archive", "the ZIP is one part of several: expected a whole one", CLIENTS)]
    case "local-header-missing":
      return [z1(problem.entry, `entry ${quote(problem.entry)} is listed but not there`, unpackers(problem.entry))]
    case "encrypted":
      return [z1(problem.entry, `entry ${quote(problem.entry)} is encrypted`, unpackers(problem.entry))]
    case "method-unsupported": {
      const { entry, method } = problem
      const breaks = PYTHON_METHODS.includes(method) ? except(unpackers(entry), ...PYTHON) : unpackers(entry)
      return [z1(entry, `entry ${quote(entry)} has method ${method}: expected 0 (stored) or 8 (deflated)`, breaks)]
    }
    case "crc-mismatch":
      return [z1(problem.entry, `entry ${quote(problem.entry)} does not match its CRC`, unpackers(problem.entry))]
    case "data-corrupt":
      return [z1(problem.entry, `entry ${quote(problem.entry)} cannot be inflated`, unpackers(problem.entry))]
    case "size-mismatch": {
      const { entry, claimed, found } = problem
      return [
        z1(entry, `entry ${quote(entry)} has ${found} bytes: expected the ${claimed} it claims`, unpackers(entry)),
      ]
    }
    case "headers-differ": {
      const { entry, field } = problem
      const breaks = field === "name" ? union(JAVA, PYTHON) : JAVA
      return [z1(entry, `entry ${quote(entry)} has two headers that differ in ${field}`, breaks)]
    }
    case "overlap":
      return [z1(problem.entry, `entries ${quote(problem.entry)} and ${quote(problem.other)} overlap`, CLIENTS)]
    case "unlisted-bytes":
      return [z1("archive", `${problem.size} bytes at ${problem.offset} belong to no entry`, JAVA)]
    case "trailing-bytes":
      return [z1("archive", `${problem.size} bytes follow the end of the ZIP: another one may hide there`, [])]
    case "comment":
      return [z1("archive", `the ZIP has a comment of ${problem.size} bytes: expected none`, [], "warning")]
    case "stored-with-descriptor":
      return [
        finding("Z2", printable(problem.entry, 100), `entry ${quote(problem.entry)} is stored with a data descriptor`, {
          breaks: JAVA,
        }),
      ]
    case "leading-bytes":
      return [
        finding("Z3", "archive", `${problem.size} bytes stand before the first entry: expected none`, {
          breaks: union(JAVA, ["nodejs"]),
        }),
      ]
    case "duplicate-name":
      return [z4(problem.entry, `entry ${quote(problem.entry)} is there more than once`, readers(problem.entry))]
    case "second-name":
      return [z4(problem.entry, `entry ${quote(problem.entry)} has a second name`, readers(problem.entry))]
    case "case-collision": {
      const { entry, other } = problem
      return [z4(entry, `entries ${quote(entry)} and ${quote(other)} are one file where case does not count`, PYTHON)]
    }
    case "unsafe-name":
      if (stray.has(problem.entry)) return []
      return [z4(problem.entry, `entry ${quote(problem.entry)} has an unsafe name: ${problem.reason}`, [])]
    case "special-file":
      return [z4(problem.entry, `entry ${quote(problem.entry)} is a link or device: expected a file`, [])]
    case "directory-entry":
      return []
    case "archive-too-large":
      return [z6("archive", `the file has ${problem.size} bytes: expected at most ${problem.maximum}`, "error")]
    case "too-many-entries":
      return [z6("archive", `the ZIP has ${problem.count} entries: expected at most ${problem.maximum}`, "error")]
    case "total-too-large":
      return [z6("archive", `the entries have more than ${problem.maximum} bytes together`, "error")]
    case "entry-too-large": {
      const { entry, size, maximum } = problem
      return [
        z6(entry, `entry ${quote(entry)} has ${size} bytes: expected at most ${maximum}`, unreadSeverity(entry, stray)),
      ]
    }
    case "ratio-too-high": {
      const { entry, ratio, maximum } = problem
      return [
        z6(
          entry,
          `entry ${quote(entry)} grows ${ratio} times: expected at most ${maximum}`,
          unreadSeverity(entry, stray),
        ),
      ]
    }
  }
}

/** bzip2 and LZMA, which Python's zipfile inflates. */
const PYTHON_METHODS: readonly number[] = [12, 14]

/** An entry that a driver needs and that we did not read has not been checked: that is no mere advice. */
function unreadSeverity(name: string, stray: ReadonlyMap<string, Stray>): Severity {
  return isRootEntry(name) || stray.has(name) ? "error" : "warning"
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

function readers(name: string): readonly Client[] {
  return isRootEntry(name) ? READERS[name] : []
}

/** Those that read an entry, and those that stumble over it while they unpack all. */
function unpackers(name: string): readonly Client[] {
  return union(UNPACK_ALL, readers(name))
}

function z1(subject: string, message: string, breaks: readonly Client[], severity: Severity = "error"): Finding {
  return finding("Z1", printable(subject, 100), message, { breaks, severity })
}

function z4(subject: string, message: string, breaks: readonly Client[]): Finding {
  return finding("Z4", printable(subject, 100), message, { breaks })
}

function z6(subject: string, message: string, severity: Severity): Finding {
  return finding("Z6", printable(subject, 100), message, { breaks: PYTHON, severity })
}

/** A name as the archive spells it can hold anything, and ends on terminals. */
function quote(name: string): string {
  return `"${printable(name, 100)}"`
}
