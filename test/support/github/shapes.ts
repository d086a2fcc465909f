/** What a JSON value looks like, without what it says. */
export type Shape = string | readonly Shape[] | { readonly [name: string]: Shape }

/** Of a list the shape of its first entry. */
export function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (value === null) return "null"
  if (typeof value !== "object") return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]))
}

/** Places where `actual` lacks what `recorded` has, or has another type. What either knows to be null fits everything. */
export function shapeDifferences(recorded: Shape, actual: Shape, at = ""): readonly string[] {
  if (recorded === "null" || actual === "null") return []
  if (typeof recorded === "string" || typeof actual === "string")
    return recorded === actual
      ? []
      : [`${at}: ${JSON.stringify(recorded).slice(0, 40)} became ${JSON.stringify(actual).slice(0, 40)}`]
  if (Array.isArray(recorded) || Array.isArray(actual)) {
    const [before, after] = [
      Array.isArray(recorded) ? recorded[0] : undefined,
      Array.isArray(actual) ? actual[0] : undefined,
    ]
    if (Array.isArray(recorded) !== Array.isArray(actual)) return [`${at}: one is a list, the other is not`]
    return before === undefined || after === undefined ? [] : shapeDifferences(before, after, `${at}[]`)
  }
  const now: { readonly [name: string]: Shape | undefined } = actual as { readonly [name: string]: Shape }
  return Object.entries(recorded).flatMap(([name, shape]) => {
    const found = now[name]
    return found === undefined ? [`${at}.${name}`] : shapeDifferences(shape, found, `${at}.${name}`)
  })
}
