/** `map`, telling `see` of each key that somebody asks about, and `undefined` when somebody asks about all of it. */
export function watchedMap<K, V>(map: ReadonlyMap<K, V>, see: (key: K | undefined) => void): ReadonlyMap<K, V> {
  return new WatchedMap(map, see)
}

class WatchedMap<K, V> implements ReadonlyMap<K, V> {
  readonly #map: ReadonlyMap<K, V>
  readonly #see: (key: K | undefined) => void

  constructor(map: ReadonlyMap<K, V>, see: (key: K | undefined) => void) {
    this.#map = map
    this.#see = see
  }

  get(key: K): V | undefined {
    this.#see(key)
    return this.#map.get(key)
  }

  has(key: K): boolean {
    this.#see(key)
    return this.#map.has(key)
  }

  get size(): number {
    return this.#whole().size
  }

  keys(): MapIterator<K> {
    return this.#whole().keys()
  }

  values(): MapIterator<V> {
    return this.#whole().values()
  }

  entries(): MapIterator<[K, V]> {
    return this.#whole().entries()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    this.#whole().forEach(visit)
  }

  #whole(): ReadonlyMap<K, V> {
    this.#see(undefined)
    return this.#map
  }
}
