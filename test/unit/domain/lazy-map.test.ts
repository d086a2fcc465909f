import { describe, expect, it } from "vitest"
import { lazyMap, overlaid } from "../../../src/domain/lazy-map.ts"
import { watchedMap } from "../../../src/domain/plan/watched-map.ts"

describe("a lazy map", () => {
  const counting = (kept?: number) => {
    const made: string[] = []
    const make = (key: string): string => {
      made.push(key)
      return key.toUpperCase()
    }
    return { made, map: lazyMap(["a", "b", "c"], make, kept) }
  }

  it("knows its keys without making a value", () => {
    const { map, made } = counting()
    expect([...map.keys()]).toEqual(["a", "b", "c"])
    expect([map.size, map.has("b"), map.has("z"), map.get("z")]).toEqual([3, true, false, undefined])
    expect(made).toEqual([])
  })

  it("makes a value when it is asked for, once", () => {
    const { map, made } = counting()
    expect([map.get("b"), map.get("b")]).toEqual(["B", "B"])
    expect(made).toEqual(["b"])
    expect([...map]).toEqual([
      ...new Map([
        ["a", "A"],
        ["b", "B"],
        ["c", "C"],
      ]),
    ])
    expect([...map.values()]).toEqual(["A", "B", "C"])
    expect(made).toEqual(["b", "a", "c"])
  })

  it("keeps no more than it was told to", () => {
    const { map, made } = counting(1)
    for (const key of ["a", "a", "b", "a"]) map.get(key)
    expect(made).toEqual(["a", "b", "a"])
  })

  it("gives all pairs to a visitor", () => {
    const seen: string[] = []
    counting().map.forEach((value, key) => void seen.push(`${key}${value}`))
    expect(seen).toEqual(["aA", "bB", "cC"])
  })

  it("is overlaid without making anything, again and again", () => {
    const { map, made } = counting()
    const changed = overlaid(overlaid(map, new Map([["b", "x"]])), new Map([["d", "y"]]))
    expect([...changed.keys()]).toEqual(["a", "b", "c", "d"])
    expect([changed.get("b"), changed.get("d")]).toEqual(["x", "y"])
    expect(made).toEqual([])
    expect([changed.get("a"), map.get("b"), map.has("d")]).toEqual(["A", "B", false])
  })

  it("overlays a plain map by a plain map", () => {
    expect(overlaid(new Map([["a", 1]]), new Map([["a", 2]]))).toEqual(new Map([["a", 2]]))
  })
})

describe("a watched map", () => {
  const watched = () => {
    const seen: (string | undefined)[] = []
    return { seen, map: watchedMap(new Map([["a", 1]]), key => void seen.push(key)) }
  }

  it("tells of each key that is asked about, whether it is there or not", () => {
    const { map, seen } = watched()
    expect([map.get("a"), map.get("z"), map.has("b")]).toEqual([1, undefined, false])
    expect(seen).toEqual(["a", "z", "b"])
  })

  it.each([
    ["keys", (map: ReadonlyMap<string, number>) => [...map.keys()]],
    ["values", (map: ReadonlyMap<string, number>) => [...map.values()]],
    ["entries", (map: ReadonlyMap<string, number>) => [...map.entries()]],
    ["itself", (map: ReadonlyMap<string, number>) => [...map]],
    ["size", (map: ReadonlyMap<string, number>) => map.size],
    ["forEach", (map: ReadonlyMap<string, number>) => map.forEach(() => {})],
  ])("tells when somebody asks about all of it, by %s", (_, ask) => {
    const { map, seen } = watched()
    ask(map)
    expect(seen).toEqual([undefined])
  })
})
