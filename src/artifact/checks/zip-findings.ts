import { CLIENTS, type Client } from "../../domain/clients.ts"
import { type Finding, finding, type Severity } from "../../domain/findings.ts"
import type { BundleCause } from "../../domain/rules/bundle-rules.ts"
import { printable } from "../printable.ts"
import type { ZipProblem } from "../zip-problems.ts"
import { except, GO, isRootEntry, JAVA, PYTHON, READERS, UNPACK_ALL, union } from "./readers.ts"

/**
 * One problem of the archive in the words of the rows. What is a problem for no driver and nobody's safety gives none.
 * `strayNames`: entries whose names are judged by where they lie.
 */
export function judgeZipProblem(problem: ZipProblem, strayNames: ReadonlySet<string>): readonly Finding[] {
  switch (problem.kind) {
    case "not-a-zip":
      return [z1("archive", "the file is not a ZIP", CLIENTS)]
    case "truncated":
      return problem.entry === undefined
        ? [z1("archive", "the ZIP is cut off: its end is missing", withoutEnd(problem.left))]
        : [z1(problem.entry, `entry ${quote(problem.entry)} is cut off`, unpackers(problem.entry))]
    case "entry-count-differs":
      return [
        z1("archive", `the ZIP lists ${problem.found} entries: expected the ${problem.claimed} it claims`, COUNTING),
      ]
    case "directory-malformed":
    case "zip64-contradiction":
      return [z1("archive", `the directory of the ZIP is malformed: ${problem.detail}`, CLIENTS)]
    case "multiple-disks":
      return [z1("archive", "the ZIP is one part of several: expected a whole one", ["csharp", "cpp"])]
    case "local-header-missing":
      return [z1(problem.entry, `entry ${quote(problem.entry)} is listed but not there`, unpackers(problem.entry))]
    case "encrypted":
      return [
        {
          ...z1(problem.entry, `entry ${quote(problem.entry)} is encrypted`, unpackers(problem.entry)),
          cause: "zip-encrypted" satisfies BundleCause,
          ...unreadByOldNode(problem.entry),
        },
      ]
    case "method-unsupported": {
      const { entry, method } = problem
      const breaks = PYTHON_METHODS.includes(method) ? except(unpackers(entry), ...PYTHON) : unpackers(entry)
      const message = `entry ${quote(entry)} has method ${method}: expected 0 (stored) or 8 (deflated)`
      return [{ ...z1(entry, message, breaks), cause: "zip-method" satisfies BundleCause }]
    }
    case "crc-mismatch":
      return [
        {
          ...z1(problem.entry, `entry ${quote(problem.entry)} does not match its CRC`, unpackers(problem.entry)),
          cause: "zip-crc" satisfies BundleCause,
        },
      ]
    case "data-corrupt":
      return [z1(problem.entry, `entry ${quote(problem.entry)} cannot be inflated`, unpackers(problem.entry))]
    case "size-mismatch": {
      const { entry, claimed, found } = problem
      const breaks = union(JAVA, except(readers(entry), ...PYTHON, "cpp"))
      const message = `entry ${quote(entry)} has ${found} bytes: expected the ${claimed} it claims`
      return [{ ...z1(entry, message, breaks), ...versions(breaks, "<4.6.3") }]
    }
    case "headers-differ": {
      const { entry, field } = problem
      // Java streams, and goes by the name in front of the data; whose entry has another name there is not found.
      const breaks = field === "name" ? union(PYTHON, both(JAVA, readers(entry))) : JAVA
      return [z1(entry, `entry ${quote(entry)} has two headers that differ in ${field}`, breaks)]
    }
    case "overlap":
      return [z1(problem.entry, `entries ${quote(problem.entry)} and ${quote(problem.other)} overlap`, PYTHON)]
    case "unlisted-bytes": {
      const { size, offset, entry } = problem
      // Java's stream ends at what is no entry, and takes one that is.
      const breaks = entry === undefined ? JAVA : both(JAVA, readers(entry))
      return [z1("archive", `${size} bytes at ${offset} belong to no entry of the directory`, breaks)]
    }
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
      return [
        {
          ...z4(
            problem.entry,
            `entry ${quote(problem.entry)} is there more than once`,
            union(["nodejs"], readers(problem.entry)),
          ),
          ...unreadByOldNode(problem.entry),
        },
      ]
    case "second-name":
      return [z4(problem.entry, `entry ${quote(problem.entry)} has a second name`, [])]
    case "case-collision": {
      const { entry, other } = problem
      return [z4(entry, `entries ${quote(entry)} and ${quote(other)} are one file where case does not count`, PYTHON)]
    }
    case "unsafe-name":
      if (strayNames.has(problem.entry)) return []
      return [z4(problem.entry, `entry ${quote(problem.entry)} has an unsafe name: ${problem.reason}`, [])]
    case "special-file":
      return [z4(problem.entry, `entry ${quote(problem.entry)} is a link or device: expected a file`, [])]
    case "directory-entry":
      return []
    case "archive-too-large":
      return [unread("archive", `the file has ${problem.size} bytes: expected at most ${problem.maximum}`)]
    case "too-many-entries":
      return [unread("archive", `the ZIP has ${problem.count} entries: expected at most ${problem.maximum}`)]
    case "total-too-large":
      return [unread("archive", `the entries have more than ${problem.maximum} bytes together`)]
    case "entry-too-large": {
      const { entry, size, maximum } = problem
      return [oversized(entry, `has ${size} bytes: expected at most ${maximum}`, strayNames)]
    }
    case "ratio-too-high": {
      const { entry, ratio, maximum } = problem
      return [oversized(entry, `grows ${ratio} times: expected at most ${maximum}`, strayNames)]
    }
  }
}

