import { Option } from "commander"
import type { FetchedBundle, SealedBundle } from "../app/fetch.ts"
import { ScbError } from "../domain/errors.ts"
import { isSecretName, kubernetesSecret } from "../domain/kubernetes-secret.ts"
import { isName } from "../domain/names.ts"
import { encodeUtf8 } from "../domain/utf8.ts"
import type { Delivery } from "../render/fetch.ts"
import { renderSecret } from "../render/kubernetes-secret.ts"
import { pathOf } from "./command.ts"
import { UsageError } from "./invocation.ts"
import type { Io } from "./io.ts"

export interface DeliveryOptions {
  readonly output: Delivery["form"]
  readonly stdout?: boolean
  readonly out?: string
  readonly force?: boolean
  readonly secretName?: string
  readonly namespace?: string
  readonly immutable?: boolean
  readonly dryRun?: boolean
  readonly format: string
}

export function deliveryOptions(): readonly Option[] {
  return [
    new Option("--output <form>", "the file itself, a Kubernetes Secret, or one line of base64")
      .choices(["file", "secret", "base64"])
      .default("file"),
    new Option(
      "--out <file>",
      "where it goes, mode 0600 (default: a file by its own name, here; the other forms to stdout)",
    ),
    new Option("--stdout", "write it to stdout, into a pipe").conflicts("out"),
    new Option("--force", "write it to stdout even if that is a terminal"),
    new Option("--secret-name <name>", "name of the Secret (default: that of the ZIP)"),
    new Option("--namespace <name>", "namespace of the Secret"),
    new Option("--immutable", "make the Secret immutable, its version part of its name"),
    new Option("--dry-run", "verify everything and write no bundle"),
  ]
}

/** Where the bundle will go. Throws a usage error, before anything is fetched. */
export function planDelivery(options: DeliveryOptions, io: Io): (fileName: string) => Delivery {
  const form = options.output
  requireSecretOptions(options)
  if (options.stdout !== true && (options.out !== undefined || form === "file"))
    return fileName => ({ form, path: pathOf(options.out ?? fileName, io) })
  if (options.format === "json")
    throw new UsageError("--format json: stdout is for the bundle", { hint: "add --out FILE for the bundle" })
  if (io.stdoutIsTerminal && options.force !== true && options.dryRun !== true) {
    throw new UsageError("stdout is a terminal, which shows and keeps what is secret", {
      hint: "use a pipe or --out FILE; --force writes there all the same",
    })
  }
  return () => ({ form })
}

/** Throws `too-large` or, for a Secret that no driver could use, `key-missing`. */
export async function deliver(
  fetched: FetchedBundle | SealedBundle,
  delivery: Delivery,
  options: DeliveryOptions,
  io: Io,
): Promise<void> {
  const bytes = inForm(fetched, options)
  if (options.dryRun === true) return
  if (delivery.path === undefined) return io.stdout(bytes)
  const { writeFileAtomically } = await import("../adapters/atomic-files.ts")
  await writeFileAtomically(delivery.path, bytes, 0o600)
}

function inForm(fetched: FetchedBundle | SealedBundle, options: DeliveryOptions): Uint8Array {
  const bytes = "zip" in fetched ? fetched.zip : fetched.payload
  switch (options.output) {
    case "file":
      return bytes
    case "base64":
      return encodeUtf8(`${Buffer.from(bytes).toString("base64")}\n`)
    case "secret":
      return encodeUtf8(renderSecret(secretOf(fetched, bytes, options)))
  }
}

function secretOf(fetched: FetchedBundle | SealedBundle, bytes: Uint8Array, options: DeliveryOptions) {
  if ("zip" in fetched && !fetched.complete) {
    throw new ScbError("key-missing", `${fetched.bundle} lacks its owner's key: no driver could open this Secret`, {
      hint: "add --key FILE, or set SCB_PRIVATE_KEY_FILE",
    })
  }
  const { manifest, catalogVersion } = fetched
  const { secretName: name, namespace, immutable = false } = options
  return kubernetesSecret({
    manifest,
    catalogVersion,
    fileName: "zip" in fetched ? "secure-connect.zip" : "secure-connect.zip.gpg",
    bytes,
    immutable,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  })
}

function requireSecretOptions({ output, secretName, namespace, immutable }: DeliveryOptions): void {
  if (output !== "secret" && (secretName ?? namespace ?? immutable) !== undefined)
    throw new UsageError("--secret-name, --namespace and --immutable are for --output secret")
  if (secretName !== undefined && !isSecretName(secretName))
    throw new UsageError(`--secret-name: expected a DNS name of RFC 1123, got ${JSON.stringify(secretName)}`)
  if (namespace !== undefined && !isName(namespace))
    throw new UsageError(`--namespace: expected a DNS label of RFC 1123, got ${JSON.stringify(namespace)}`)
}
