import { describe, expect, it } from "vitest"
import { readRepository } from "../../src/app/read-repository.ts"
import { instant } from "../support/repository-facts.ts"
import { sampleRepository } from "../support/repository-files.ts"

const PLATFORMS = new Set(
  "cpp cql-proxy cqlsh csharp data-migrator dsbulk gocql-astra java java3 jdbc kafka-connect nodejs python spark spring-boot zdm-proxy".split(
    " ",
  ),
)

describe("the sample repository", () => {
  it.each(["2026-02-01T00:00:00Z", "2026-11-22T10:00:00Z", "2040-01-01T00:00:00Z"])(
    "has no findings on %s",
    async now => {
      const { repository, findings } = await readRepository(sampleRepository(), PLATFORMS, instant(now))
      expect(findings).toEqual([])
      expect([...(repository?.clusters.values() ?? [])].map(({ name, environment }) => [name, environment])).toEqual([
        ["analytics-prod", "production"],
        ["payments-prod", "production"],
        ["payments-staging", "staging"],
      ])
      expect([...(repository?.bundles.keys() ?? [])]).toEqual([
        "analytics-prod/reports",
        "analytics-prod/spark-jobs",
        "payments-prod/checkout",
        "payments-prod/ledger-export",
        "payments-staging/checkout",
        "payments-staging/load-test",
      ])
    },
  )

  it("holds no private key", () => {
    for (const [path, bytes] of sampleRepository()) {
      expect(new TextDecoder("latin1").decode(bytes).includes("PRIVATE KEY"), path).toBe(false)
    }
  })
})
