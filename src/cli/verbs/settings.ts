import { join } from "node:path"
import { Argument, type Command, Option } from "commander"
import { CODEOWNERS_FILE, renderCodeowners } from "../../render/codeowners.ts"
import { resultJson } from "../../render/result.ts"
import { RULESETS, type RulesetName, renderRuleset } from "../../render/ruleset.ts"
import { renderSettingsJson, renderSettingsText } from "../../render/settings.ts"
import { instantOf, type RepositoryOptions, repositoryVerb, styleOf, verb } from "../command.ts"
import { EXIT } from "../exit-codes.ts"
import { readNamedText } from "../files.ts"
import type { Invocation } from "../invocation.ts"
import { openWorld } from "../world.ts"

export function settingsVerb(invocation: Invocation): Command {
  return verb("settings", "what GitHub has to be set up like for policies/approvals.yaml, and whether it is", [
    "scb settings codeowners > .github/CODEOWNERS",
    "scb settings ruleset | gh api --method POST repos/OWNER/NAME/rulesets --input -",
    "scb settings check",
  ])
    .addCommand(codeownersVerb(invocation))
    .addCommand(rulesetVerb(invocation))
    .addCommand(checkVerb(invocation))
}

interface CodeownersOptions extends RepositoryOptions {
  readonly check?: true
}

function codeownersVerb(invocation: Invocation): Command {
  return repositoryVerb("codeowners", "print whom GitHub is to ask for reviews", [
    "scb settings codeowners > .github/CODEOWNERS",
    "scb settings codeowners --check   # whether that file is still what the policy says",
  ])
    .addOption(new Option("--check", `exit 1 when ${CODEOWNERS_FILE} says something else`))
    .action(async (options: CodeownersOptions) => {
      const { io } = invocation
      const { readOwnPolicy } = await import("../../app/settings.ts")
      const { policy, source } = await readOwnPolicy(await openWorld(options, io))
      const { text, unnamed } = renderCodeowners(policy, source.repository)
      for (const name of unnamed) {
        io.stderr(`note: GitHub does not ask ${name}: add a login or a team to policies/people.yaml\n`)
      }
      if (options.check !== true) {
        return io.stdout(options.format === "json" ? resultJson("Codeowners", { text, unnamed }) : text)
      }
      const isCurrent = (await readNamedText(join(options.repo, CODEOWNERS_FILE), io)) === text
      if (!isCurrent) invocation.exitCode = EXIT.findings
      const sentence = isCurrent ? "is what the policy says" : "is not what the policy says: scb settings codeowners"
      io.stdout(
        options.format === "json" ? resultJson("Codeowners", { isCurrent }) : `${CODEOWNERS_FILE} ${sentence}\n`,
      )
    })
}

interface AloneOptions extends RepositoryOptions {
  readonly alone?: true
}

const aloneOption = () =>
  new Option(
    "--alone",
    "the rules by which GitHub asks for no approval, so that one person can merge what only takes away",
  )

function rulesetVerb(invocation: Invocation): Command {
  return repositoryVerb(
    "ruleset",
    "print a ruleset as GitHub takes it",
    [
      "scb settings ruleset | gh api --method POST repos/OWNER/NAME/rulesets --input -",
      "scb settings ruleset tags | gh api --method POST repos/OWNER/NAME/rulesets --input -",
      "scb settings ruleset records | gh api --method POST repos/OWNER/NAME/rulesets --input -",
    ],
    ["json"],
  )
    .addArgument(
      new Argument("[ruleset]", "of the branch that people change, of release tags, or of ledger and catalog")
        .choices(RULESETS)
        .default("branch"),
    )
    .addOption(aloneOption())
    .action(async (name: RulesetName, options: AloneOptions) => {
      const { io } = invocation
      const { readOwnPolicy } = await import("../../app/settings.ts")
      const { policy, source } = await readOwnPolicy(await openWorld(options, io))
      const { releases } = source.repository.policies.distribution
      io.stdout(renderRuleset(name, policy, releases, { alone: options.alone === true }))
    })
}

function checkVerb(invocation: Invocation): Command {
  return repositoryVerb("check", "compare how GitHub is set up with what the policy needs; changes nothing", [
    "scb settings check                 # holds, broken, or unknown to this token",
    "scb settings check --format json | jq -r '.rules[] | select(.state != \"holds\")'",
  ])
    .addOption(aloneOption())
    .addHelpText(
      "after",
      "\nExit 1 when something is broken. What only administrators may read is unknown to other tokens, and neither.",
    )
    .action(async (options: AloneOptions) => {
      const { io } = invocation
      const [{ checkSettings, readOwnPolicy }, { githubAccess }, { openForge }] = await Promise.all([
        import("../../app/settings.ts"),
        import("../../adapters/github/access.ts"),
        import("../forge.ts"),
      ])
      const world = await openWorld(options, io)
      const own = await readOwnPolicy(world)
      const { releases } = own.source.repository.policies.distribution
      const forge = await openForge(releases, await githubAccess(io.env), instantOf(options, io))
      const rules = await checkSettings(world, own, forge, { alone: options.alone === true })
      if (rules.some(({ state }) => state === "broken")) invocation.exitCode = EXIT.findings
      io.stdout(options.format === "json" ? renderSettingsJson(rules) : renderSettingsText(rules, styleOf(io)))
    })
}
