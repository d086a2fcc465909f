import { metadataMutations } from "./live/metadata-mutations.ts"
import { type LiveMutation, PARTS } from "./live/mutation.ts"
import { tlsMutations } from "./live/tls-mutations.ts"
import { wayMutations } from "./live/way-mutations.ts"
import { type Mutation, mutations } from "./mutations.ts"

/**
 * Their host, port or root is not this cloud's, so something else would break (`way-mutations.ts` has some with the right
 * one); or only the number of the method is true.
 */
const LEADS_ELSEWHERE: ReadonlySet<string> = new Set([
  "host an IPv4 address",
  "host an IPv6 address",
  "host localhost",
  "bzip2",
  "LZMA in key",
  "port a string",
  "port a fraction",
  "ca.crt with a self-signed server certificate",
  "ca.crt with RSA of 1024 bits",
])

/** Every way to break, or merely to change, a cloud that works: in the order in which a driver comes by. */
export const liveMutations: readonly LiveMutation[] = [
  { id: "good", part: "good", title: "nothing is wrong", change: () => ({}) } satisfies LiveMutation,
  ...mutations.filter(({ name }) => !LEADS_ELSEWHERE.has(name)).map(bundleMutation),
  ...wayMutations,
  ...tlsMutations,
  ...metadataMutations,
].sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part))

/** One for each finding with each set of clients that it breaks; everything that is not about the file itself. */
export function isTypical({ id }: LiveMutation): boolean {
  const own = mutations.find(each => bundleMutation(each).id === id)
  return own === undefined || mutations.find(each => effect(each) === effect(own)) === own
}

function effect({ row, breaks, severity }: Mutation): string {
  return `${row} ${severity ?? ""} ${breaks.join()}`
}

function bundleMutation({ name, row, mutate }: Mutation): LiveMutation {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
  return {
    id: `bundle-${row.toLowerCase()}-${slug}`,
    part: "bundle",
    title: name,
    change: () => ({ bundle: mutate }),
  }
}
