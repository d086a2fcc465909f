import { expect, it } from "vitest"
import { renderSecret } from "../../../src/render/kubernetes-secret.ts"

it("a Secret is YAML in which nothing can be taken for a date, a number or a boolean that is none", () => {
  const annotations = { "scb/expires-at": "2026-12-22T10:00:00Z", "scb/serial": "12e3" }
  const text = renderSecret({ kind: "Secret", metadata: { namespace: undefined, annotations }, immutable: true })
  expect(text).toBe(
    [
      'kind: "Secret"',
      "metadata:",
      "  annotations:",
      '    scb/expires-at: "2026-12-22T10:00:00Z"',
      '    scb/serial: "12e3"',
      "immutable: true",
      "",
    ].join("\n"),
  )
})
