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

/** What follows from a value that never changes is worked out once, and forgotten with it. */
export function oncePer<K extends object, T>(work: (key: K) => T): (key: K) => T {
  const known = new WeakMap<K, T>()
  return key => {
    const before = known.get(key)
    if (before !== undefined) return before
    const now = work(key)
    known.set(key, now)
    return now
  }
}
