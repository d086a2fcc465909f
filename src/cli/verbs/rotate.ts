import { basename } from "node:path"
import type { Command } from "commander"
import type { CertificateFile } from "../../app/edits/certificate-file.ts"
import type { Edit } from "../../app/edits/proposal.ts"
import type { IssuerStep } from "../../app/edits/rotate-issuer.ts"
import type { TrustStep } from "../../app/edits/rotate-trust.ts"
import type { Endpoint } from "../../domain/cluster.ts"
import type { RotationKind } from "../../domain/rotation/rotation.ts"
import { renderRotationJson, renderRotationText } from "../../render/rotation.ts"
import { styleOf, verb } from "../command.ts"
import { type EditOptions, editVerb, runEdit } from "../edit.ts"
import { readNamedText } from "../files.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import type { Io } from "../io.ts"
import { type SelectorOptions, selectorOf, wavesOf, withSelectorOptions } from "../selector-options.ts"
import { openWorld } from "../world.ts"

export function rotateVerb(invocation: Invocation): Command {
  return verb("rotate", "replace keys, the servers' root, the clients' issuer or an endpoint, step by step", [
    'scb rotate key payments-prod/checkout --reason "laptop lost"',
    "scb rotate ca payments-prod                   # where the cluster stands, and what comes next",
    "scb rotate ca payments-prod --new root-2027.crt",
    "scb rotate issuer payments-prod --new clients-2027.crt",
    'scb rotate endpoint payments-prod --host cass2.example.com --reason "CHG-12"',
  ])
    .addCommand(rotateKeyVerb(invocation))
    .addCommand(rotateTrustVerb(invocation))
    .addCommand(rotateIssuerVerb(invocation))
    .addCommand(rotateEndpointVerb(invocation))
}

interface KeyOptions extends EditOptions, SelectorOptions {
  readonly reason: string
  readonly name?: string
}

function rotateKeyVerb(invocation: Invocation): Command {
  const command = editVerb("key", "new keys and certificates, and nothing else: a renewal, for every channel at once", [
    'scb rotate key payments-prod/checkout --reason "laptop lost"',
    'scb rotate key --algorithm RSA-2048 --reason "house rule" --wave-size 50 --wave-every 1h --dry-run',
    "scb rotate key --environment staging production --reason drill",
  ])
  return withSelectorOptions(command)
    .argument("[bundle]", "<cluster>/<bundle>; or select by options")
    .requiredOption("--reason <text>", "why")
    .option("--name <name>", "of the campaign that is written for what is selected (default: rotation and date)")
    .action(async (bundle: string | undefined, options: KeyOptions) => {
      const { rotateKey } = await import("../../app/edits/rotate-key.ts")
      const { reason, name } = options
      const waves = wavesOf(options)
      const more = {
        ...(bundle === undefined ? {} : { bundle }),
        ...(name === undefined ? {} : { name }),
        ...(waves === undefined ? {} : { waves }),
      }
      const select = await selectorOf(options, invocation.io)
      await runEdit(rotateKey({ select, reason, ...more }), options, invocation)
    })
}

interface TrustOptions extends EditOptions {
  readonly new?: string
  readonly served?: string
  readonly first?: boolean
  readonly drop?: boolean
  readonly reason?: string
}

function rotateTrustVerb(invocation: Invocation): Command {
  return editVerb("ca", "replace the root of the servers' certificates; without a step: say where it stands", [
    "scb rotate ca payments-prod",
    "scb rotate ca payments-prod --new root-2027.crt                              # 1: trust both",
    'scb rotate ca payments-prod --served ca/root-2027.crt --reason "CHG-12: all"  # 2: as servers now do',
    "scb rotate ca payments-prod --first                                          # 3: for C#",
    "scb rotate ca payments-prod --drop                                           # 4: the other one goes",
  ])
    .argument("<cluster>", "a cluster of the repository")
    .option("--new <file>", "PEM file with the new root: trusted beside the old one")
    .option("--served <file>", "of those in trust, the one under whose root all servers now show certificates")
    .option("--reason <text>", "with --served: how that is known")
    .option("--first", "put that one first, which is the only one that C# believes")
    .option("--drop", "trust that one alone")
    .action(async (cluster: string, options: TrustOptions) => {
      const steps = await trustSteps(options, invocation.io)
      const { rotateTrust } = await import("../../app/edits/rotate-trust.ts")
      await takeStep("ca", cluster, options, invocation, only(steps.map(step => rotateTrust(cluster, step))))
    })
}

async function trustSteps(options: TrustOptions, io: Io): Promise<readonly TrustStep[]> {
  const { new: file, served, first, drop, reason } = options
  return [
    ...(file === undefined ? [] : [{ kind: "overlap", file: await certificateFile(file, io) } as const]),
    ...(served === undefined ? [] : [{ kind: "served", root: served, reason: needed(reason) } as const]),
    ...(first === true ? [{ kind: "first" } as const] : []),
    ...(drop === true ? [{ kind: "drop" } as const] : []),
  ]
}

