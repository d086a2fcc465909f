import { type ErrorCode, ScbError } from "./errors.ts"
import { formatInstant } from "./instant.ts"
import { catalogSuccession, type SeenCatalog } from "./seen-catalog.ts"

/** The catalog of one of several places: one that its reader believes, or why not. */
export type PlaceAnswer = BelievedPlace | RefusedPlace

interface BelievedPlace {
  readonly kind: "believed"
  readonly place: string
  readonly seen: SeenCatalog
}

export interface RefusedPlace {
  readonly kind: "refused"
  readonly place: string
  readonly error: ScbError
}

export type SourcesVerdict =
  /** `warnings`: the places that lag behind or were not believed. */
  | { readonly kind: "use"; readonly place: string; readonly warnings: readonly string[] }
  | { readonly kind: "refuse"; readonly error: ScbError }

/**
 * Which catalog counts: the newest that is believed, any good place suffices (THREATS A10). Two catalogs of one age are
 * not a mirror's doing, but of whoever signs them: where nothing newer has come since, nobody is believed.
 */
export function judgeSources(answers: readonly PlaceAnswer[], before: SeenCatalog | undefined): SourcesVerdict {
  const believed = answers.filter(answer => answer.kind === "believed")
  const refused = answers.filter(answer => answer.kind === "refused")
  const newest = newestOf(believed)
  if (newest === undefined) return { kind: "refuse", error: errorOfAll(refused) }

  const rival = believed.find(({ seen }) => contradict(newest.seen, seen))
  if (rival !== undefined) return { kind: "refuse", error: equivocation(newest, rival) }
  const denied = refused.find(({ error }) => error.code === "catalog-equivocation")
  if (denied !== undefined && catalogSuccession(before, newest.seen) === "same")
    return { kind: "refuse", error: denied.error }

  const lagging = believed.filter(({ seen }) => catalogSuccession(newest.seen, seen) === "rollback")
  return {
    kind: "use",
    place: newest.place,
    warnings: [...lagging.map(each => lags(each, newest)), ...refused.map(notBelieved)],
  }
}

/** The newest memory of the same publisher, by whichever name it was kept. */
export function newestSeen(all: readonly (SeenCatalog | undefined)[]): SeenCatalog | undefined {
  return all.reduce(
    (newest, each) =>
      each !== undefined && ["first", "newer"].includes(catalogSuccession(newest, each)) ? each : newest,
    undefined,
  )
}

/** How far a catalog got before it was refused, the farthest first: what was found out last says most. */
const FARTHEST: readonly ErrorCode[] = [
  "catalog-equivocation",
  "catalog-rollback",
  "signer-revoked",
  "signer-expired",
  "signer-untrusted",
  "signature-invalid",
  "signature-missing",
  "catalog-expired",
  "clock-behind",
  "catalog-malformed",
  "release-missing",
]

/** The error of the place that came nearest to being believed, naming it, with the others in the hint; a lone one's as it is. */
export function errorOfAll(refused: readonly RefusedPlace[]): ScbError {
  const [best, ...others] = refused.toSorted((a, b) => rank(a) - rank(b))
  if (best === undefined) throw new Error("nobody was asked")
  if (others.length === 0) return best.error
  const { code, message, hint } = best.error
  return new ScbError(code, `${best.place}: ${message}`, {
    hint: [hint, ...others.map(each => `${each.place}: ${each.error.message}`)].filter(Boolean).join("; "),
    cause: best.error,
  })
}

/** Where another place was good, an old catalog is no replay, but a mirror that is late. */
export function notBelieved({ place, error }: RefusedPlace): string {
  const what = error.code === "catalog-rollback" ? "lags behind" : "was not believed, another place was"
  return `${place} ${what}: ${error.message}`
}

function rank({ error }: RefusedPlace): number {
  const index = FARTHEST.indexOf(error.code)
  return index < 0 ? FARTHEST.length : index
}

function newestOf(believed: readonly BelievedPlace[]): BelievedPlace | undefined {
  const [first, ...rest] = believed
  if (first === undefined) return undefined
  return rest.reduce((newest, each) => (catalogSuccession(newest.seen, each.seen) === "newer" ? each : newest), first)
}

/** Of one age and different, or each with something that the other has forgotten. */
function contradict(a: SeenCatalog, b: SeenCatalog): boolean {
  const succession = catalogSuccession(a, b)
  return succession === "equivocation" || (succession === "rollback" && catalogSuccession(b, a) === "rollback")
}

function lags({ place, seen }: BelievedPlace, newest: BelievedPlace): string {
  return `${place} lags behind: it has the catalog of ${formatInstant(seen.issuedAt)}, ${newest.place} that of ${formatInstant(newest.seen.issuedAt)}`
}

function equivocation(a: BelievedPlace, b: BelievedPlace): ScbError {
  return new ScbError(
    "catalog-equivocation",
    `${a.place} and ${b.place} have signed catalogs that contradict each other, of version ${a.seen.version} and ${b.seen.version}`,
    { hint: "different people are shown different catalogs: tell whoever publishes them" },
  )
}
