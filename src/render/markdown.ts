/**
 * Other people's text in GitHub's Markdown, as the text that it is: no HTML, link, image, heading or table of theirs,
 * nobody mentioned, no issue referred to. A backslash takes its meaning from punctuation (CommonMark §2.4); who is mentioned
 * is looked for in what comes out of it, so an invisible character stands after `@` and `#` as well.
 */
export function prose(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]()<>#!|~&@]|:(?=\/\/)|(?<=\bwww)\./gi, "\\$&")
    .replace(/^(\s*\d*)([-+=.)])(?=[\s=-]|$)/, "$1\\$2") // a list, or a line under a heading
    .replace(/[@#]/g, `$&${WORD_JOINER}`)
}

/** A name or a value. Nothing is read inside a code span (CommonMark §6.1), and nobody is mentioned from there. */
export function code(text: string): string {
  const line = oneLine(text)
  if (line.trim() === "") return "`–`"
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  const [start, end] = [line.startsWith("`") ? " " : "", line.endsWith("`") ? " " : ""]
  return `${fence}${start}${line.replaceAll("|", "\\|")}${end}${fence}` // GitHub splits the cells of a table first
}

/** A login that GitHub has given out; anything else is text. */
export function mention(login: string): string {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,38})$/.test(login) ? `@${login}` : prose(login)
}

/** What is in it shows when somebody opens it; `summary` is ours. */
export function folded(summary: string, text: string): string {
  return `<details><summary>${summary}</summary>\n\n${text.trimEnd()}\n\n</details>`
}

/** More rows than this are counted. */
const SHOWN = 50

/** Cells are Markdown already. */
export function rows(head: readonly string[], cells: readonly (readonly string[])[], what: string): string {
  const more = cells.length - SHOWN
  const lines = [head, head.map(() => "---"), ...cells.slice(0, SHOWN)].map(each => `| ${each.join(" | ")} |`)
  return [...lines, ...rest(more, what)].join("\n")
}

export function bullets(lines: readonly string[], what: string): string {
  return [...lines.slice(0, SHOWN).map(line => `- ${line}`), ...rest(lines.length - SHOWN, what)].join("\n")
}

function rest(more: number, what: string): readonly string[] {
  return more > 0 ? ["", `… and ${more} more ${what}.`] : []
}

const WORD_JOINER = "\u2060"

/** Without line breaks, and without characters that show as nothing or turn the text around. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, MOST)
}

/** A cell is no place for a novel. */
const MOST = 500
