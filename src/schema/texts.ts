import { NAME_PATTERN } from "../domain/names.ts"

/** A form of text: what it must look like, and how to say so to a person. */
export interface Text {
  readonly pattern: string
  /** Completes "expected …". */
  readonly expected: string
  /** The value is not repeated in messages: somebody may have pasted the secret itself. */
  readonly secret?: boolean
}

const PATH_PART = "(?!\\.\\.?(?:/|$))[A-Za-z0-9._-]+"

/** One line without control characters, odd spaces or a space at its ends. */
function visible(maximum: number): string {
  return `^(?! )(?:[^\\p{C}\\p{Z}]| ){1,${maximum}}(?<! )$`
}

export const TEXTS = {
  name: { pattern: NAME_PATTERN, expected: "a name: lower-case letters, digits and inner hyphens, at most 63" },
  bundleName: {
    pattern: `${NAME_PATTERN.slice(0, -1)}/${NAME_PATTERN.slice(1)}`,
    expected: "<cluster>/<bundle>",
  },
  version: {
    pattern: "^(?:0|[1-9]\\d{0,8})\\.(?:0|[1-9]\\d{0,8})\\.(?:0|[1-9]\\d{0,8})$",
    expected: "a version of three numbers such as 1.4.2",
  },
  duration: { pattern: "^[1-9]\\d{0,5}[smhd]$", expected: "a length of time such as 90d, 36h, 5m or 30s" },
  instant: {
    pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$",
    expected: "an instant in UTC such as 2026-11-22T10:00:00Z",
  },
  instantOrDay: {
    pattern: "^\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}:\\d{2}Z)?$",
    expected: "a day or an instant in UTC such as 2026-11-22 or 2026-11-22T10:00:00Z",
  },
  sha256: { pattern: "^[0-9a-f]{64}$", expected: "a SHA-256: 64 lower-case hexadecimal digits" },
  fingerprint: {
    pattern: "^[0-9A-F]{40}$",
    expected: "a full OpenPGP fingerprint: 40 upper-case hexadecimal digits without spaces",
  },
  commit: { pattern: "^(?:[0-9a-f]{40}|[0-9a-f]{64})$", expected: "a git commit id" },
  serial: {
    pattern: "^(?:[0-9a-f]{2}){1,20}$",
    expected: "a certificate serial: whole bytes in lower-case hexadecimal",
  },
  uuid: {
    pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    expected: "a lower-case UUID such as aaaaaaaa-0000-4000-8000-000000000001",
  },
  address: {
    pattern: "^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:.]+\\]):[1-9]\\d{0,4}$",
    expected: "address:port such as 10.0.0.1:9042 or [fd00::1]:9042",
  },
  host: { pattern: "^\\S{1,253}$", expected: "a DNS name such as cass.example.com" },
  path: {
    pattern: `^${PATH_PART}(?:/${PATH_PART})*$`,
    expected: "a relative path with forward slashes, without `..`, such as ca/root.crt",
  },
  fileName: { pattern: `^${PATH_PART}(?:/${PATH_PART})*$`, expected: "the name of a file" },
  githubRepository: {
    pattern: "^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}$",
    expected: "owner/name of a GitHub repository",
  },
  httpsOrigin: {
    pattern: "^https://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[1-9]\\d{0,4})?$",
    expected: "https:// and a host, such as https://github.example.com",
  },
  place: { pattern: visible(1024), expected: "the path of a directory" },
  secretReference: {
    pattern: "^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:(?:/|~/).+)$",
    expected: "env:NAME, file:/absolute/path or file:~/path (where to find the key, never the key itself)",
    secret: true,
  },
  word: {
    pattern: "^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9])?$",
    expected: "a word of letters, digits, `_`, `.` and `-`",
  },
  identifier: { pattern: "^[A-Za-z][A-Za-z0-9_]{0,127}$", expected: "letters, digits and `_`, a letter first" },
  keyspace: {
    // drivers and cqlsh disagree whether they quote it, and CQL folds what is not quoted to lower case
    pattern: "^[a-z][a-z0-9_]{0,47}$",
    expected: "a keyspace: lower-case letters, digits and `_`, a letter first, at most 48",
  },
  identity: { pattern: "^spiffe://", expected: "a SPIFFE ID such as spiffe://example.com/payments/checkout" },
  range: { pattern: visible(128), expected: "an npm version range such as >=4.17.0" },
  prose: { pattern: visible(4096), expected: "one line of text, at most 4096 characters" },
  role: {
    pattern: "^[A-Za-z0-9](?:[A-Za-z0-9_.@-]{0,126}[A-Za-z0-9_])?$",
    expected: "a Cassandra role: letters, digits and `_.@-`",
  },
  channel: {
    pattern: NAME_PATTERN,
    expected: "the name of a channel: lower-case letters, digits and inner hyphens, at most 63",
  },
  glob: {
    pattern: "^[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?/[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?$",
    expected: "<cluster>/<bundle>, with * for any run of characters, such as payments-*/checkout",
  },
  nameGlob: {
    pattern: "^[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?$",
    expected: "a name, with * for any run of characters, such as payments-*",
  },
  pathGlob: {
    pattern: "^(?!\\.\\.?(?:/|$))[A-Za-z0-9._*-]+(?:/(?!\\.\\.?(?:/|$))[A-Za-z0-9._*-]+)*$",
    expected: "a path of the repository, with * within a folder and ** over folders, such as bundles/*-prod/**",
  },
  branch: {
    pattern: "^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$",
    expected: "the name of a branch such as main",
  },
  githubLogin: {
    pattern: "^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$",
    expected: "a GitHub login: letters, digits and hyphens, at most 39",
  },
  githubTeam: {
    pattern: "^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?$",
    expected: "organisation/team of GitHub",
  },
  member: {
    pattern: "^(?:layout|(?:cluster|bundle)(?:\\.[A-Za-z][A-Za-z0-9-]*)*)$",
    expected: "a member of the release input such as cluster.host or bundle.recipients",
  },
  line: { pattern: visible(512), expected: "one line of text, at most 512 characters" },
} satisfies Record<string, Text>
