import type { Command } from "commander"
import type { BundleRequest } from "../../app/edits/request.ts"
import { parseBundleName } from "../../domain/names.ts"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import { readNamedText } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"

interface Options extends EditOptions {
  readonly application?: string
  readonly owner?: string
  readonly identity?: string
  readonly role?: string
  readonly keyspace?: string
  readonly drivers?: string
  readonly recipients?: string
  readonly lifetime?: string
  readonly csr?: string
  readonly fromIssue?: string
  readonly reason?: string
}

export function requestVerb(invocation: Invocation): Command {
  return editVerb("request", "ask for a new bundle: writes its YAML, for people to approve", [
    "scb request                        # asks, on a terminal",
    "scb request payments-prod/billing --owner payments-team --role billing_rw --drivers java,python",
    "scb request payments-prod/billing --owner payments-team --role billing_rw --drivers java --csr billing.csr --commit",
    "gh issue view 12 --json body --jq .body | scb request --from-issue - --dry-run",
  ])
    .argument("[cluster/bundle]", "full name of the new bundle")
    .option("--owner <group>", "the group that answers for it")
    .option("--role <role>", "the Cassandra role that the application gets")
    .option("--drivers <names>", "platforms that will open it, with commas")
    .option("--application <name>", "groups the same application over clusters (default: the bundle's name)")
    .option("--identity <id>", "SPIFFE ID (default: in the trust domain of the cluster's other bundles)")
    .option("--keyspace <name>", "written into config.json and the examples")
    .option("--recipients <names>", "groups or principals who can open it, with commas (default: the owner)")
    .option("--lifetime <time>", "of its certificates, e.g. 90d (default: that of the renewal policy)")
    .option("--csr <file>", "PKCS#10 request in PEM: the private key then never leaves you")
    .option("--from-issue <file>", "the answers of an issue that was opened with the form; - for standard input")
    .option("--reason <text>", "what it is for: part of the commit's message")
    .action(async (name: string | undefined, options: Options) => {
      const wish = await wishOf(name, options, invocation.io)
      const { requestBundle } = await import("../../app/edits/request.ts")
      await runEdit(requestBundle(wish), options, invocation)
    })
}

async function wishOf(name: string | undefined, options: Options, io: Io): Promise<BundleRequest> {
  if (options.fromIssue !== undefined) return issueWish(options.fromIssue, io)
  const { application, identity, keyspace, recipients, lifetime, csr, reason } = options
  const certificateRequest = csr === undefined ? undefined : await readNamedText(csr, io)
  const optional = {
    application,
    identity,
    keyspace,
    recipients: recipients === undefined ? undefined : words(recipients),
    lifetime,
    reason,
  }
  return {
    ...named(await answer(name, "which bundle, as <cluster>/<bundle>?", "its name", io)),
    owner: await answer(options.owner, "which group answers for it?", "--owner", io),
    role: await answer(options.role, "which Cassandra role does it get?", "--role", io),
    drivers: words(await answer(options.drivers, "which drivers open it (with commas)?", "--drivers", io)),
    ...given({ ...optional, certificateRequest }),
  }
}

async function issueWish(file: string, io: Io): Promise<BundleRequest> {
  const [{ parseIssueRequest }, { Refusal }] = await Promise.all([
    import("../../app/edits/issue-request.ts"),
    import("../../app/edits/proposal.ts"),
  ])
  try {
    return parseIssueRequest(file === "-" ? await io.readStdin() : await readNamedText(file, io))
  } catch (error) {
    if (error instanceof Refusal) throw new UsageError(error.message)
    throw error
  }
}

/** What was not given is asked for, where somebody is there to answer. */
async function answer(value: string | undefined, question: string, missing: string, io: Io): Promise<string> {
  const text = value ?? (await io.ask(question))
  if (text !== undefined && text !== "") return text
  throw new UsageError(`expected ${missing}`, { hint: "scb request --help shows examples; on a terminal it asks" })
}

function named(text: string): Pick<BundleRequest, "cluster" | "name"> {
  const name = parseBundleName(text)
  if (name === undefined) throw new UsageError(`expected <cluster>/<bundle>, got ${JSON.stringify(text)}`)
  return { cluster: name.cluster, name: name.bundle }
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(word => word !== "")
}

/** Without the members that have no value. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
