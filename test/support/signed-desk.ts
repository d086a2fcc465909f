/** The demonstration as a repository where people sign: keys of their own, a policy, commits that say who made them. */
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { signedCommit } from "../../src/adapters/git-objects.ts"
import { detachedSign, type GeneratedOpenPgpKey } from "../../src/artifact/openpgp.ts"
import { unlockPrivateKey } from "../../src/artifact/openpgp-library.ts"
import type { AuthorizationDecision } from "../../src/domain/authorization/decision.ts"
import type { CliResult } from "./cli.ts"
import { CHECKOUT, type Desk, type DeskMaker, prepareDesk } from "./desk.ts"
import { git } from "./git.ts"
import { eccKey } from "./pgp.ts"
import { START } from "./world.ts"

export const PEOPLE = ["ada", "bob", "carol"] as const
export type Person = (typeof PEOPLE)[number]

export const POLICY = `apiVersion: scb/v1
kind: Approvals
revision: 1
evidence: signed-approvals
repository: demo
branch: main
rules:
  - { name: policies, paths: ["policies/**"], require: { reviewers: 2 } }
otherwise: { reviewers: 1 }
reductions: { maximumBundles: 1, require: { reviewers: 2 } }
`

/** Adds the people and the policy to a demonstration, and commits. */
export async function withPolicy(desk: Desk, policy: string = POLICY): Promise<void> {
  const entries: string[] = []
  for (const name of PEOPLE) {
    const key = await eccKey(name)
    desk.write(`policies/keys/${name}.asc`, key.publicKeyArmored)
    entries.push(`  - name: ${name}`, `    openpgp: { fingerprint: ${key.fingerprint}, key: keys/${name}.asc }`)
  }
  const people = desk
    .read("policies/people.yaml")
    .replace("principals:\n", `principals:\n${entries.join("\n")}\n`)
    .replace("groups:\n", `groups:\n  reviewers: [${PEOPLE.join(", ")}]\n`)
  desk.write("policies/people.yaml", people)
  desk.write("policies/approvals.yaml", policy)
  desk.commit()
}

/** Commits all that was edited, signed by somebody; gives the id. `author`: what the commit says, which proves nothing. */
export async function commitAs(desk: Desk, person: string, author = person): Promise<string> {
  desk.git("add", "--all")
  desk.git("commit", "--quiet", `--author=${author} <${author}@example.com>`, "--message=edit")
  return signHead(desk, await eccKey(person))
}

export function signHead(desk: Desk, key: GeneratedOpenPgpKey): Promise<string> {
  return signCommit(desk.folder, key)
}

/** Replaces HEAD of a repository by the same commit with a signature; gives its id. */
export async function signCommit(directory: string, { privateKeyArmored }: GeneratedOpenPgpKey): Promise<string> {
  const payload = `${git(directory, "cat-file", "commit", "HEAD")}\n`
  const key = await unlockPrivateKey(privateKeyArmored, undefined, "a test key")
  const { content } = signedCommit(payload, await detachedSign(key, new TextEncoder().encode(payload), START))
  const file = join(directory, "..", "signed-commit")
  writeFileSync(file, content)
  const id = git(directory, "hash-object", "-t", "commit", "-w", file)
  rmSync(file)
  git(directory, "reset", "--quiet", "--soft", id)
  return id
}

/** Branches off, lets `edit` change files, commits that as `person`. Leaves the branch checked out. */
export async function proposeAs(desk: Desk, person: string, branch: string, edit: () => void): Promise<string> {
  desk.git("checkout", "--quiet", "-b", branch)
  edit()
  return commitAs(desk, person)
}

/** `scb approve …` by a person. */
export async function approveAs(desk: Desk, person: string, ...args: readonly string[]): Promise<CliResult> {
  const { privateKeyArmored } = await eccKey(person)
  return desk.scbWith({ SCB_APPROVAL_KEY: privateKeyArmored }, "approve", ...args)
}

/** Merges into main as a forge does, by nobody whom the policy knows; gives the id of the merge. */
export function merge(desk: Desk, branch: string): string {
  desk.git("checkout", "--quiet", "main")
  desk.git("merge", "--quiet", "--no-ff", "--message=merge", branch)
  return desk.git("rev-parse", "HEAD")
}

/** Desks whose first state was acted on: all that comes now has to be approved. */
export function signedDesks(policy?: string): Promise<DeskMaker> {
  return prepareDesk(async desk => {
    await withPolicy(desk, policy)
    await desk.apply()
  })
}

export interface Refused {
  readonly verb: string
  readonly code: number
  readonly error: string | undefined
}

/** What build and apply say; throws if one of them has written anything that others see. */
export async function refusals(desk: Desk): Promise<readonly Refused[]> {
  const head = desk.git("rev-parse", "ledger")
  const said: Refused[] = []
  for (const verb of [["build", "--out", "../refused"], ["apply"]]) {
    const { code, stdout } = await desk.scb(...verb, "--format", "json")
    said.push({ verb: verb[0] ?? "", code, error: JSON.parse(stdout).error?.code })
  }
  if (desk.git("rev-parse", "ledger") !== head) throw new Error("the ledger was written")
  return said
}

export const UNAUTHORIZED: readonly Refused[] = [
  { verb: "build", code: 1, error: "change-unauthorized" },
  { verb: "apply", code: 1, error: "change-unauthorized" },
]

/** What `scb authorize` says of a commit: its decision. */
export async function decisionOn(desk: Desk, commit = "HEAD"): Promise<AuthorizationDecision> {
  const { stdout } = await desk.scb("authorize", commit, "--format", "json")
  return JSON.parse(stdout).decisions[0]
}

/** Another keyspace for a bundle: a change that somebody has to approve. */
export function editKeyspace(desk: Desk, name: string, path: string = CHECKOUT): void {
  desk.write(path, desk.read(path).replace(/keyspace: \w+/, `keyspace: ${name}`))
}
