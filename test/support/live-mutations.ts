import { metadataMutations } from "./live/metadata-mutations.ts"
import { type LiveMutation, PARTS } from "./live/mutation.ts"
import { tlsMutations } from "./live/tls-mutations.ts"
import { wayMutations } from "./live/way-mutations.ts"
import { type Mutation, mutations } from "./mutations.ts"

/** Their host or port is not this cloud's, so nobody would get that far; `way-mutations.ts` has them with the right one. */
const LEADS_ELSEWHERE: ReadonlySet<string> = new Set([
  "host an IPv4 address",
  "host an IPv6 address",
  "host localhost",
  "port a string",
  "port a fraction",
])

/** Every way to break, or merely to change, a cloud that works: in the order in which a driver comes by. */
export const liveMutations: readonly LiveMutation[] = [
  { id: "good", part: "good", title: "nothing is wrong", change: () => ({}) } satisfies LiveMutation,
  ...mutations.filter(({ name }) => !LEADS_ELSEWHERE.has(name)).map(bundleMutation),
  ...wayMutations,
  ...tlsMutations,
  ...metadataMutations,
].sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part))

function bundleMutation({ name, row, mutate }: Mutation): LiveMutation {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
  return {
    id: `bundle-${row.toLowerCase()}-${slug}`,
    part: "bundle",
    title: `of the bundle: ${name}`,
    change: () => ({ bundle: mutate }),
  }
}
