import { describe, expect, it } from "vitest"
import { type Circuit, circuitAfter, circuitBefore, circuitBreaker } from "../../../src/adapters/circuit-breaker.ts"

const LIMITS = { failures: 3, openMillis: 100 }
const NOW = 1_000

describe("a circuit", () => {
  const rows: readonly { readonly is: Circuit; readonly answered: boolean; readonly becomes: Circuit }[] = [
    { is: { kind: "closed", failures: 0 }, answered: false, becomes: { kind: "closed", failures: 1 } },
    { is: { kind: "closed", failures: 2 }, answered: false, becomes: { kind: "open", until: 1_100 } },
    { is: { kind: "closed", failures: 2 }, answered: true, becomes: { kind: "closed", failures: 0 } },
    { is: { kind: "half-open" }, answered: false, becomes: { kind: "open", until: 1_100 } },
    { is: { kind: "half-open" }, answered: true, becomes: { kind: "closed", failures: 0 } },
    { is: { kind: "open", until: 1_050 }, answered: false, becomes: { kind: "open", until: 1_050 } },
    { is: { kind: "open", until: 1_050 }, answered: true, becomes: { kind: "closed", failures: 0 } },
  ]
  it.each(rows)("that is $is becomes $becomes, answered: $answered", ({ is, answered, becomes }) => {
    expect(circuitAfter(is, answered, NOW, LIMITS)).toEqual(becomes)
  })

  it("opens half when its time has come", () => {
    expect(circuitBefore({ kind: "open", until: 1_001 }, NOW)).toEqual({ kind: "open", until: 1_001 })
    expect(circuitBefore({ kind: "open", until: 1_000 }, NOW)).toEqual({ kind: "half-open" })
  })
})

describe("a circuit breaker", () => {
  function desk() {
    const clock = { at: NOW }
    const breaker = circuitBreaker("the forge", LIMITS, () => clock.at)
    let asked = 0
    const ask = (work: () => Promise<unknown>) =>
      breaker.run(
        () => {
          asked++
          return work()
        },
        error => error === "silent",
      )
    const fail = (reason: string) => expect(ask(() => Promise.reject(reason))).rejects.toBe(reason)
    return { clock, ask, fail, asked: () => asked }
  }

  it("asks no more after so many failures in a row, and once when its time has come", async () => {
    const { clock, ask, fail, asked } = desk()
    for (let time = 0; time < 3; time++) await fail("silent")
    await expect(ask(async () => 1)).rejects.toMatchObject({ code: "forge-unreachable" })
    expect(asked()).toBe(3)
    clock.at += LIMITS.openMillis
    await fail("silent")
    await expect(ask(async () => 1)).rejects.toMatchObject({ code: "forge-unreachable" })
    clock.at += LIMITS.openMillis
    expect(await ask(async () => 1)).toBe(1)
    expect(await ask(async () => 2)).toBe(2)
  })

  it("lets one alone find out whether it is back", async () => {
    const { clock, ask, fail } = desk()
    for (let time = 0; time < 3; time++) await fail("silent")
    clock.at += LIMITS.openMillis
    let answer = (_value: number): void => {}
    const first = ask(() => new Promise<number>(resolve => (answer = resolve)))
    await expect(ask(async () => 2)).rejects.toMatchObject({ code: "forge-unreachable" })
    answer(1)
    expect(await first).toBe(1)
  })

  it("takes a refusal for an answer", async () => {
    const { ask, fail } = desk()
    for (let time = 0; time < 9; time++) await fail("no")
    expect(await ask(async () => 1)).toBe(1)
  })
})
