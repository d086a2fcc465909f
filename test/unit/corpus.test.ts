import { describe, expect, it } from "vitest"
import { CORPUS_EXCEPTIONS, isExcepted } from "../interop/live/corpus-exceptions.ts"
import { readCorpusRecord } from "../interop/live/corpus-record.ts"
import { cassandraMutations } from "../support/live/cassandra-mutations.ts"
import { liveMutations } from "../support/live-mutations.ts"

/** What real drivers did, as it is kept; `npm run interop` compares it with what they do. */
const record = readCorpusRecord()
const mutations = [...liveMutations, ...cassandraMutations]
const ids = mutations.map(({ id }) => id)

describe("the recorded corpus", () => {
  it("has every change once, under a name that needs no quotes", () => {
    expect(record.cases.map(({ id }) => id)).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter(id => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id))).toEqual([])
  })

  it("knows of no verdict of the doctor that is wrong without a reason", () => {
    const wrong = Object.entries(record.agreements).filter(([, { differ }]) => differ > 0)

    expect(Object.keys(record.agreements).sort()).toEqual(Object.keys(record.programs).sort())
    expect(wrong).toEqual([])
  })

  it("has a finding wherever somebody loses something, and none where nothing is wrong", () => {
    const lossy = record.cases.filter(({ id, fails, degraded }) =>
      [...fails, ...degraded].some(program => !isExcepted(program, id)),
    )

    // of a login that nobody gave the doctor has a note
    const silent = lossy.filter(({ findings }) => findings.length === 0).map(({ id }) => id)
    expect(silent).toEqual(["cql-password-missing"])
    expect(record.cases.find(({ id }) => id === "good")).toMatchObject({ fails: [], degraded: [], findings: [] })
  })

  it("has words of everybody who failed, and no secret or path among them", () => {
    for (const { id, fails, said } of record.cases) {
      expect({ id, by: said.flatMap(({ by }) => by).sort() }).toEqual({ id, by: [...fails].sort() })
    }
    const words = record.cases.flatMap(({ said }) => said.map(({ error }) => error)).join("\n")
    expect(words).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY-|\/home\/|\/root\/|test-only/)
  })

  it("excepts nothing that is not there", () => {
    const named = CORPUS_EXCEPTIONS.flatMap(({ cases }) => cases)

    expect(named.filter(id => !ids.includes(id))).toEqual([])
  })
})
