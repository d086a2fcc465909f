/**
 * `make`, which must be pure, with a memory of the results used last, at most `limit` of them. `nameOf` must tell all
 * inputs apart. Everybody gets the same object; it lives as long as the function does, so nothing secret in one that stays.
 */
export function remembering<Input, Result>(
  limit: number,
  nameOf: (input: Input) => string,
  make: (input: Input) => Result,
): (input: Input) => Result {
  const recent = new Map<string, Result>()
  return input => {
    const name = nameOf(input)
    const known = recent.get(name)
    const result = known === undefined ? make(input) : known
    recent.delete(name)
    recent.set(name, result)
    const oldest = recent.keys().next()
    if (recent.size > limit && !oldest.done) recent.delete(oldest.value)
    return result
  }
}