interface IssuerOptions extends EditOptions {
  readonly new?: string
  readonly switch?: string
  readonly key?: string
  readonly drop?: boolean
}

function rotateIssuerVerb(invocation: Invocation): Command {
  return editVerb("issuer", "replace who signs the clients' certificates; without a step: say where it stands", [
    "scb rotate issuer payments-prod",
    "scb rotate issuer payments-prod --new clients-2027.crt                           # 1: servers accept both",
    "scb rotate issuer payments-prod --switch ca/clients-2027.crt --key env:CA_2027   # 2: certify by the new one",
    "scb rotate issuer payments-prod --drop                                           # 3",
  ])
    .argument("<cluster>", "a cluster of the repository")
    .option("--new <file>", "PEM file with the new issuer and its chain: accepted beside the one that issues")
    .option("--switch <file>", "as cluster.yaml has it: issues from now on; the one before is still accepted")
    .option("--key <reference>", "with --switch: where its key is found, env:NAME or file:/path")
    .option("--drop", "accept nobody but the one that issues")
    .action(async (cluster: string, options: IssuerOptions) => {
      const steps = await issuerSteps(options, invocation.io)
      const { rotateIssuer } = await import("../../app/edits/rotate-issuer.ts")
      await takeStep("issuer", cluster, options, invocation, only(steps.map(step => rotateIssuer(cluster, step))))
    })
}

async function issuerSteps(options: IssuerOptions, io: Io): Promise<readonly IssuerStep[]> {
  const { new: file, switch: to, key, drop } = options
  if (key !== undefined && to === undefined) throw new UsageError("--key: expected --switch with it")
  return [
    ...(file === undefined ? [] : [{ kind: "accept", file: await certificateFile(file, io) } as const]),
    ...(to === undefined ? [] : [{ kind: "switch", to, ...(key === undefined ? {} : { key }) } as const]),
    ...(drop === true ? [{ kind: "drop" } as const] : []),
  ]
}

interface EndpointOptions extends EditOptions {
  readonly host?: string
  readonly metadataPort?: string
  readonly cqlPort?: string
  readonly reason?: string
}

function rotateEndpointVerb(invocation: Invocation): Command {
  return editVerb("endpoint", "move a cluster to another host or other ports; without any: say where it stands", [
    "scb rotate endpoint payments-prod",
    'scb rotate endpoint payments-prod --host cass2.example.com --reason "CHG-12"',
  ])
    .argument("<cluster>", "a cluster of the repository")
    .option("--host <name>", "the DNS name")
    .option("--metadata-port <port>", "of the metadata service")
    .option("--cql-port <port>", "of the CQL proxy")
    .option("--reason <text>", "why")
    .action(async (cluster: string, options: EndpointOptions) => {
      const to = endpointOf(options)
      const { rotateEndpoint } = await import("../../app/edits/rotate-endpoint.ts")
      const isMoved = Object.keys(to).length > 0
      const step = isMoved ? rotateEndpoint(cluster, to, needed(options.reason)) : undefined
      await takeStep("endpoint", cluster, options, invocation, step)
    })
}

function endpointOf({ host, metadataPort, cqlPort }: EndpointOptions): Partial<Endpoint> {
  return {
    ...(host === undefined ? {} : { host }),
    ...(metadataPort === undefined ? {} : { metadataPort: portOf("--metadata-port", metadataPort) }),
    ...(cqlPort === undefined ? {} : { cqlPort: portOf("--cql-port", cqlPort) }),
  }
}

function portOf(option: string, text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new UsageError(`${option}: expected a port, got ${JSON.stringify(text)}`)
}

function needed(reason: string | undefined): string {
  if (reason !== undefined) return reason
  throw new UsageError("--reason: expected one, for those who will ask")
}

function only<Step>([step, ...others]: readonly Step[]): Step | undefined {
  if (others.length > 0) throw new UsageError("expected one step at a time")
  return step
}

async function certificateFile(file: string, io: Io): Promise<CertificateFile> {
  return { name: basename(file), pem: await readNamedText(file, io) }
}

/** Without a step, says where the cluster stands. */
async function takeStep(
  kind: RotationKind,
  cluster: string,
  options: EditOptions,
  invocation: Invocation,
  step: Edit | undefined,
): Promise<void> {
  if (step !== undefined) return runEdit(step, options, invocation)
  const { io } = invocation
  const { readRotation } = await import("../../app/rotation.ts")
  const status = await readRotation(await openWorld(options, io), cluster, kind)
  io.stdout(options.format === "json" ? renderRotationJson(status) : renderRotationText(status, styleOf(io)))
}
