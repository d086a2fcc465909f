import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .trimEnd()
  .split("\n")

const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8")

describe("the pages", () => {
  it.each(pages)("%s links only to what is there", page => {
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link)
    expect(links.filter(link => !/^https?:/.test(link) && !leadsSomewhere(page, link))).toEqual([])
  })

  it("of decisions are numbered one by one", () => {
    const numbers = readdirSync(join(ROOT, "docs/decisions")).map(name => name.slice(0, 4))
    expect(numbers.sort()).toEqual(numbers.map((_, index) => String(index + 1).padStart(4, "0")))
  })

  it("explain every package that a command loads, and where it is at home", () => {
    const { dependencies } = JSON.parse(textOf("package.json"))
    const explained = textOf("docs/decisions/0001-packages.md")
    expect(Object.keys(dependencies).filter(name => !explained.includes(`| ${name} |`))).toEqual([])
  })
})

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#")
  const target = path === "" ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, target))) return false
  return anchor === undefined || headingsOf(target).includes(anchor)
}

/** As GitHub names them: lower case, punctuation gone, hyphens for spaces. */
function headingsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  )
}
