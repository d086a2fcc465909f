import { ScbError } from "../domain/errors.ts"

export function branchExists(branch: string): ScbError {
  return new ScbError("already-exists", `there is a branch ${branch} already, with something else in it`, {
    hint: "name another with --branch, or remove that one: git branch -D",
  })
}
