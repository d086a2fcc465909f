/** The hosts that are not the API: bytes of assets, downloads of github.com, raw files. */
import { mayOf, tokenOf } from "./access.ts"
import { repositoryNamed, type World } from "./api.ts"
import { Refusal } from "./call.ts"
import type { Fault } from "./faults.ts"
import { latestRelease, publishedUnder } from "./handlers/releases.ts"
import type { Asset, Model } from "./model.ts"
import { type Ask, cut, flipped, send } from "./wire.ts"

export interface WebWorld extends World {
  readonly isSigned: (path: string, query: URLSearchParams) => boolean
  /** Of a server where all hosts are one: a token is no stranger there. */
  readonly isOneOrigin: boolean
}

interface Page {
  readonly status: number
  readonly content: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

const NOT_FOUND: Page = { status: 404, content: "Not Found" }

export async function answerWeb(world: WebWorld, role: "assets" | "web" | "raw", ask: Ask): Promise<void> {
  const { record, request } = ask
  record.operation = { assets: "asset-bytes", raw: "raw-file", web: "browser-download" }[role]
  const fault = world.faults.take(record.operation)
  if (fault?.kind === "reset" || fault?.kind === "lost-answer") return cut(request)
  if (fault?.kind === "hang") return
  const page = faultPage(fault) ?? (await pageOf(world, role, ask))
  if (fault?.kind === "slow") await fault.until
  const content = fault?.kind === "corrupt" ? flipped(page.content) : page.content
  const moved = fault?.kind === "redirect" ? { location: fault.location } : {}
  const headers = { date: new Date(world.now()).toUTCString(), ...page.headers, ...moved }
  send(ask, fault?.kind === "redirect" ? 302 : page.status, content, headers, fault)
}

function faultPage(fault: Fault | undefined): Page | undefined {
  if (fault === undefined) return undefined
  if (fault.kind === "not-yet") return NOT_FOUND
  const [, status] = /^(\d{3})/.exec(fault.kind) ?? []
  if (status === undefined) return undefined
  const headers =
    "retryAfter" in fault && fault.retryAfter !== undefined ? { "retry-after": String(fault.retryAfter) } : {}
  return { status: Number(status), content: "unavailable", headers }
}

async function pageOf(world: WebWorld, role: "assets" | "web" | "raw", ask: Ask): Promise<Page> {
  switch (role) {
    case "assets":
      return assetBytes(world, ask)
    case "web":
      return download(world, ask)
    case "raw":
      return rawFile(world, ask)
  }
}

function assetBytes({ isOneOrigin, isSigned, model }: WebWorld, { pathname, query, request, violate }: Ask): Page {
  // GitHub's storage refuses two ways of proving oneself at once; a token does not belong to another host anyway.
  if (request.headers.authorization !== undefined && !isOneOrigin) {
    violate("Authorization has reached the asset host")
    return { status: 400, content: "Only one auth mechanism allowed" }
  }
  if (!isSigned(pathname, query)) return { status: 403, content: "Server failed to authenticate the request." }
  const asset = assetNumbered(model, pathname.split("/").at(-1))
  if (asset === undefined) return NOT_FOUND
  asset.downloads++
  return {
    status: 200,
    content: asset.bytes,
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename=${asset.name}`,
      etag: `"0x${asset.sha256.slice(0, 16).toUpperCase()}"`,
    },
  }
}

function assetNumbered({ repositories }: Model, id: string | undefined): Asset | undefined {
  for (const { releases } of repositories.values())
    for (const { assets } of releases) for (const asset of assets) if (String(asset.id) === id) return asset
  return undefined
}

const redirect = (location: string): Page => ({ status: 302, content: "", headers: { location } })

/** `/<owner>/<name>/releases/download/<tag>/<asset>`, `/releases/latest/download/<asset>` and `/raw/<ref>/<path>`: of public repositories, without a token. */
function download({ assetUrl, model, urls }: WebWorld, { pathname }: Ask): Page {
  const path = pathname.split("/").map(decodeURIComponent)
  const [, owner = "", name = "", kind, ...rest] = path
  const repository = repositoryNamed(model, owner, name)
  const isOpen = repository !== undefined && mayOf(repository, undefined, "contents", "read")
  if (repository === undefined || !isOpen) return NOT_FOUND
  if (kind === "raw") return redirect(`${urls.raw}/${owner}/${name}/${rest.map(encodeURIComponent).join("/")}`)
  if (kind !== "releases") return NOT_FOUND
  const assetName = rest.at(-1) ?? ""
  if (rest[0] === "latest" && rest[1] === "download") {
    const latest = latestRelease(repository)
    return latest === undefined
      ? NOT_FOUND
      : redirect(
          `${urls.web}/${owner}/${name}/releases/download/${encodeURI(latest.tag)}/${encodeURIComponent(assetName)}`,
        )
  }
  if (rest[0] !== "download") return NOT_FOUND
  try {
    const asset = publishedUnder(repository, rest.slice(1, -1).join("/")).assets.find(
      ({ name, state }) => name === assetName && state === "uploaded",
    )
    return asset === undefined ? NOT_FOUND : redirect(assetUrl(asset.id))
  } catch (error) {
    if (error instanceof Refusal) return NOT_FOUND
    throw error
  }
}

/** `/<owner>/<name>/<ref>/<path>`, the ref as far as there is one; of private repositories with a token. */
async function rawFile({ model, now }: WebWorld, { pathname, request }: Ask): Promise<Page> {
  const [, owner = "", name = "", ...rest] = pathname.split("/").map(decodeURIComponent)
  const repository = repositoryNamed(model, owner, name)
  if (
    repository === undefined ||
    !mayOf(repository, tokenOf(model, request.headers.authorization, now()), "contents", "read")
  )
    return NOT_FOUND
  for (let parts = 1; parts < rest.length; parts++) {
    const commit = await repository.git.resolve(rest.slice(0, parts).join("/"))
    if (commit === undefined) continue
    const bytes = await repository.git
      .git(["cat-file", "blob", `${commit}:${rest.slice(parts).join("/")}`])
      .catch(() => undefined)
    if (bytes !== undefined)
      return { status: 200, content: bytes, headers: { "content-type": "text/plain; charset=utf-8" } }
  }
  return NOT_FOUND
}
