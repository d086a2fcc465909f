/** What has to be masked besides a secret itself: the forms in which it may come back. Nothing for what is no secret. */
export function secretForms(secret: string | undefined): readonly string[] {
  const plain = secret?.trim() ?? ""
  if (plain === "") return []
  const escaped = JSON.stringify(plain).slice(1, -1)
  const base64 = [plain, `${plain}\n`].flatMap(text => {
    const bytes = Buffer.from(text, "utf8")
    return [bytes.toString("base64"), bytes.toString("base64url")]
  })
  return [...new Set([plain, escaped, encodeURIComponent(plain), ...base64])]
}

/** The passwords of a bundle, each on its own: a document as a secret would mask its every brace. */
export function secretsInConfig(config: string): readonly string[] {
  const parsed = parse(config)
  return Object.entries(parsed).flatMap(([name, value]) =>
    /password/i.test(name) && typeof value === "string" ? [value] : [],
  )
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
