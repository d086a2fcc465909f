import { randomBytes } from "node:crypto"
import { basename, dirname, join } from "node:path"
import type { Command } from "commander"
import type { GithubHome, NewRepository } from "../../app/init.ts"
import type { PinnedProgram } from "../../app/init-github.ts"
import { isName } from "../../domain/names.ts"
import { decodeUtf8 } from "../../domain/utf8.ts"
import { renderInitJson, renderInitText } from "../../render/init.ts"
import { formatOption, instantOf, nowOption, pathOf, type ResultFormat, styleOf, verb } from "../command.ts"
import { readNamedFile } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"

interface Options {
  readonly demo?: boolean
  readonly demoPort: string
  readonly cluster: string
  readonly bundle: string
  readonly host: string
  readonly signerKey?: string
  readonly recipientKey?: string
  readonly issuer?: string
  readonly serverRoot?: string
  readonly github?: string
  readonly repositoryId?: string
  readonly approver?: readonly string[]
  readonly scb?: string
  readonly dryRun?: boolean
  readonly format: ResultFormat
  readonly now?: string
}

export function initVerb(invocation: Invocation): Command {
  return verb("init", "make a new bundle repository: policies, a cluster, a bundle, one commit on main", [
    "scb init my-bundles",
    "scb init my-bundles --cluster payments-prod --host cass.example.com --bundle checkout",
    "scb init my-bundles --signer-key release.asc --recipient-key alice.asc --issuer clients.crt --server-root root.crt",
    "scb init . --github acme/bundles --repository-id 7654321 --approver ada=583231 --approver bob=9919 --scb acme/scb@<commit>",
    "scb init /tmp/try --demo           # with a throw-away CA and OpenPGP keys beside it",
  ])
    .argument("<dir>", "the folder to make; it must not exist or be empty, except with --github")
    .option("--demo", "two clusters, three bundles, and throw-away keys in <dir>-keys")
    .option("--demo-port <port>", "first of the eight loopback ports that the demonstration's clusters name", "29080")
    .option("--cluster <name>", "name of the first cluster", "example-prod")
    .option("--bundle <name>", "name of the first bundle", "example-app")
    .option("--host <name>", "DNS name of the cluster's gateway", "cassandra.example.com")
    .option("--signer-key <file>", "OpenPGP public key whose signature makes a release")
    .option("--recipient-key <file>", "OpenPGP public key of the first recipient")
    .option("--issuer <file>", "PEM certificate that issues client certificates, further intermediates after it")
    .option("--server-root <file>", "PEM root that the cluster's server certificates chain to")
    .option(
      "--github <owner/name>",
      "of a repository on GitHub: workflows, approvals, releases; added to what is there",
    )
    .option("--repository-id <number>", "its numeric id: gh api repos/<owner>/<name> --jq .id")
    .option("--approver <login=id...>", "people who approve changes: gh api users/<login> --jq .id")
    .option("--scb <owner/name@commit>", "the release of scb that the workflows run, pinned to a commit")
    .option("--dry-run", "list the files and write nothing")
    .addOption(formatOption())
    .addOption(nowOption())
    .action(async (dir: string, options: Options) => {
      const { io } = invocation
      const directory = pathOf(dir, io)
      const keysFolder = join(dirname(directory), `${basename(directory)}-keys`)
      const repository = await newRepository(directory, keysFolder, options, io)
      const outcome =
        options.github === undefined
          ? await make(repository, directory, keysFolder, options, io)
          : await add(repository, directory, keysFolder, options)
      io.stdout(options.format === "json" ? renderInitJson(outcome) : renderInitText(outcome, styleOf(io)))
    })
}

async function newRepository(directory: string, keysFolder: string, options: Options, io: Io): Promise<NewRepository> {
  const { demoRepository, starterRepository } = await import("../../app/init.ts")
  const name = basename(directory)
  const now = instantOf(options, io)
  if (options.demo === true) {
    const random = (length: number) => new Uint8Array(randomBytes(length))
    return demoRepository({ name, keysFolder, firstPort: portOf(options.demoPort), random, now })
  }
  for (const [option, value] of [
    ["--cluster", options.cluster],
    ["--bundle", options.bundle],
  ] as const) {
    if (!isName(value))
      throw new UsageError(`${option}: expected lower-case letters, digits and hyphens, got ${JSON.stringify(value)}`)
  }
  const [signerKey, recipientKey, issuer, serverRoot] = await Promise.all(
    [options.signerKey, options.recipientKey, options.issuer, options.serverRoot].map(file => readGiven(file, io)),
  )
  return starterRepository({
    name,
    cluster: options.cluster,
    bundle: options.bundle,
    host: options.host,
    ...(signerKey === undefined ? {} : { signerKey }),
    ...(recipientKey === undefined ? {} : { recipientKey }),
    ...(issuer === undefined ? {} : { issuer: decodeUtf8(issuer) }),
    ...(serverRoot === undefined ? {} : { serverRoot: decodeUtf8(serverRoot) }),
    ...(options.github === undefined ? {} : { github: githubOptions(options).home }),
    now,
  })
}

