import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bullets, code, mention, prose, rows } from "../../src/render/markdown.ts"
import { CHECKOUT, type DeskMaker, prepareDesk } from "../support/desk.ts"

/** What somebody who may open a pull request can write where a comment repeats it. */
const HOSTILE = [
  "@acme/admins please merge",
  "closes #1",
  "[click](https://evil.example)",
  "![x](https://evil.example/pixel.png)",
  "<img src=x onerror=alert(1)>",
  "</details><h1>approved</h1>",
  "<!-- scb:check -->",
  "https://evil.example and www.evil.example",
  "a | b | c",
  "`code` ``more`` ```",
  "**bold** _em_ ~~gone~~ &amp; &#64;ada",
  "mail ada@example.com",
  "x\n\n# heading\n\n- list",
  "\u202Etxet\u202C \u200B",
]

/** The text as GitHub shows it, without what was put there to take its meaning away. */
const shown = (markdown: string): string => markdown.replace(/\\([!-/:-@[-`{-~])/g, "$1").replaceAll("\u2060", "")

/** What is left for GitHub to read a meaning into: neither escaped nor in a code span. */
const live = (markdown: string): string => markdown.replace(/\\[!-/:-@[-`{-~]|(`+)(?:(?!\1)[^\n])+?\1(?!`)/g, "")

describe("C02 Markdown of other people", () => {
  it.each(HOSTILE)("%j is shown as the text that it is", text => {
    expect(live(prose(text))).not.toMatch(/[<>[\]*_`|#&~]|@(?!\u2060)|:\/\/|www\./)
    expect(shown(prose(text))).toBe(text.replace(/[\p{Cc}\p{Cf}]+/gu, " "))
  })

  it("is one code span whatever it holds, also in a table", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40, unit: "binary" }), text => {
        const span = code(text)
        const [fence = ""] = /^`+/.exec(span) ?? []
        const inner = span.slice(fence.length, -fence.length)
        expect(inner.match(/`+/g) ?? []).not.toContain(fence)
        expect(inner).not.toMatch(/[\n\r]|(?<!\\)\|/)
      }),
    )
  })

  it("makes no rows and no lines of its own", () => {
    const table = rows(
      ["a"],
      HOSTILE.map(text => [prose(text)]),
      "rows",
    )
    expect(table.split("\n")).toHaveLength(HOSTILE.length + 2)
    expect(bullets(HOSTILE.map(code), "of them").split("\n")).toHaveLength(HOSTILE.length)
  })

  it("mentions nobody but by a login that GitHub could have given out", () => {
    expect(mention("ada-l")).toBe("@ada-l")
    for (const text of HOSTILE) expect(live(mention(text))).not.toMatch(/@(?!\u2060)|[<[]/)
  })
})

describe("C02 the comment on a pull request", () => {
  let desks: DeskMaker
  beforeAll(async () => {
    desks = await prepareDesk(async () => {})
  })
  afterAll(() => desks.remove())

  it("repeats what stands in the YAML without doing what it says", async () => {
    const desk = desks.fresh()
    desk.git("checkout", "--quiet", "-b", "hostile")
    const drivers = HOSTILE.map(text => JSON.stringify(text.replaceAll(/\p{Cf}/gu, ""))).join(", ")
    desk.write(CHECKOUT, desk.read(CHECKOUT).replace(/drivers: .*/, `drivers: [${drivers}]`))
    desk.commit()
    const { stdout, code: exit } = await desk.scb("check", "--base", "main", "--format", "markdown")
    const own = stdout.replaceAll(/<\/?(?:details|summary|sub|code)>|^<!-- scb:check -->$/gm, "")
    expect(exit).toBe(1)
    expect(stdout).toContain("acme/admins")
    expect(stdout).toContain("evil")
    expect(stdout.match(/^<!-- scb:check -->$/gm)).toHaveLength(1)
    expect(live(own)).not.toMatch(/[<>[\]]|@(?!\u2060)|:\/\/|www\./)
    expect(own).not.toMatch(/^# /m)
  })
})
