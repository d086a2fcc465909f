import { remembering } from "./remembering.ts"

/**
 * The smallest language that our examples need:
 *
 *     {{host}}            a value
 *     {{#password}}       alone on a line: what follows, until {{/password}}, only where the condition holds
 *     {{^password}}       … only where it does not
 *
 * Conditions do not nest. Whatever is unknown, missing or out of place throws a plain Error: templates are our own.
 */
export function renderTemplate(
  template: string,
  values: Readonly<Record<string, string | undefined>>,
  conditions: Readonly<Record<string, boolean>>,
): string {
  const lines = parseTemplate(template).flatMap(block => (isShown(block, conditions) ? block.lines : []))
  return lines.join("\n").replace(PLACEHOLDER, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`template asks for ${name}, which has no value here`)
    return value
  })
}

/** Lines that are shown together: always, or where a condition is as it says. */
interface Block {
  readonly condition: { readonly name: string; readonly holds: boolean } | undefined
  readonly lines: string[]
}

const PLACEHOLDER = /\{\{(\w+)\}\}/g
const MARK = /^\s*\{\{([#^/])(\w+)\}\}\s*$/

/** All platforms together have some fifty templates, and every bundle fills in many of them. */
const REMEMBERED_TEMPLATES = 256

const parseTemplate = remembering(REMEMBERED_TEMPLATES, (template: string) => template, parseBlocks)

function parseBlocks(template: string): readonly Block[] {
  let block: Block = { condition: undefined, lines: [] }
  const blocks = [block]
  for (const line of template.split("\n")) {
    const [, mark, name = ""] = MARK.exec(line) ?? []
    if (mark === undefined) {
      requirePaired(line)
      block.lines.push(line)
      continue
    }
    const open = block.condition?.name
    if (mark === "/" && open !== name) throw new Error(`template closes ${name}, which is not open`)
    if (mark !== "/" && open !== undefined) throw new Error(`template opens ${name} inside ${open}`)
    block = { condition: mark === "/" ? undefined : { name, holds: mark === "#" }, lines: [] }
    blocks.push(block)
  }
  if (block.condition !== undefined) throw new Error(`template does not close ${block.condition.name}`)
  return blocks
}

function requirePaired(line: string): void {
  if (/\{\{|\}\}/.test(line.replace(PLACEHOLDER, ""))) throw new Error(`template has a stray brace pair: ${line}`)
}

function isShown({ condition }: Block, conditions: Readonly<Record<string, boolean>>): boolean {
  if (condition === undefined) return true
  const holds = conditions[condition.name]
  if (holds === undefined) throw new Error(`template knows no condition ${condition.name}`)
  return holds === condition.holds
}
