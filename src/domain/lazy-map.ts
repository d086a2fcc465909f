/**
 * A map whose keys are known and whose values are made when they are asked for, by `make`, which must be pure. Of those,
 * it keeps the `kept` asked for last: what is large is made again rather than held.
 */
export function lazyMap<K, V>(
  keys: Iterable<K>,
  make: (key: K) => V,
  kept = Number.POSITIVE_INFINITY,
): ReadonlyMap<K, V> {
  return new LazyMap(new Set(keys), make, kept, new Map())
}

/** `base` with some values in place of its own or in addition. Makes nothing. */
export function overlaid<K, V>(base: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  return base instanceof LazyMap ? base.overlaid(changes) : new Map([...base, ...changes])
}

class LazyMap<K, V> implements ReadonlyMap<K, V> {
  readonly #keys: ReadonlySet<K>
  readonly #make: (key: K) => V
  readonly #kept: number
  readonly #given: ReadonlyMap<K, V>
  readonly #made = new Map<K, V>()

  constructor(keys: ReadonlySet<K>, make: (key: K) => V, kept: number, given: ReadonlyMap<K, V>) {
    this.#keys = keys
    this.#make = make
    this.#kept = kept
    this.#given = given
  }

  overlaid(changes: ReadonlyMap<K, V>): LazyMap<K, V> {
    const keys = new Set([...this.#keys, ...changes.keys()])
    return new LazyMap(keys, this.#make, this.#kept, new Map([...this.#given, ...changes]))
  }

  get size(): number {
    return this.#keys.size
  }

  has(key: K): boolean {
    return this.#keys.has(key)
  }

  get(key: K): V | undefined {
    const known = this.#given.get(key) ?? this.#made.get(key)
    if (known !== undefined || !this.#keys.has(key)) return known
    const value = this.#make(key)
    if (this.#kept > 0) this.#made.set(key, value)
    const oldest = this.#made.keys().next()
    if (this.#made.size > this.#kept && !oldest.done) this.#made.delete(oldest.value)
    return value
  }

  keys(): MapIterator<K> {
    return this.#keys.values()
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  *entries(): MapIterator<[K, V]> {
    for (const key of this.#keys) yield [key, this.get(key) as V]
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }
}
