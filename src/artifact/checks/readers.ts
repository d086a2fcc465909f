import { CLIENTS, type Client } from "../../domain/clients.ts"
import { ROOT_ENTRIES, type RootEntry } from "../layout.ts"

export const JAVA: readonly Client[] = ["java", "java3"]
/** cqlsh follows the bundle's cqlshrc to the files that its user unpacked by hand, and reads no config.json. */
export const PYTHON: readonly Client[] = ["python", "cqlsh"]
export const GO: readonly Client[] = ["gocql-astra", "cql-proxy", "zdm-proxy"]
/** Those that present `cert` and `key`. */
export const PEM: readonly Client[] = union(PYTHON, ["nodejs", "cpp"], GO)
/** Those that unpack every entry and not only their own: Java streams, Python extracts, adm-zip inflates all. */
export const UNPACK_ALL: readonly Client[] = union(JAVA, PYTHON, ["nodejs"])

export const READERS: Readonly<Record<RootEntry, readonly Client[]>> = {
  "config.json": except(CLIENTS, "cqlsh"),
  "ca.crt": union(PEM, ["csharp"]),
  cert: PEM,
  key: PEM,
  "identity.jks": JAVA,
  "trustStore.jks": JAVA,
  "cert.pfx": ["csharp"],
  cqlshrc: ["cqlsh"],
}

export function isRootEntry(name: string): name is RootEntry {
  return ROOT_ENTRIES.some(each => each === name)
}

/** Each once, in the order of {@link CLIENTS}, whatever the order of the lists. */
export function union(...lists: readonly (readonly Client[])[]): readonly Client[] {
  return CLIENTS.filter(client => lists.some(list => list.includes(client)))
}

export function except(clients: readonly Client[], ...spared: readonly Client[]): readonly Client[] {
  return clients.filter(client => !spared.includes(client))
}
