import { randomBytes } from "node:crypto"
import { basename, dirname, join } from "node:path"
import type { Command } from "commander"
import type { NewRepository } from "../../app/init.ts"
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
  readonly dryRun?: boolean
  readonly format: ResultFormat
  readonly now?: string
}

export function initVerb(invocation: Invocation): Command {
  return verb("init", "make a new bundle repository: policies, a cluster, a bundle, one commit on main", [
    "scb init my-bundles",
    "scb init my-bundles --cluster payments-prod --host cass.example.com --bundle checkout",
    "scb init my-bundles --signer-key release.asc --recipient-key alice.asc --issuer clients.crt --server-root root.crt",
    "scb init /tmp/try --demo           # with a throw-away CA and OpenPGP keys beside it",
  ])
    .argument("<dir>", "the folder to make; it must not exist or be empty")
    .option("--demo", "two clusters, three bundles, and throw-away keys in <dir>-keys")
    .option("--demo-port <port>", "first of the eight loopback ports that the demonstration's clusters name", "29080")
    .option("--cluster <name>", "name of the first cluster", "example-prod")
    .option("--bundle <name>", "name of the first bundle", "example-app")
    .option("--host <name>", "DNS name of the cluster's gateway", "cassandra.example.com")
    .option("--signer-key <file>", "OpenPGP public key whose signature makes a release")
    .option("--recipient-key <file>", "OpenPGP public key of the first recipient")
    .option("--issuer <file>", "PEM certificate that issues client certificates, further intermediates after it")
    .option("--server-root <file>", "PEM root that the cluster's server certificates chain to")
    .option("--dry-run", "list the files and write nothing")
    .addOption(formatOption())
    .addOption(nowOption())
    .action(async (dir: string, options: Options) => {
      const { io } = invocation
      const directory = pathOf(dir, io)
      const keysFolder = join(dirname(directory), `${basename(directory)}-keys`)
      const repository = await newRepository(directory, keysFolder, options, io)
      if (options.dryRun !== true) await write(repository, directory, keysFolder, options, io)
      const outcome = {
        directory,
        keysFolder,
        files: [...repository.files.keys()].sort(),
        keys: [...repository.keys.keys()].sort(),
        next: repository.next,
        dryRun: options.dryRun === true,
      }
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
    now,
  })
}

async function write(repository: NewRepository, directory: string, keysFolder: string, options: Options, io: Io) {
  const { createKeysFolder, createRepository, requireEmpty } = await import("../../adapters/new-repository.ts")
  await requireEmpty(directory)
  if (repository.keys.size > 0) await createKeysFolder(keysFolder, repository.keys)
  await createRepository(directory, repository.files, "Start a bundle repository", instantOf(options, io))
}

async function readGiven(file: string | undefined, io: Io): Promise<Uint8Array | undefined> {
  return file === undefined ? undefined : readNamedFile(file, io)
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1024 && port <= 65_528) return port
  throw new UsageError(`--demo-port: expected 1024 to 65528, got ${JSON.stringify(text)}`)
}
