import type { FileDigest } from "../domain/release.ts"

/** What one line of SHA256SUMS says: no size, unlike a {@link FileDigest}. */
export type FileSum = Pick<FileDigest, "name" | "sha256">

const LINE = /^([0-9a-f]{64}) [ *](.+)$/
/** The names that GNU coreutils prints as they are; with others it escapes the line, and we never publish them. */
const PLAIN_NAME = /^[A-Za-z0-9._-]+$/

/** SHA256SUMS as `sha256sum -c` reads it (GNU coreutils, text mode). Names are plain file names: no folders, no spaces. */
export function formatSums(digests: readonly FileSum[]): string {
  return digests.map(({ name, sha256 }) => `${sha256}  ${plain(name)}\n`).join("")
}

/** The inverse of {@link formatSums}; undefined where a line is anything else or a name comes twice. */
export function parseSums(text: string): readonly FileSum[] | undefined {
  if (!text.endsWith("\n")) return undefined
  const sums = text
    .slice(0, -1)
    .split("\n")
    .flatMap(line => {
      const [, sha256, name] = LINE.exec(line) ?? []
      return sha256 === undefined || name === undefined || !PLAIN_NAME.test(name) ? [] : [{ name, sha256 }]
    })
  const complete = sums.length === text.split("\n").length - 1
  return complete && new Set(sums.map(sum => sum.name)).size === sums.length ? sums : undefined
}

function plain(name: string): string {
  if (!PLAIN_NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no plain file name for SHA256SUMS`)
  return name
}
