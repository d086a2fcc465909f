import { resolve } from "node:path"
import { directoryReleases } from "../adapters/releases-directory.ts"
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

export function openApprovals(policy: ApprovalsPolicy, _target: ReleaseTarget, _directory: string, _io: Io): Approvals {
  throw new Error(`${policy.evidence} are not joined yet`)
}
