import type { Command } from "commander"
import { ScbError } from "../../domain/errors.ts"
import type { Signer } from "../../ports.ts"
import { renderApprovalJson, renderApprovalText } from "../../render/authorization.ts"
import { pathOf, type RepositoryOptions, repositoryVerb, styleOf } from "../command.ts"
import type { Invocation } from "../invocation.ts"
import type { Io } from "../io.ts"
import { openWorld } from "../world.ts"

interface Options extends RepositoryOptions {
  readonly base: string
  readonly reject?: boolean
  readonly dryRun?: boolean
}

const APPROVAL_KEY = "env:SCB_APPROVAL_KEY"

export function approveVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "approve",
    "sign that what merging a branch brings may be acted on; run again, it does nothing",
    [
      "SCB_APPROVAL_KEY_FILE=~/keys/me.asc scb approve add-reporting",
      "scb approve add-reporting --dry-run     # what would be signed; scb approvals needs no key",
      "scb approve add-reporting --reject",
      "git push origin approvals               # afterwards",
    ],
  )
    .argument("<ref>", "the branch that is to be merged; it has to hold what the base holds")
    .option("--base <branch>", "the branch that it is merged into", "main")
    .option("--reject", "say no: while that stands, it is refused")
    .option("--dry-run", "show what would be signed, and sign nothing")
    .addHelpText("after", ENVIRONMENT)
    .action(async (ref: string, options: Options) => {
      const { io } = invocation
      const [{ approve }, { gitStatements }] = await Promise.all([
        import("../../app/approve.ts"),
        import("../../adapters/statements-git.ts"),
      ])
      const statements = gitStatements({ directory: pathOf(options.repo, io), env: io.env })
      const verdict = options.reject === true ? "rejected" : "approved"
      const mode = options.dryRun === true ? "show" : "sign"
      const request = { ref, into: options.base, verdict, mode } as const
      const outcome = await approve(await openWorld(options, io), statements, await approvalSigner(io), request)
      io.stdout(options.format === "json" ? renderApprovalJson(outcome) : renderApprovalText(outcome, styleOf(io)))
    })
}

const ENVIRONMENT = `
The statement is a file of the branch \`approvals\`; \`gpg --verify\` can check it. The working tree is not touched.

Environment:
  SCB_APPROVAL_KEY    armored OpenPGP secret key of a person in policies/people.yaml
  It may instead be given as SCB_APPROVAL_KEY_FILE=path; a passphrase goes into SCB_APPROVAL_KEY_PASSPHRASE (or …_FILE).`

async function approvalSigner({ env }: Io): Promise<Signer> {
  const [{ environmentSecrets }, { openPgpSigner }] = await Promise.all([
    import("../../adapters/secrets-environment.ts"),
    import("../../adapters/signer-openpgp.ts"),
  ])
  const secrets = environmentSecrets(env)
  const privateKeyArmored = await secrets.read(APPROVAL_KEY)
  if (privateKeyArmored === undefined) {
    throw new ScbError("key-missing", "the approval key is not set", {
      hint: "set SCB_APPROVAL_KEY, or SCB_APPROVAL_KEY_FILE to the path of the file that holds it",
    })
  }
  const passphrase = await secrets.read(`${APPROVAL_KEY}_PASSPHRASE`)
  return openPgpSigner({
    privateKeyArmored,
    subject: "the approval key",
    ...(passphrase === undefined ? {} : { passphrase }),
  })
}
