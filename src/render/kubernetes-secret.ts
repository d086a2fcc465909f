import type { SecretManifest } from "../domain/kubernetes-secret.ts"

/** YAML with every value in quotes: readers of YAML 1.1 take a bare instant for a date, which no annotation may be. */
export function renderSecret(secret: SecretManifest): string {
  return mapLines(secret, "").join("")
}

function mapLines(map: SecretManifest, indent: string): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    if (value === undefined) return []
    if (typeof value === "object") return [`${indent}${key}:\n`, ...mapLines(value, `${indent}  `)]
    return [`${indent}${key}: ${JSON.stringify(value)}\n`]
  })
}
