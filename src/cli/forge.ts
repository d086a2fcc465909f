import { resolve } from "node:path"
import { signedApprovals } from "../adapters/approvals-signed.ts"
import { gitHistory } from "../adapters/history-git.ts"
import { directoryReleases } from "../adapters/releases-directory.ts"
import { gitStatements } from "../adapters/statements-git.ts"
import type { TrustedKey } from "../artifact/openpgp.ts"
import type { ApprovalsPolicy } from "../domain/authorization/approvals-policy.ts"
import type { ReleaseTarget } from "../domain/policies.ts"
import type { Approvals, Releases } from "../ports.ts"
import type { Io } from "./io.ts"

/** Joins what policies say of the outside to the adapter for it. Throws `token-missing`. */
export function openReleases(target: ReleaseTarget, directory: string, _io: Io): Releases {
  switch (target.kind) {
    case "directory":
      return directoryReleases(resolve(directory, target.path))
    case "github":
      throw new Error("GitHub releases are not joined yet")
  }
}

/** `keys`: of the principals. Throws `token-missing`. */
export function openApprovals(
  policy: ApprovalsPolicy,
  _target: ReleaseTarget,
  keys: readonly TrustedKey[],
  directory: string,
  io: Io,
): Approvals {
  switch (policy.evidence) {
    case "signed-approvals":
      return signedApprovals({
        policy,
        keys,
        history: gitHistory(directory),
        statements: gitStatements({ directory, env: io.env }),
        now: io.now(),
      })
    case "github-reviews":
      throw new Error("GitHub reviews are not joined yet")
  }
}
