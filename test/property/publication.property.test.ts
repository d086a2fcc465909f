import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  nextAct,
  type PublicationAct,
  type SeenAsset,
  type SeenRelease,
  type WantedRelease,
} from "../../src/domain/forge/publication.ts"
import { attemptTag } from "../../src/domain/forge/release-tags.ts"

const FILES = ["a", "b", "SHA256SUMS"].map((name, at) => ({ name, size: at + 1, sha256: `${at}`.repeat(64) }))
const WANTED: WantedRelease = {
  tag: "c/b/v1.0.0",
  content: "c".repeat(64),
  files: FILES,
  required: FILES.map(({ name }) => name),
}

const asset: fc.Arbitrary<SeenAsset> = fc.record({
  id: fc.integer({ min: 1, max: 1_000_000 }),
  name: fc.constantFrom("a", "b", "SHA256SUMS", "other"),
  size: fc.constantFrom(1, 2, 3),
  sha256: fc.constantFrom(..."012".split("").map(digit => digit.repeat(64))),
  whole: fc.boolean(),
})
const honest: fc.Arbitrary<SeenAsset> = fc
  .tuple(fc.constantFrom(...FILES), fc.integer({ min: 1, max: 1_000_000 }))
  .map(([file, id]) => ({ ...file, id, whole: true }))
const release = (assets: fc.Arbitrary<SeenAsset>): fc.Arbitrary<SeenRelease> =>
  fc.record({
    id: fc.integer({ min: 1, max: 1_000_000 }),
    tag: fc.integer({ min: 1, max: 3 }).map(attempt => attemptTag(WANTED.tag, attempt)),
    draft: fc.boolean(),
    immutable: fc.boolean(),
    publishedAt: fc.constant("2026-11-22T00:00:00Z"),
    content: fc.constantFrom(WANTED.content, "d".repeat(64)),
    assets: fc.uniqueArray(assets, { selector: ({ name }) => name, maxLength: 4 }),
  })
const state = fc.record({
  releases: fc.uniqueArray(release(fc.oneof(asset, honest, honest)), { selector: ({ id }) => id, maxLength: 4 }),
  burned: fc.subarray([1, 2, 3].map(attempt => attemptTag(WANTED.tag, attempt))),
})

/** A forge that does what it is asked. */
function after(act: PublicationAct, releases: readonly SeenRelease[]): readonly SeenRelease[] {
  const change = (id: number, to: Partial<SeenRelease>) =>
    releases.map(each => (each.id === id ? { ...each, ...to } : each))
  switch (act.kind) {
    case "create":
      return [
        ...releases,
        { id: 0, tag: act.tag, draft: true, immutable: false, publishedAt: "", content: WANTED.content, assets: [] },
      ]
    case "upload":
      return change(act.release.id, { assets: [...act.release.assets, { ...act.file, id: 0, whole: true }] })
    case "remove-asset":
      return change(act.release.id, { assets: act.release.assets.filter(each => each !== act.asset) })
    case "publish":
      return change(act.release.id, { draft: false, tag: act.tag })
    case "remove-draft":
      return releases.filter(({ id }) => id !== act.release.id)
    default:
      return releases
  }
}

describe("publishing a release", () => {
  it("ends from every state, with all of it published or with a refusal, and touches nothing of others", () => {
    fc.assert(
      fc.property(state, ({ releases, burned }) => {
        let now: readonly SeenRelease[] = releases
        for (let acts = 0; acts < 40; acts += 1) {
          const act = nextAct(WANTED, now, new Set(burned))
          if (act.kind === "refuse") return
          if (act.kind === "done") {
            expect(act.release.draft).toBe(false)
            for (const file of FILES) expect(act.release.assets).toContainEqual(expect.objectContaining(file))
            return
          }
          if (act.kind === "create" || act.kind === "publish") {
            expect(burned).not.toContain(act.tag)
            expect(now.filter(({ draft, tag }) => !draft && tag === act.tag)).toEqual([])
          }
          if (act.kind === "remove-draft" || act.kind === "publish") {
            expect(act.release).toMatchObject({ draft: true, content: WANTED.content })
          }
          if (act.kind === "remove-asset" && !act.release.draft) expect(act.asset.whole).toBe(false)
          if (act.kind === "upload" || act.kind === "remove-asset") {
            expect(act.release.draft || !act.release.immutable).toBe(true)
          }
          now = after(act, now)
        }
        throw new Error("it does not end")
      }),
    )
  })

  it("never replaces what is published: another file is a refusal, whatever else there is", () => {
    fc.assert(
      fc.property(state, ({ releases, burned }) => {
        const other = { id: 7, name: "a", size: 9, sha256: "f".repeat(64), whole: true }
        const published = { ...EMPTY, assets: [other] }
        expect(nextAct(WANTED, [...releases.filter(({ draft }) => draft), published], new Set(burned)).kind).toBe(
          "refuse",
        )
      }),
    )
  })
})

const EMPTY: SeenRelease = {
  id: 1_000_001,
  tag: WANTED.tag,
  draft: false,
  immutable: false,
  publishedAt: "2026-11-22T00:00:00Z",
  assets: [],
}
