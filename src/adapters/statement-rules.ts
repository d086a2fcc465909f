import type { Statement } from "../ports.ts"

/** What `gpg --detach-sign --armor` adds to the name of a file. */
export const SIGNATURE_SUFFIX = ".asc"

/** The texts among some files that have a signature beside them. */
export function statementsOf(files: ReadonlyMap<string, string>): readonly Statement[] {
  return [...files].flatMap(([path, text]) => {
    const signature = files.get(`${path}${SIGNATURE_SUFFIX}`)
    return signature === undefined ? [] : [{ path, text, signature }]
  })
}
