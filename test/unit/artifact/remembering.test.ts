import { describe, expect, it } from "vitest"
import { remembering } from "../../../src/artifact/remembering.ts"

function counting(limit: number) {
  const made: string[] = []
  const recall = remembering(
    limit,
    (input: string) => input,
    input => {
      made.push(input)
      return input === "bad" ? undefined : { input }
    },
  )
  return { made, recall }
}

describe("remembering", () => {
  it("makes each result once, and gives everybody the same", () => {
    const { made, recall } = counting(2)
    expect(recall("a")).toBe(recall("a"))
    expect(made).toEqual(["a"])
  })

  it("forgets what was not asked for the longest", () => {
    const { made, recall } = counting(2)
    for (const input of ["a", "b", "a", "c", "a", "b"]) recall(input)
    expect(made).toEqual(["a", "b", "c", "b"])
  })

  it("remembers nothing of a failure", () => {
    let calls = 0
    const recall = remembering(
      2,
      (input: string) => input,
      () => {
        calls += 1
        throw new Error("no")
      },
    )
    expect(() => recall("a")).toThrow("no")
    expect(() => recall("a")).toThrow("no")
    expect(calls).toBe(2)
  })
})
