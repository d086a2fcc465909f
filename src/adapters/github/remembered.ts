/** What has once been found out for a key is not asked again; a failure is. */
export function remembered<A extends readonly unknown[], T>(
  keyOf: (...args: A) => string | number,
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  const known = new Map<string | number, Promise<T>>()
  return (...args) => {
    const key = keyOf(...args)
    const before = known.get(key)
    if (before !== undefined) return before
    const now = work(...args).catch(error => {
      known.delete(key)
      throw error
    })
    known.set(key, now)
    return now
  }
}
