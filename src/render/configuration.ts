import { resultJson } from "./result.ts"
import { paint, type Style } from "./style.ts"

/** What `scb gateway render` made, and what became of it on disk. */
export interface RenderedConfiguration {
  readonly cluster: string
  readonly target: string
  readonly files: readonly RenderedFile[]
}

export interface RenderedFile {
  readonly name: string
  readonly text: string
  /** Absent when nothing was to be written. */
  readonly written?: { readonly path: string; readonly outcome: "written" | "unchanged" }
}

/** The files themselves, as `head` shows several; or where they went. */
export function renderConfigurationText({ files }: RenderedConfiguration, style: Style): string {
  const [only, ...others] = files
  if (only?.written === undefined) {
    return others.length === 0
      ? (only?.text ?? "")
      : files.map(({ name, text }) => `${paint("bold", `==> ${name} <==`, style)}\n${text}`).join("\n")
  }
  return files.map(({ written }) => `${(written?.outcome ?? "").padEnd(9)}  ${written?.path ?? ""}\n`).join("")
}

export function renderConfigurationJson({ cluster, target, files }: RenderedConfiguration): string {
  return resultJson("GatewayConfiguration", {
    cluster,
    target,
    files: files.map(({ name, text, written }) => ({ name, content: text, ...written })),
  })
}
