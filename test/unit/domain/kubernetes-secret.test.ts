import { describe, expect, it } from "vitest"
import { instantFromMillis, parseInstant } from "../../../src/domain/instant.ts"
import { isSecretName, kubernetesSecret, type SecretContent } from "../../../src/domain/kubernetes-secret.ts"
import type { Manifest } from "../../../src/domain/manifest.ts"

const MANIFEST = {
  bundle: "payments-prod/checkout",
  version: "1.2.0",
  application: "shop",
  expiresAt: parseInstant("2026-12-22T10:00:00Z") ?? instantFromMillis(0),
  plaintext: { name: "secure-connect-checkout-payments-prod.zip" },
  certificate: { serial: "0a", identity: "spiffe://example.com/payments/checkout" },
} as unknown as Manifest

const secret = (content: Partial<SecretContent> = {}) =>
  kubernetesSecret({
    manifest: MANIFEST,
    catalogVersion: 7,
    fileName: "secure-connect.zip",
    bytes: Uint8Array.of(1, 2, 3),
    immutable: false,
    ...content,
  })

describe("a bundle as a Kubernetes Secret", () => {
  it("has the ZIP as its one file, and says what it is", () => {
    expect(JSON.parse(JSON.stringify(secret()))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "secure-connect-checkout-payments-prod",
        labels: {
          "app.kubernetes.io/name": "shop",
          "app.kubernetes.io/component": "secure-connect-bundle",
          "app.kubernetes.io/version": "1.2.0",
          "app.kubernetes.io/managed-by": "scb",
        },
        annotations: {
          "scb/bundle": "payments-prod/checkout",
          "scb/version": "1.2.0",
          "scb/identity": "spiffe://example.com/payments/checkout",
          "scb/serial": "0a",
          "scb/expires-at": "2026-12-22T10:00:00Z",
          "scb/catalog-version": "7",
        },
      },
      type: "Opaque",
      data: { "secure-connect.zip": "AQID" },
    })
  })

  it("has a name for each version when it is immutable", () => {
    expect(secret({ immutable: true })).toMatchObject({
      metadata: { name: "secure-connect-checkout-payments-prod-1.2.0" },
      immutable: true,
    })
  })

  it("takes a name and a namespace", () => {
    const named = secret({ name: "scb", namespace: "shop", immutable: true })
    expect(named).toMatchObject({ metadata: { name: "scb", namespace: "shop" } })
  })

  it("holds 1 MiB and not a byte more", () => {
    expect(secret({ bytes: new Uint8Array(1024 * 1024) })).toMatchObject({ kind: "Secret" })
    expect(() => secret({ bytes: new Uint8Array(1024 * 1024 + 1) })).toThrow(
      expect.objectContaining({ code: "too-large" }),
    )
  })
})

describe("the name of a Secret", () => {
  it.each(["a", "a-b.c-1", "secure-connect-checkout-payments-prod-1.2.0", "a".repeat(253)])("may be %s", name =>
    expect(isSecretName(name)).toBe(true),
  )
  it.each(["", "A", "a_b", "a..b", ".a", "a-", "a.-b", "a/b", "a".repeat(254)])("is not %j", name =>
    expect(isSecretName(name)).toBe(false),
  )
})
