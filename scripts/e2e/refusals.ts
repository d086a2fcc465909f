import { CHECKOUT, type GithubCompany } from "../../test/support/github-company.ts"

/** A change that got into main, and must not get further. */
export interface RefusedChange {
  readonly name: string
  merge(company: GithubCompany): Promise<void>
  /** What explains it. */
  readonly sentence: RegExp
}

const POLICY = "policies/approvals.yaml"

/** ada's pull request for yet another driver. */
async function ask(
  company: GithubCompany,
  branch: string,
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  const changed = (await company.read(CHECKOUT)).replace("drivers: [", "drivers: [csharp, ")
  await company.person("ada").push(branch, { [CHECKOUT]: changed, ...more })
  return company.person("ada").open(branch, "checkout in C#, too")
}

export const REFUSALS: readonly RefusedChange[] = [
  {
    name: "one approval is missing",
    async merge(company) {
      const number = await ask(company, "one-missing")
      company.person("bob").approve(number)
      await company.person("bob").merge(number)
    },
    sentence: /1 approval missing, carol, dave can/,
  },
  {
    name: "the approvals are stale: ada has pushed again since",
    async merge(company) {
      const number = await ask(company, "stale")
      company.person("bob").approve(number)
      company.person("carol").approve(number)
      const text = await company.read(CHECKOUT)
      await company.person("ada").push("stale", { [CHECKOUT]: text.replace("drivers: [", "drivers: [cpp, ") })
      await company.person("bob").merge(number)
    },
    sentence: /not counted +bob: It was for commit .*, which was pushed later/,
  },
  {
    name: "self-approval: bob approves what he has pushed to ada's branch",
    async merge(company) {
      const number = await ask(company, "self")
      await company.person("bob").push("self", { "README.md": "Bundles of acme, and of bob.\n" })
      company.person("bob").approve(number)
      company.person("carol").approve(number)
      await company.person("carol").merge(number)
    },
    sentence: /not counted +.*bob: /,
  },
  {
    name: "a bot approves",
    async merge(company) {
      const number = await ask(company, "bot")
      company.person("bob").approve(number)
      company.person("github-actions[bot]").approve(number)
      await company.person("bob").merge(number)
    },
    sentence: /not counted +.*github-actions\[bot\]: /,
  },
  {
    name: "the policy is weakened in the same change",
    async merge(company) {
      const policy = (await company.read(POLICY))
        .replace("revision: 1", "revision: 2")
        .replaceAll("approvers: 2", "approvers: 1")
      const number = await ask(company, "weakened", { [POLICY]: policy })
      company.person("bob").approve(number)
      await company.person("bob").merge(number)
    },
    sentence: /by revision 1 of the policy/,
  },
]
