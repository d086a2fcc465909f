/**
 * What the world did wrong: a missing key, a moved ledger, a full disk. What the author of the YAML can mend is a
 * `Finding` instead, and what we did wrong is a plain `Error`.
 */
export type ErrorCode =
  // the place
  | "not-found"
  | "not-a-repository"
  | "io"
  | "disk-full"
  | "busy"
  | "invalid-repository" // the YAML has findings of severity error; they travel beside the error
  | "already-exists"
  // keys
  | "key-missing"
  | "key-unreadable"
  | "key-wrong-passphrase"
  | "key-mismatch"
  | "issuer-unusable"
  // ledger and releases
  | "ledger-moved"
  | "ledger-corrupt"
  | "release-exists"
  | "release-missing"
  | "release-incomplete"
  | "revocation-ineffective" // published, and customers are not refused
  | "stale-build"
  | "build-malformed"
  | "facts-malformed"
  | "renewal-differs" // it was to be a renewal, and is more than that
  | "quality-refused" // built, and not good enough for policies/quality.yaml
  // trust: each of these means "do not use what was fetched"
  | "clock-behind"
  | "catalog-expired"
  | "catalog-rollback"
  | "catalog-equivocation"
  | "catalog-malformed"
  | "signature-missing"
  | "signature-invalid"
  | "signer-untrusted"
  | "signer-expired"
  | "signer-revoked"
  | "version-revoked"
  | "version-ended" // end of life, or archived
  | "digest-mismatch"
  | "manifest-mismatch"
  | "manifest-malformed"
  | "payload-malformed"
  | "not-a-recipient"
  | "too-large"
  | "archive-hostile"
  | "bundle-invalid"
  | "state-malformed"
  // people and the forge
  | "change-unauthorized" // somebody has yet to approve; the decision says who
  | "foreign-run" // of a workflow: of another repository or branch
  | "history-rewritten" // main no longer leads to what was published
  | "evidence-malformed"
  | "token-missing"
  | "forge-refused" // it answers, and says no: the message says what it said
  | "forge-limited" // too many requests; the message says when to come back
  | "forge-unreachable" // no answer, or one that makes no sense; retry may help
  // gateway
  | "port-in-use"
  | "gateway-misconfigured"
  // a live server
  | "server-unreachable" // no connection, or it ended before the answer
  | "server-refused" // it answers, and says no
  | "server-malformed" // it answers in something else than what was asked for

/** `message` is lower-case, names the subject and says expected and got; `hint` says what to do. Neither holds a secret. */
export class ScbError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  constructor(code: ErrorCode, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = "ScbError"
    this.code = code
    this.hint = options.hint
  }
}
