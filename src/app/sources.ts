import { ScbError } from "../domain/errors.ts"
import type { SeenCatalog } from "../domain/seen-catalog.ts"
import { errorOfAll, judgeSources, notBelieved, type PlaceAnswer, type RefusedPlace } from "../domain/sources.ts"
import type { PublishedFiles } from "../ports.ts"
import type { BelievedCatalog } from "./trust.ts"

/** Somewhere that has the releases of one publisher. */
export interface PublishedPlace {
  /** Names it in messages and in the client's memory. */
  readonly source: string
  readonly releases: PublishedFiles
}

/** One place, or several of which any good one suffices. */
export interface PublishedPlaces extends Partial<PublishedPlace> {
  readonly releases: PublishedFiles
  readonly mirrors?: readonly PublishedPlace[]
  /** Told of each place that failed while another one had what was asked for. */
  readonly warn?: (warning: string) => void
}

export function placesOf({ source = "releases", releases, mirrors = [] }: PublishedPlaces): readonly PublishedPlace[] {
  return [{ source, releases }, ...mirrors]
}

/** Asks all places at once and takes the newest catalog that `believe` lets pass. Throws what `judgeSources` finds. */
export async function newestCatalog(
  places: PublishedPlaces,
  before: SeenCatalog | undefined,
  believe: (releases: PublishedFiles) => Promise<BelievedCatalog>,
): Promise<BelievedCatalog> {
  const believed = new Map<string, BelievedCatalog>()
  const answers = await Promise.all(
    placesOf(places).map(async ({ source, releases }): Promise<PlaceAnswer> => {
      try {
        const catalog = await believe(releases)
        believed.set(source, catalog)
        return { kind: "believed", place: source, seen: catalog.seen }
      } catch (error) {
        return refusal(source, error)
      }
    }),
  )
  const verdict = judgeSources(answers, before)
  if (verdict.kind === "refuse") throw verdict.error
  for (const warning of verdict.warnings) places.warn?.(warning)
  const catalog = believed.get(verdict.place)
  if (catalog === undefined) throw new Error(`${verdict.place} was not asked`)
  return catalog
}

/**
 * The first that `read` can make of one of the places, in their order: it checks what it reads against what was signed,
 * so it does not matter where it comes from. Throws the error of the place that came nearest.
 */
export async function fromAny<T>(places: PublishedPlaces, read: (releases: PublishedFiles) => Promise<T>): Promise<T> {
  const refused: RefusedPlace[] = []
  for (const { source, releases } of placesOf(places)) {
    try {
      const value = await read(releases)
      for (const each of refused) places.warn?.(notBelieved(each))
      return value
    } catch (error) {
      refused.push(refusal(source, error))
    }
  }
  throw errorOfAll(refused)
}

/** A withdrawn version is withdrawn everywhere, and our own mistakes are nobody's refusal. */
function refusal(place: string, error: unknown): RefusedPlace {
  if (error instanceof ScbError && error.code !== "version-revoked") return { kind: "refused", place, error }
  throw error
}
