import { formatInstant, type Instant } from "../domain/instant.ts"
import type { RevocationList } from "../domain/revocation/revocation-list.ts"
import { resultJson } from "./result.ts"
import { counted, paint, type Style, table } from "./style.ts"

/** Lists that were fetched, and where they are now. */
export interface ListsSummary {
  readonly cluster: string
  readonly lists: readonly { readonly issuerSha256: string; readonly list: RevocationList }[]
  readonly pem: string
  /** Absent: stdout. */
  readonly written?: { readonly path: string; readonly outcome: "written" | "unchanged" }
}

export function renderListsText({ cluster, lists, written }: ListsSummary, style: Style): string {
  const place = written === undefined ? "stdout" : `${written.path} (${written.outcome})`
  const rows = lists.flatMap(({ issuerSha256, list }) => [
    ["  issuer", issuerSha256],
    ["  number", list.base === undefined ? list.number : `${list.number}, to be added to ${list.base}`],
    ["  revoked", counted(list.revoked.length, "certificate")],
    ["  until", formatInstant(list.nextUpdate)],
  ])
  return `${paint("green", "verified", style)} ${counted(lists.length, "revocation list")} of ${cluster}\n${table([["  written to", place], ...rows])}`
}

export function renderListsJson({ cluster, lists, pem, written }: ListsSummary): string {
  return resultJson("RevocationLists", {
    cluster,
    lists: lists.map(({ issuerSha256, list: { thisUpdate, nextUpdate, number, base, revoked } }) => ({
      issuerSha256,
      number,
      base,
      thisUpdate: formatInstant(thisUpdate),
      nextUpdate: formatInstant(nextUpdate),
      revoked: revoked.map(({ revokedAt, ...each }) => ({ ...each, revokedAt: formatInstant(revokedAt) })),
    })),
    ...(written === undefined ? { pem } : { written }),
  })
}

/** Gateways refuse everybody whose list has ended. */
export function staleListWarning({ lists }: ListsSummary, now: Instant): string | undefined {
  const ended = lists.find(({ list }) => list.nextUpdate <= now)
  return (
    ended && `the list of issuer ${ended.issuerSha256.slice(0, 16)} ended at ${formatInstant(ended.list.nextUpdate)}`
  )
}
