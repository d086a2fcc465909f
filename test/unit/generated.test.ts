import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Ajv } from "ajv"
import { describe, expect, it } from "vitest"
import { builtFiles, keptFiles } from "../../scripts/generated-files.ts"
import { readYaml } from "../../src/schema/yaml.ts"
import { FILES, sampleRepository } from "../support/repository-files.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

describe("generated files", () => {
  it.each([...builtFiles(), ...keptFiles()])("%s is what `npm run generate` writes", async (path, text) => {
    expect((await readFile(`${root}${path}`, "utf8")) === text, `${path} is stale: run npm run generate`).toBe(true)
  })
})

describe("editor schemas", () => {
  const ajv = new Ajv({ strict: true, allErrors: true })
  const schemas = new Map(
    [...keptFiles()].filter(([path]) => path.endsWith(".json")).map(([path, text]) => [path, JSON.parse(text)]),
  )
  const accepts = (file: string, bytes: Uint8Array) => {
    const { value } = readYaml(file, bytes).document ?? { value: undefined }
    const kind = (value as { readonly kind: string }).kind.toLowerCase()
    return ajv.validate(schemas.get(`policies/schemas/${kind}.schema.json`), value)
  }
  const sample = [...sampleRepository()].filter(([path]) => path.endsWith(".yaml"))

  it.each(sample)("accept the sample's %s", (file, bytes) => {
    expect(accepts(file, bytes)).toBe(true)
  })

  it.each(sample)("are what %s names in its first line", (file, bytes) => {
    const [first = ""] = new TextDecoder().decode(bytes).split("\n", 1)
    const named = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? ""
    const path = new URL(named, `file:///${file}`).pathname.slice(1)
    expect(schemas.get(path)?.title).toBe(/^kind: (\w+)$/m.exec(new TextDecoder().decode(bytes))?.[1])
  })

  it.each(Object.entries(FILES))("refuse %s with an unknown key", (file, text) => {
    expect(accepts(file, new TextEncoder().encode(`${text}unknown: 1\n`))).toBe(false)
  })
})
