import { ScbError } from "./errors.ts"
import { formatInstant } from "./instant.ts"
import type { Manifest } from "./manifest.ts"

/** What becomes a Secret, and how it is to be called. */
export interface SecretContent {
  readonly manifest: Manifest
  readonly catalogVersion: number
  /** Name of the file where the Secret is mounted. */
  readonly fileName: string
  readonly bytes: Uint8Array
  /** Default: the ZIP's name without its ending; with the version at its end where the Secret is immutable. */
  readonly name?: string
  readonly namespace?: string
  /** The cluster refuses every later change of its content. */
  readonly immutable: boolean
}

/** Maps of text and yes or no, in the order in which people read them. */
export interface SecretManifest {
  readonly [key: string]: string | boolean | SecretManifest | undefined
}

/** `MaxSecretSize` of k8s.io/api/core/v1: all values together, before base64. */
const MAXIMUM_BYTES = 1024 * 1024

/** `IsDNS1123Subdomain` of k8s.io/apimachinery: what a Secret may be called. */
export function isSecretName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(text)
}

/** A Secret (Kubernetes API, core/v1) of one file. Equal content gives an equal manifest. Throws `too-large`. */
export function kubernetesSecret(content: SecretContent): SecretManifest {
  const { manifest, fileName, bytes, namespace, immutable } = content
  if (bytes.length > MAXIMUM_BYTES) {
    throw new ScbError("too-large", `${fileName} has ${bytes.length} bytes, a Secret holds at most ${MAXIMUM_BYTES}`, {
      hint: "mount it from a volume that takes files, or let the application's start fetch it",
    })
  }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: content.name ?? derivedName(manifest, immutable),
      namespace,
      labels: {
        "app.kubernetes.io/name": manifest.application,
        "app.kubernetes.io/component": "secure-connect-bundle",
        "app.kubernetes.io/version": manifest.version,
        "app.kubernetes.io/managed-by": "scb",
      },
      annotations: {
        "scb/bundle": manifest.bundle,
        "scb/version": manifest.version,
        "scb/identity": manifest.certificate.identity,
        "scb/serial": manifest.certificate.serial,
        "scb/expires-at": formatInstant(manifest.expiresAt),
        "scb/catalog-version": `${content.catalogVersion}`,
      },
    },
    type: "Opaque",
    immutable: immutable ? true : undefined,
    data: { [fileName]: Buffer.from(bytes).toString("base64") },
  }
}

/** An immutable Secret is replaced by another one, so each version has a name of its own. */
function derivedName({ plaintext, version }: Manifest, immutable: boolean): string {
  const name = plaintext.name.replace(/\.zip$/, "")
  return immutable ? `${name}-${version}` : name
}