/** Those that hold the number of entries against what they find; the others take what is there. */
const COUNTING: readonly Client[] = union(["nodejs", "csharp"], GO)

/** Java reads from the beginning as long as its entries are whole; C++ bears an end record without its last bytes. */
function withoutEnd(left: "entries" | "directory" | "end" | undefined): readonly Client[] {
  if (left === "end") return except(CLIENTS, ...JAVA, "cpp")
  return left === "directory" ? except(CLIENTS, ...JAVA) : CLIENTS
}

/** Up to adm-zip 0.4 (driver 4.6.2) Node.js looked at no more than it read. */
function unreadByOldNode(entry: string): Pick<Finding, "versions"> {
  return readers(entry).includes("nodejs") ? {} : { versions: { nodejs: ">=4.6.3" } }
}

function versions(breaks: readonly Client[], nodejs: string): Pick<Finding, "versions"> {
  return breaks.includes("nodejs") ? { versions: { nodejs } } : {}
}

/** bzip2 and LZMA, which Python's zipfile inflates. */
const PYTHON_METHODS: readonly number[] = [12, 14]

function both(these: readonly Client[], those: readonly Client[]): readonly Client[] {
  return these.filter(client => those.includes(client))
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

export function z4(subject: string, message: string, breaks: readonly Client[]): Finding {
  return finding("Z4", printable(subject, 100), message, { breaks })
}

/** Z6. An entry that drivers need and that was not read is no mere advice: such files are never that large. */
function oversized(entry: string, problem: string, strayNames: ReadonlySet<string>): Finding {
  const isNeeded = isRootEntry(entry) || strayNames.has(entry)
  const severity = isNeeded ? "error" : "warning"
  return finding("Z6", printable(entry, 100), `entry ${quote(entry)} ${problem}`, { breaks: readers(entry), severity })
}

/** Z6 of a whole file that nobody here looks into. Drivers might get along with it. */
function unread(subject: string, message: string): Finding {
  return finding("Z6", subject, message, { breaks: [], severity: "error" })
}

/** A name as the archive spells it can hold anything, and ends on terminals. */
export function quote(name: string): string {
  return `"${printable(name, 100)}"`
}