type Outcome = Parameters<typeof renderInitText>[0]

async function make(
  repository: NewRepository,
  directory: string,
  keysFolder: string,
  options: Options,
  io: Io,
): Promise<Outcome> {
  const { createKeysFolder, createRepository, requireEmpty } = await import("../../adapters/new-repository.ts")
  if (options.dryRun !== true) {
    await requireEmpty(directory)
    if (repository.keys.size > 0) await createKeysFolder(keysFolder, repository.keys)
    await createRepository(directory, repository.files, "Start a bundle repository", instantOf(options, io))
  }
  return {
    directory,
    keysFolder,
    files: [...repository.files.keys()].sort(),
    keys: [...repository.keys.keys()].sort(),
    next: repository.next,
    dryRun: options.dryRun === true,
  }
}

/** To a clone that may hold something already. A repository that has policies has been started, and gets only what is GitHub's. */
async function add(
  repository: NewRepository,
  directory: string,
  keysFolder: string,
  options: Options,
): Promise<Outcome> {
  const [{ addFiles, comparePresent }, { loadGithubTemplates }, { githubChecklist, githubFiles }] = await Promise.all([
    import("../../adapters/new-repository.ts"),
    import("../../adapters/github-templates.ts"),
    import("../../app/init-github.ts"),
  ])
  const { pinned, home } = githubOptions(options)
  const templates = githubFiles(await loadGithubTemplates(), pinned)
  const started = (await comparePresent(directory, new Map([["policies/people.yaml", ""]]))).missing.size === 0
  const wanted = new Map([...(started ? [] : repository.files), ...templates])
  const { missing, others } = await comparePresent(directory, wanted)
  if (options.dryRun !== true) await addFiles(directory, missing)
  return {
    directory,
    keysFolder,
    files: [...missing.keys()].sort(),
    keys: [],
    kept: [...others].sort(),
    added: true,
    next: [
      ...(started ? [JOIN_POLICIES] : repository.next.slice(0, -1)),
      ...githubChecklist(home, "armored OpenPGP secret key"),
    ],
    dryRun: options.dryRun === true,
  }
}

/** Whoever has policies of their own has people and groups of their own. */
const JOIN_POLICIES =
  "write policies/approvals.yaml (docs/approvals.md has one to begin with), and releases of kind github into policies/distribution.yaml: without them nobody is asked, and nothing is published there"

function githubOptions(options: Options): { readonly home: GithubHome; readonly pinned: PinnedProgram } {
  const { github = "", repositoryId = "", approver = [], scb = "" } = options
  const [, program = "", commit = "", version = "unreleased"] =
    /^([\w.-]+\/[\w.-]+)@([0-9a-f]{40})(?:#(\S+))?$/.exec(scb) ?? []
  if (!/^[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}$/.test(github)) {
    throw new UsageError(`--github: expected <owner>/<name>, got ${JSON.stringify(github)}`)
  }
  if (program === "") {
    throw new UsageError(`--scb: expected <owner>/<name>@<40 hexadecimal digits>, got ${JSON.stringify(scb)}`, {
      hint: "the commit of a release of scb that you trust; #v1.2.3 behind it tells people which",
    })
  }
  const approvers = approver.map(each => {
    const [, login = "", id = ""] = /^([A-Za-z0-9-]{1,39})=([1-9]\d{0,14})$/.exec(each) ?? []
    if (login === "") throw new UsageError(`--approver: expected <login>=<numeric id>, got ${JSON.stringify(each)}`)
    return { login, id: Number(id) }
  })
  if (approvers.length < 2) {
    throw new UsageError(`--approver: expected two people at least, got ${approvers.length}`, {
      hint: "whoever writes a change does not count among those who approve it",
    })
  }
  return {
    home: { repository: github, repositoryId: wholeNumber("--repository-id", repositoryId), approvers },
    pinned: { repository: program, commit, version },
  }
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new UsageError(`${option}: expected a whole number, got ${JSON.stringify(text)}`, {
    hint: "gh api repos/<owner>/<name> --jq .id",
  })
}

async function readGiven(file: string | undefined, io: Io): Promise<Uint8Array | undefined> {
  return file === undefined ? undefined : readNamedFile(file, io)
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1024 && port <= 65_528) return port
  throw new UsageError(`--demo-port: expected 1024 to 65528, got ${JSON.stringify(text)}`)
}
