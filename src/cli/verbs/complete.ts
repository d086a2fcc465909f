import type { Command } from "commander"
import { ScbError } from "../../domain/errors.ts"
import { renderCompletionJson, renderCompletionText } from "../../render/completion.ts"
import { formatOption, pathOf, type ResultFormat, styleOf, verb } from "../command.ts"
import { readNamedFile } from "../files.ts"
import type { Invocation } from "../invocation.ts"
import { readOwnerKey } from "../owner-key.ts"

interface Options {
  readonly key?: string
  readonly out?: string
  readonly format: ResultFormat
}

export function completeVerb(invocation: Invocation): Command {
  return verb("complete", "add the owner's private key to a csr bundle that was published without it", [
    "scb complete secure-connect-reporting-payments-prod.zip --key mine.pem",
    "scb complete decrypted.zip --key mine.pem --out /run/secrets/scb.zip",
    "SCB_PRIVATE_KEY_FILE=mine.pem scb complete decrypted.zip",
  ])
    .argument("<file>", "the bundle as gpg decrypted it: a ZIP")
    .option("--key <file>", "your private key, PEM (default: SCB_PRIVATE_KEY or SCB_PRIVATE_KEY_FILE)")
    .option("--out <file>", "where the complete bundle goes, mode 0600 (default: in the place of the other)")
    .addOption(formatOption())
    .addHelpText("after", "\nPassphrase: SCB_PRIVATE_KEY_PASSPHRASE or SCB_PRIVATE_KEY_PASSPHRASE_FILE")
    .action(async (file: string, options: Options) => {
      const [{ completeBundle }, { environmentSecrets }, { writeFileAtomically }] = await Promise.all([
        import("../../artifact/complete.ts"),
        import("../../adapters/secrets-environment.ts"),
        import("../../adapters/atomic-files.ts"),
      ])
      const { io } = invocation
      const published = await readNamedFile(file, io)
      const key = await readOwnerKey(options.key, environmentSecrets(io.env), io)
      if (key === undefined) {
        throw new ScbError("key-missing", "no private key to complete the bundle with", {
          hint: "name it with --key FILE, or set SCB_PRIVATE_KEY_FILE",
        })
      }
      const zip = completeBundle(published, key.pem, key.passphrase)
      const path = pathOf(options.out ?? file, io)
      await writeFileAtomically(path, zip, 0o600)
      const completion = { path, added: zip !== published }
      io.stdout(
        options.format === "json" ? renderCompletionJson(completion) : renderCompletionText(completion, styleOf(io)),
      )
    })
}
