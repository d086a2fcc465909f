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
  let open: { readonly name: string; readonly shown: boolean } | undefined
  const lines: string[] = []
  for (const line of template.split("\n")) {
    if (!line.includes("{{") && !line.includes("}}")) {
      if (open?.shown !== false) lines.push(line)
      continue
    }
    const [, mark, name = ""] = /^\s*\{\{([#^/])(\w+)\}\}\s*$/.exec(line) ?? []
    if (mark === undefined) {
      if (open?.shown !== false) lines.push(fillIn(line, values))
    } else if (mark === "/") {
      if (open?.name !== name) throw new Error(`template closes ${name}, which is not open`)
      open = undefined
    } else {
      const holds = conditions[name]
      if (holds === undefined) throw new Error(`template knows no condition ${name}`)
      if (open !== undefined) throw new Error(`template opens ${name} inside ${open.name}`)
      open = { name, shown: (mark === "#") === holds }
    }
  }
  if (open !== undefined) throw new Error(`template does not close ${open.name}`)
  return lines.join("\n")
}

function fillIn(line: string, values: Readonly<Record<string, string | undefined>>): string {
  const filled = line.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`template asks for ${name}, which has no value here`)
    return value
  })
  if (/\{\{|\}\}/.test(line.replace(/\{\{\w+\}\}/g, ""))) throw new Error(`template has a stray brace pair: ${line}`)
  return filled
}
