/** Where a program and the verdict on its client may differ, and why. */
export interface CorpusException {
  /** As {@link CorpusRecord.programs} calls it, or its beginning. */
  readonly program: string
  readonly cases: readonly string[]
  /** Ends the sentence "they differ, because …". */
  readonly why: string
}

export const CORPUS_EXCEPTIONS: readonly CorpusException[] = [
  {
    program: "python",
    cases: ["bundle-z4-key-beside-key"],
    why: "one file overwrites the other where case does not count, as on Windows and macOS, and not here",
  },
  {
    program: "cpp",
    cases: ["bundle-z4-two-config-json", "bundle-z4-two-key"],
    why: "of two entries with one name C++ reads the first, which is the good one here; which one is good cannot be known",
  },
  {
    program: "cpp",
    cases: ["metadata-tls-sha-1", "cql-tls-sha-1", "bundle-k8-a-leaf-signed-with-sha-1"],
    why: "the wheel brings an OpenSSL older than 3 along",
  },
  {
    program: "cpp",
    cases: ["metadata-7-kb"],
    why: "the stand-in hangs at an answer of 7.5 KB, the driver itself takes up to 8",
  },
  {
    program: "cpp 2.16.2+acsylla.1.0.0",
    cases: ["second-root-first", "cql-tls-second-root", "bundle-k1-ca-crt-with-the-root-second"],
    why: "this branch reads the first certificate of ca.crt alone, the driver all of them",
  },
  {
    program: "cpp 2.16.2+acsylla.1.2.0",
    cases: [
      "metadata-tls-1-3-only",
      "cql-tls-1-3-only",
      "cassandra-1-3-only",
      "metadata-tls-may-not-sign",
      "cql-tls-may-not-sign",
    ],
    why: "this branch speaks TLS 1.3, the driver 1.2 at most",
  },
  {
    program: "java",
    cases: ["cassandra-cert-with-an-issuer-of-the-right-name-and-another-key"],
    why: "one run saw Java refused by Cassandra, another let in",
  },
]

/** What is now so, now otherwise, and why; measured and recorded, but not compared with the record. */
export const UNSTEADY: Readonly<Record<string, string>> = {
  "cql-host-id-other": "the session has one node or two, as the driver happens to ask",
  "cassandra-cert-with-an-issuer-of-the-right-name-and-another-key": "Java gets in at times, and others do not",
}

export function isExcepted(program: string, id: string): boolean {
  return CORPUS_EXCEPTIONS.some(each => program.startsWith(each.program) && each.cases.includes(id))
}
