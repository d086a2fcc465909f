import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { ROOT } from "./workflow-files.ts"

/** Inputs of the actions in use, at the versions in use. */
const ACTIONS: Readonly<Record<string, { readonly inputs: readonly string[]; readonly required: readonly string[] }>> =
  JSON.parse(readFileSync(join(ROOT, "test/support/action-inputs.json"), "utf8"))

/** Line and message of each mistake. */
export type Validate = (path: string, text: string) => Promise<readonly string[]>

const ENTRY = `
export { validate } from "@actions/languageservice"
export { TextDocument } from "vscode-languageserver-textdocument"
`

/** What editors show, GitHub's own. It imports JSON as no Node.js does, so it is bundled first. */
export async function openLanguageService(): Promise<Validate> {
  const folder = mkdtempSync(join(tmpdir(), "scb-language-service-"))
  const outfile = join(folder, "service.cjs")
  try {
    await build({
      stdin: { contents: ENTRY, resolveDir: ROOT },
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "error",
    })
    const { validate, TextDocument } = createRequire(import.meta.url)(outfile)
    let read = 0
    return async (path, text) => {
      // A workflow is one only in that folder; and what was read once of a place is not read again.
      const uri = `file:///${read++}/${path.replace(/^templates\/github/, ".github")}`
      const document = TextDocument.create(uri, "yaml", 1, text)
      const found = await validate(document, { actionsMetadataProvider: { fetchActionMetadata: metadataOf } })
      return found.map(({ range, message }: Diagnostic) => `${path}:${range.start.line + 1}: ${message}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Diagnostic {
  readonly range: { readonly start: { readonly line: number } }
  readonly message: string
}

interface Reference {
  readonly owner: string
  readonly name: string
  readonly path?: string
}

async function metadataOf({ owner, name, path }: Reference) {
  const action = [owner, name, path].filter(Boolean).join("/")
  if (action === "scb-owner/scb/.github/actions/setup-scb") return { name: action, description: "", inputs: {} }
  const known = ACTIONS[action]
  if (known === undefined) return undefined
  const inputs = known.inputs.map(each => [each, { description: "", required: known.required.includes(each) }])
  return { name: action, description: "", inputs: Object.fromEntries(inputs) }
}
