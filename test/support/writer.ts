/** A child process that writes to releases or a ledger, for tests that kill it, starve it or run many at once. */
import "./kill-at.ts"
import { gitLedger } from "../../src/adapters/git-ledger.ts"
import { directoryReleases } from "../../src/adapters/releases-directory.ts"
import { ScbError } from "../../src/domain/errors.ts"
import { append, publishEverything, writeTransactions } from "./writing.ts"

const [verb, directory = "", label = "", count = "1"] = process.argv.slice(2)
const author = { name: "scb", email: "scb@localhost" }

try {
  switch (verb) {
    case "publish":
      await publishEverything(directoryReleases(directory), Number(label))
      break
    case "transact":
      await writeTransactions(gitLedger({ directory, author }))
      break
    case "append":
      for (let at = 0; at < Number(count); at++)
        await append(gitLedger({ directory, author, patienceMillis: 60_000 }), `bundles/${label}/b${at}.yaml`)
      break
    default:
      throw new Error(`unknown verb ${verb}`)
  }
} catch (cause) {
  if (!(cause instanceof ScbError)) throw cause
  process.stdout.write(cause.code)
  process.exitCode = 3
}
